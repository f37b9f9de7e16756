import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, closeSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { createPracticePosData } from '../../../electron/practice/pos-data.ts'
import { recordings } from '../scenario.ts'

// The identity and commitment of the recorded runs.
const OWNER = {
  identity: Buffer.from('ZLopvMYcAKWjQbOaiT/fKHWd0nadKGUNDoZfH86MBmw=', 'base64'),
  commitmentAtxId: Buffer.from('gEyFoTfiG/+NUUvBi2B9yYuUql191vj+IWLPlrrpWXs=', 'base64'),
}
const METADATA = 'postdata_metadata.json'

/** 4 units in two files of 32 MiB, as recorded. */
async function small(folder: string): Promise<void> {
  await createPracticePosData(folder, { ...OWNER, numUnits: 4, labelsPerUnit: 1_048_576, maxFileSize: 33_554_432, seed: 1 })
}

const copy = (from: string, to: string, files: readonly string[]): void => {
  mkdirSync(to, { recursive: true })
  for (const file of files) copyFileSync(path.join(from, file), path.join(to, file))
}

/** What the recorder put at `$HOME/spacemesh/<name>`; made on first use in `shared`. */
export async function recordedFolder(name: string, caseName: string, shared: string): Promise<string> {
  const folder = path.join(shared, name === 'nometa' ? `${caseName}-${name}` : name)
  if (existsSync(folder)) return folder
  const whole = path.join(shared, 'small')
  if (name === 'nosuch') return folder
  if (!existsSync(whole)) await small(whole)
  if (name === 'corrupt') {
    copy(whole, folder, [METADATA])
    for (const file of ['postdata_0.bin', 'postdata_1.bin']) {
      const handle = openSync(path.join(folder, file), 'w')
      for (let i = 0; i < 8; i += 1) writeSync(handle, randomBytes(4 * 1024 * 1024))
      closeSync(handle)
    }
  } else if (name === 'trunc') {
    copy(whole, folder, [METADATA, 'postdata_0.bin', 'postdata_1.bin'])
    truncateSync(path.join(folder, 'postdata_0.bin'), 10_000_000)
  } else if (name === 'nofile') copy(whole, folder, [METADATA, 'postdata_1.bin'])
  else if (name === 'nofiles') copy(whole, folder, [METADATA])
  else if (name === 'nometa') brokenMetadata(whole, folder, caseName)
  else if (name.startsWith('n1') || name === 'd1')
    copy(path.join(recordings, 'data-folders/post-data-1'), folder, [METADATA, 'postdata_0.bin'])
  return folder
}

function brokenMetadata(whole: string, folder: string, caseName: string): void {
  mkdirSync(folder, { recursive: true })
  if (caseName.startsWith('metadata-invalid-json')) writeFileSync(path.join(folder, METADATA), '{"NodeId": "abc"}')
  if (!caseName.startsWith('metadata-missing-field')) return
  const { NumUnits: _, ...rest } = JSON.parse(readFileSync(path.join(whole, METADATA), 'utf8')) as Record<string, unknown>
  const oneLine = Object.entries({ ...rest, Nonce: 3_838_017 }).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
  writeFileSync(path.join(folder, METADATA), `{${oneLine.join(', ')}}`)
}

/** Made before any scenario runs, so that runs side by side only read. With `postcli` (a real binary) the labels are real. */
export async function prepareFolders(shared: string, postcli?: string): Promise<void> {
  if (postcli !== undefined) realLabels(path.join(shared, 'small'), postcli)
  for (const name of ['small', 'corrupt', 'trunc', 'nofile', 'nofiles', 'n1/post/1', 'd1']) await recordedFolder(name, '', shared)
}

function realLabels(folder: string, postcli: string): void {
  const ids = ['-id', OWNER.identity.toString('hex'), '-commitmentAtxId', OWNER.commitmentAtxId.toString('hex')]
  const sizes = ['-numUnits', '4', '-labelsPerUnit', '1048576', '-maxFileSize', '33554432', '-scryptN', '2']
  const { stderr } = spawnSync(postcli, ['-provider', '4294967295', ...ids, ...sizes, '-datadir', folder, '-yes'], { encoding: 'utf8' })
  if (!stderr.includes('initialization completed')) throw new Error(`postcli made no data: ${stderr}`)
}
