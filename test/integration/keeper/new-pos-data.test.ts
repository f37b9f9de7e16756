import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { homeAt, type Home } from '../../../electron/lib/home.ts'
import type { InitPlan } from '../../../shared/domain/initialization.ts'
import { endLater, eventually, isAlive, preparedHome, runCli, startCli } from './running.ts'

const CPU = '4294967295'

const recordOf = (
  home: Home,
): { readonly jobs: readonly { readonly is: string; readonly isArmed: boolean; readonly identity: string }[] } =>
  JSON.parse(readFileSync(path.join(homeAt(home.practice).state, 'new-pos-data.json'), 'utf8')) as ReturnType<typeof recordOf>

/** pid of the postcli of this home; undefined when none is in the table. */
function postcliOf(home: Home): number | undefined {
  const file = path.join(homeAt(home.practice).state, 'new-pos-data-processes.json')
  if (!existsSync(file)) return undefined
  const { records } = JSON.parse(readFileSync(file, 'utf8')) as { records: { pid?: number }[] }
  return records.find(({ pid }) => pid !== undefined && isAlive(pid))?.pid
}

const sizeOf = (folder: string, file: number): number =>
  statSync(path.join(folder, `postdata_${file}.bin`), { throwIfNoEntry: false })?.size ?? 0

describe('new PoS data', () => {
  it('is made, killed, gone on with, checked, and put into service with its key', async () => {
    const { home, setup } = await preparedHome({
      identities: 1,
      epochSeconds: 600,
      pace: { randomxMs: 0, powMs: 0, bytesPerSecond: 128 * 1024, passSuccess: 1, verifyMs: 0 },
      change: (one) => ({ ...one, machine: { ...one.machine, reserveGiB: 0 } }),
    })
    const folder = path.join(home.root, 'west', 'post-iris')
    mkdirSync(path.dirname(folder))
    const first = startCli(home, ['run', '--json'])
    await first.until('a synced node', ({ node }) => node.kind === 'synced')

    const asked = ['init', 'new', 'Iris', '--folder', folder, '--units', '4', '--provider', CPU, '--file-bytes', '16384']
    const plan = JSON.parse((await runCli(home, ...asked, '--json')).out) as InitPlan
    expect(plan.refusals).toEqual([])
    expect(plan.fileCount).toBe(16)
    expect(existsSync(folder)).toBe(false)
    expect((await runCli(home, ...asked, '--apply')).code).toBe(0)

    // The keeper is killed and postcli goes on; then it is killed too, and the next one goes on at the length of the files.
    await eventually('two files are written', () => sizeOf(folder, 1) > 0, 60_000)
    const postcli = postcliOf(home) ?? 0
    endLater(postcli)
    first.child.kill('SIGKILL')
    await first.exit
    expect(isAlive(postcli)).toBe(true)
    process.kill(postcli, 'SIGKILL')
    startCli(home, ['run', '--json'])
    await eventually('it is in service', () => recordOf(home).jobs[0]?.is === 'done', 60_000)
    const [made] = recordOf(home).jobs
    expect(made?.isArmed).toBe(true)
    for (let file = 0; file < 16; file += 1) expect(sizeOf(folder, file)).toBe(16_384)
    const written = JSON.parse(readFileSync(path.join(homeAt(home.practice).config, 'setup.json'), 'utf8')) as typeof setup
    expect(written.services.at(-1)).toMatchObject({ identity: made?.identity, posFolder: folder })
    expect(written.identities.at(-1)).toMatchObject({ id: made?.identity, nickname: 'Iris' })
    expect(existsSync(path.join(folder, 'identity.key'))).toBe(false)
  }, 120_000)
})
