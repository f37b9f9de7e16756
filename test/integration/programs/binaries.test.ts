import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { importArchive, inspectBinaries, openPins, runProgram } from '../../../electron/programs/index.ts'
import { makeZip, type ZipPart } from '../../unit/programs/zip-maker.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'programs-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const script = (lines: string): string => `#!/bin/sh\n${lines}\n`
const node = (version: string): string =>
  script(`[ "$1" = version ] && echo ${version} && exit 0; echo "Error: unknown flag: $1" >&2; exit 1`)
const service = (version: string): string => script(`[ "$1" = --version ] && echo "service ${version}" && exit 0; exit 2`)

function put(name: string, content: string | Buffer, mode = 0o755): string {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}
const mainnet = { isMainnet: true }
async function one(file: string, deadlineMs = 10_000) {
  const seen = await inspectBinaries(file, { ...mainnet, deadlineMs })
  if (!seen.ok) throw new Error(seen.fault.code)
  return seen.value[0]
}

describe('looking at a program', () => {
  it('runs it for its version and hashes it', async () => {
    const file = put('go-spacemesh', node('v1.8.3'))
    expect(await one(file)).toEqual({
      path: file,
      program: 'go-spacemesh',
      version: '1.8.3',
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
      architecture: 'script',
      runsHere: true,
    })
  })

  it('knows node and service by their answers, whatever their name', async () => {
    expect(await one(put('smesher', service('0.8.5')))).toMatchObject({ program: 'post-service', version: '0.8.5', runsHere: true })
    expect(await one(put('my-node', node('v1.7.6')))).toMatchObject({ program: 'go-spacemesh', version: '1.7.6' })
    expect(await one(put('something', script('echo hello')))).toMatchObject({ program: 'unknown', runsHere: false })
  })

  it('says what an old version means on mainnet, and only there', async () => {
    const file = put('go-spacemesh', node('v1.7.6'))
    expect((await one(file))?.remark).toContain('earns nothing on mainnet')
    const elsewhere = await inspectBinaries(file, { isMainnet: false })
    expect(elsewhere.ok && elsewhere.value[0]?.remark).toBeUndefined()
  })

  it('finds every program of a folder, and nothing in another', async () => {
    put('go-spacemesh', node('v1.8.3'))
    put('post-service', service('0.8.5'))
    put('README.md', 'x')
    const seen = await inspectBinaries(folder, mainnet)
    expect(seen.ok && seen.value.map((report) => report.program)).toEqual(['go-spacemesh', 'post-service'])
    mkdirSync(path.join(folder, 'empty'))
    expect(await inspectBinaries(path.join(folder, 'empty'), mainnet)).toMatchObject({ fault: { code: 'binary/not-recognised' } })
  })

  it('explains why one does not run', async () => {
    const of = async (name: string, content: string | Buffer, mode?: number) => await one(put(name, content, mode))
    expect(await of('post-service', service('0.8.5'), 0o644)).toMatchObject({ runsHere: false, remark: expect.stringContaining('chmod') })
    const missing = script('echo "$0: error while loading shared libraries: libOpenCL.so.1: cannot open shared object file" >&2; exit 127')
    expect(await of('go-spacemesh', missing)).toMatchObject({ runsHere: false, remark: expect.stringContaining('OpenCL loader') })
    const elf = Buffer.alloc(128)
    elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    elf.writeUInt16LE(process.arch === 'arm64' ? 0x3e : 0xb7, 18)
    expect((await of('go-spacemesh', elf))?.remark).toMatch(/is for Linux (arm64|x64), this machine is/)
    expect((await of('post-service', '#!/no/such/loader\n'))?.remark).toContain('loader')
  })

  it('ends one that hangs, with what it started', async () => {
    const file = put('go-spacemesh', script('exec sleep 600'))
    const seen = await one(file, 300)
    expect(seen).toMatchObject({ runsHere: false, remark: expect.stringContaining('in time') })
  })

  it('runs it bare: no variable of ours, no shell, stdin closed', async () => {
    const file = put('go-spacemesh', script('env; cat; echo "args:$#:$1"'))
    process.env['PROGRAMS_TEST_SECRET'] = 'planted'
    const said = await runProgram(file, ['$(touch pwned); x'], 10_000)
    delete process.env['PROGRAMS_TEST_SECRET']
    expect(said.text).not.toContain('planted')
    expect(said.text).toContain('args:1:$(touch pwned); x')
  })

  it('gives it a home folder, without which go-spacemesh panics, and not ours', async () => {
    const file = put('go-spacemesh', script('[ -n "$HOME" ] || { echo "panic: can\'t read homedir" >&2; exit 2; }; echo v1.8.3'))
    expect(await one(file)).toMatchObject({ runsHere: true, version: '1.8.3' })
    expect((await runProgram(put('shows', script('echo "home:$HOME"')), [], 10_000)).text).toContain(`home:${tmpdir()}`)
  })

  it('does not run one that its pin refuses', async () => {
    const file = put('go-spacemesh', script(`touch ${folder}/ran; echo v1.8.3`))
    const asked: string[] = []
    const mayRun = (_file: string, sha256: string): boolean => {
      asked.push(sha256)
      return false
    }
    const seen = await inspectBinaries(file, { ...mainnet, mayRun })
    expect(seen.ok && seen.value[0]).toMatchObject({ runsHere: false, sha256: asked[0], remark: expect.stringContaining('was not run') })
    expect(existsSync(path.join(folder, 'ran'))).toBe(false)
    await inspectBinaries(file, mainnet)
    expect(existsSync(path.join(folder, 'ran'))).toBe(true)
  })

  it('missing, text, folder: each has its fault', async () => {
    expect(await inspectBinaries(path.join(folder, 'gone'), mainnet)).toMatchObject({ fault: { code: 'binary/missing' } })
    expect(await inspectBinaries(put('notes', 'a text that is no program at all'), mainnet)).toMatchObject({
      fault: { code: 'binary/not-recognised' },
    })
  })

  it('hashes a large file in pieces', async () => {
    const file = put('go-spacemesh', Buffer.concat([Buffer.from(node('v1.8.3')), Buffer.alloc(8 * 1024 * 1024, 10)]))
    expect((await one(file))?.sha256).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'))
  })
})

describe('importing a release archive', () => {
  const bytes = (text: string): Buffer => Buffer.from(text)
  const release = (version: string, prefix = ''): ZipPart[] => [
    { name: `${prefix}go-spacemesh`, data: bytes(node(version)), isDeflated: true },
    { name: `${prefix}post-service`, data: bytes(service('0.8.5')), isDeflated: true },
    { name: `${prefix}libpost.so`, data: bytes('library'), mode: 0o100644 },
  ]
  const archive = (parts: ZipPart[] | Buffer): string => put('release.zip', Buffer.isBuffer(parts) ? parts : makeZip(parts), 0o644)
  const programs = (): string => path.join(folder, 'programs')
  const bring = (parts: ZipPart[] | Buffer, more: { freeBytes?: () => Promise<number> } = {}) =>
    importArchive(archive(parts), { ...mainnet, programs: programs(), ...more })
  const left = (): string[] => (existsSync(programs()) ? readdirSync(programs()) : [])

  it('unpacks it beside the others under its version and hash', async () => {
    const first = await bring(release('v1.7.6'))
    const second = await bring(release('v1.8.3', 'go-spacemesh-v1.8.3-linux-amd64/'))
    expect(first.ok && first.value.map((report) => `${report.program} ${report.version ?? ''}`)).toEqual([
      'go-spacemesh 1.7.6',
      'post-service 0.8.5',
    ])
    expect(second.ok && second.value.every((report) => report.runsHere)).toBe(true)
    expect(left().toSorted()).toEqual([
      expect.stringMatching(/^go-spacemesh-1\.7\.6-[0-9a-f]{8}$/),
      expect.stringMatching(/^go-spacemesh-1\.8\.3-[0-9a-f]{8}$/),
    ])
    const folderOf = path.join(programs(), left().toSorted()[0] ?? '')
    expect(readdirSync(folderOf).toSorted()).toEqual(['go-spacemesh', 'libpost.so', 'post-service'])
    expect(statSync(path.join(folderOf, 'libpost.so')).mode & 0o111).toBe(0)
  })

  it('twice is no change', async () => {
    await bring(release('v1.8.3'))
    const before = left()
    expect((await bring(release('v1.8.3'))).ok).toBe(true)
    expect(left()).toEqual(before)
  })

  const good = { name: 'go-spacemesh', data: bytes(node('v1.8.3')) }
  it.each<[string, ZipPart[], RegExp]>([
    ['climbs out of its folder', [good, { name: '../../evil', data: bytes('x') }], /outside its folder|invalid relative path/],
    ['names an absolute path', [good, { name: '/etc/evil', data: bytes('x') }], /outside its folder|absolute path/],
    ['holds a link', [good, { name: 'lib', data: bytes('/etc/passwd'), mode: 0o120777 }], /link or a device/],
    ['is encrypted', [{ ...good, isEncrypted: true, isDeflated: true }], /encrypted/],
    ['is a bomb', [good, { name: 'zeros', data: Buffer.alloc(64 * 1024 * 1024), isDeflated: true }], /beyond all measure/],
    ['lies about its size', [{ ...good, isDeflated: true, claimedBytes: 10 }], /damaged/],
    ['holds something else', [{ name: 'holiday.jpg', data: bytes('x') }], /none of the programs/],
    ['holds one name twice', [good, good], /damaged/],
    ['names a hidden stream', [good, { name: 'lib.txt:evil', data: bytes('x') }], /outside its folder/],
    ['has too many entries', Array.from({ length: 600 }, (_, i) => ({ name: `f${i}`, data: bytes('') })), /600 entries/],
  ])('refuses one that %s and leaves nothing', async (_what, parts, detail) => {
    const said = await bring(parts)
    expect(said).toMatchObject({ ok: false, fault: { code: 'binary/bad-archive', detail: expect.stringMatching(detail) } })
    expect(left()).toEqual([])
    expect(existsSync(path.join(folder, 'evil'))).toBe(false)
  })

  it('refuses one that is cut anywhere', async () => {
    const whole = makeZip(release('v1.8.3'))
    for (const at of [0, 10, Math.floor(whole.length / 2), whole.length - 1]) {
      expect(await bring(whole.subarray(0, at))).toMatchObject({ fault: { code: 'binary/bad-archive' } })
    }
    const flipped = Buffer.from(whole)
    flipped[80] = (flipped[80] ?? 0) ^ 0xff
    expect(await bring(flipped)).toMatchObject({ fault: { code: 'binary/bad-archive' } })
    expect(left()).toEqual([])
  })

  it('refuses one for another machine, by name', async () => {
    const elf = Buffer.alloc(128)
    elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    elf.writeUInt16LE(process.arch === 'arm64' ? 0x3e : 0xb7, 18)
    expect(await bring([{ name: 'go-spacemesh', data: elf }])).toMatchObject({
      fault: { detail: expect.stringContaining('get the one for it') },
    })
    expect(left()).toEqual([])
  })

  it('says so when there is no space, and when the archive is not there', async () => {
    expect(await bring(release('v1.8.3'), { freeBytes: () => Promise.resolve(1024) })).toMatchObject({ fault: { code: 'binary/no-space' } })
    expect(await importArchive(path.join(folder, 'none.zip'), { ...mainnet, programs: programs() })).toMatchObject({
      fault: { code: 'binary/unreadable' },
    })
    expect(left()).toEqual([])
  })
})

describe('pins', () => {
  const [first, other] = ['ab'.repeat(32), 'cd'.repeat(32)]

  it('remember the first use over a restart and tell a change until it is accepted', () => {
    const file = path.join(folder, 'pins.json')
    const never = (detail: string): never => {
      throw new Error(detail)
    }
    expect(openPins(file, never).check('/opt/go-spacemesh', first, 5)).toEqual({ ok: true, value: { is: 'first' } })
    const pins = openPins(file, never)
    expect(pins.check('/opt/go-spacemesh', first, 6)).toMatchObject({ value: { is: 'same', pin: { pinnedAt: 5 } } })
    expect(pins.check('/opt/go-spacemesh', other, 7)).toMatchObject({ value: { is: 'changed', pin: { sha256: first }, sha256: other } })
    expect(pins.check('/opt/go-spacemesh', other, 8)).toMatchObject({ value: { is: 'changed' } })
    pins.accept('/opt/go-spacemesh', other, 9)
    expect(openPins(file, never).check('/opt/go-spacemesh', other, 10)).toMatchObject({ value: { is: 'same' } })
  })

  it('a damaged file is told, one that cannot be written is a fault', () => {
    const file = put('pins.json', '{"version":1,"pins":', 0o600)
    const told: string[] = []
    openPins(file, (detail) => told.push(detail))
    expect(told).toEqual([expect.stringContaining('is damaged')])
    copyFileSync(file, path.join(folder, 'blocker'))
    const blocked = openPins(path.join(folder, 'blocker', 'pins.json'), (detail) => told.push(detail))
    expect(blocked.check('/x', first, 1)).toMatchObject({ fault: { code: 'pins/not-written' } })
  })
})
