import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tryLock } from '../../../electron/lib/file-lock.ts'
import type { OperationPlan, OperationView, QuarantineEntry } from '../../../shared/domain/operation.ts'
import type { MigrateMachine } from '../../e2e/live/story-home.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const asNode = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }

let base = ''
let machine: MigrateMachine

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A verb as its user types it, without a terminal. */
function verb(...args: readonly string[]): Ran {
  const env = { ...asNode, SMESHKEEPER_HOME: machine.home, HOME: machine.user, XDG_CONFIG_HOME: path.join(machine.user, '.config') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'electron/cli.ts'), ...args], { env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}
const json = <T>(ran: Ran): T => JSON.parse(ran.out.trim().split('\n').at(-1) ?? '') as T

/** Every file of the three nodes with its hash; an empty lock file says nothing. */
function hashes(): string {
  const files = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
    )
  return [machine.main, machine.attic, path.join(machine.user, '.config')]
    .flatMap(files)
    .filter((file) => statSync(file).size > 0)
    .sort()
    .map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')} ${file}`)
    .join('\n')
}
const keysIn = (folder: string): readonly string[] => readdirSync(path.join(folder, 'identities')).filter((name) => name.endsWith('.key'))
const identities = (): readonly { readonly id: string; readonly keyFile?: string }[] =>
  (
    JSON.parse(readFileSync(path.join(machine.home, 'config/setup.json'), 'utf8')) as {
      identities: { id: string; keyFile?: string }[]
    }
  ).identities

/** One machine for all: each test takes back what it did. */
beforeAll(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-verbs-'))
  const script = path.join(root, 'test/e2e/live/prepare-migrate.ts')
  const out = execFileSync(process.execPath, [script, JSON.stringify({ base, epochSeconds: 600 })], { env: asNode, encoding: 'utf8' })
  machine = JSON.parse(out) as MigrateMachine
  expect(verb('setup', 'import', machine.setupFile).code).toBe(0)
}, 60_000)
afterAll(() => rmSync(base, { recursive: true, force: true }))

const merge = (...more: readonly string[]): Ran =>
  verb('merge', '--from', machine.smappNode, '--from', machine.attic, '--to', machine.main, ...more)

describe('the verbs about operations', { timeout: 120_000 }, () => {
  it('plan a merge without changing anything, run it, and undo it to the last byte', () => {
    const before = hashes()
    const planned = merge('--json')
    expect(planned.code).toBe(0)
    const plan = json<OperationPlan>(planned)
    expect(plan.refusals).toEqual([])
    expect(plan.after[0]?.identities).toHaveLength(5)
    expect(hashes()).toBe(before)

    const unasked = merge('--apply')
    expect(unasked).toMatchObject({ code: 2 })
    expect(unasked.err).toContain('Nothing was done. Add --yes')
    expect(hashes()).toBe(before)

    const ran = merge('--apply', '--yes', '--json')
    expect(ran.err).toContain('operations start')
    const done = json<OperationView>(ran)
    expect(done).toMatchObject({ state: 'done', kind: 'merge' })
    expect(keysIn(machine.main)).toHaveLength(5)
    expect([...keysIn(machine.attic), ...keysIn(machine.smappNode)]).toEqual([])
    expect(identities()).toHaveLength(5)
    expect(existsSync(path.join(machine.attic, 'disarmed-by-smeshkeeper.txt'))).toBe(true)

    const kept = json<readonly QuarantineEntry[]>(verb('operations', 'quarantine', '--json'))
    expect(kept.flatMap(({ keys }) => keys.map(({ name }) => name))).toEqual(['local.key', 'local.key'])

    expect(verb('undo', done.id).out).toContain('Nothing was changed. --apply undoes it.')
    const undone = verb('undo', done.id, '--apply', '--json')
    expect(undone.err).toBe('')
    expect(json<OperationView>(undone)).toMatchObject({ state: 'rolled-back' })
    expect(hashes()).toBe(before)
    expect(identities()).toHaveLength(3)
    expect(json<readonly QuarantineEntry[]>(verb('operations', 'quarantine', '--json'))).toEqual([])
    expect(verb('operations').out).toContain('rolled back')
  })

  it('send the rewards to another account, and back by undo', () => {
    const before = hashes()
    const setup = (): { node: { coinbase?: string } } =>
      JSON.parse(readFileSync(path.join(machine.home, 'config/setup.json'), 'utf8')) as { node: { coinbase?: string } }
    const paid = setup().node.coinbase
    const other = 'standalone1qqqqqqpjqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqyr56fp'
    const done = json<OperationView>(verb('coinbase', other, '--apply', '--yes', '--json'))
    expect(done).toMatchObject({ kind: 'coinbase', state: 'done' })
    expect(setup().node.coinbase).toBe(other)
    expect(json<OperationView>(verb('undo', done.id, '--apply', '--json'))).toMatchObject({ state: 'rolled-back' })
    expect(setup().node.coinbase).toBe(paid)
    expect(hashes()).toBe(before)
  })

  it('convert a supervised node in its place, and back by undo', () => {
    const before = hashes()
    const ran = verb('convert', machine.attic, '--apply', '--yes', '--json')
    expect(ran.err.split('\n').filter((line) => line.startsWith('It'))).toEqual([])
    const done = json<OperationView>(ran)
    expect(done.state).toBe('done')
    expect(keysIn(machine.attic)).not.toContain('local.key')
    expect(keysIn(machine.attic)).toHaveLength(1)
    expect(readFileSync(path.join(machine.attic, 'config.json'), 'utf8')).toMatch(/"smeshing-start":\s*false/)
    expect(json<OperationView>(verb('undo', done.id, '--apply', '--json')).state).toBe('rolled-back')
    expect(hashes()).toBe(before)
  })

  it('split an identity out to a new folder, and back by undo', () => {
    const before = hashes()
    const to = path.join(machine.user, 'second-node')
    const done = json<OperationView>(verb('split', 'Birch', '--to', to, '--apply', '--yes', '--json'))
    expect(done.state).toBe('done')
    expect(keysIn(to)).toHaveLength(1)
    expect(keysIn(machine.main)).toHaveLength(2)
    expect(json<OperationView>(verb('undo', done.id, '--apply', '--json')).state).toBe('rolled-back')
    expect(hashes()).toBe(before)
    expect(existsSync(path.join(to, 'identities', 'birch.key'))).toBe(false)
  })

  it('move PoS data to another folder, keep the source, and undo', () => {
    const to = path.join(machine.user, 'birch-moved')
    const ran = verb('move', 'Birch', '--to', to, '--apply', '--yes', '--json')
    const done = json<OperationView>(ran)
    expect(done.state).toBe('done')
    expect(existsSync(path.join(to, 'postdata_metadata.json'))).toBe(true)
    expect(json<OperationView>(verb('undo', done.id, '--apply', '--json')).state).toBe('rolled-back')
    expect(existsSync(path.join(machine.drives, 'birch', 'postdata_metadata.json'))).toBe(true)
  })

  it('say what is missing, for whom and what to do', () => {
    expect(verb('merge', '--to', machine.main)).toMatchObject({ code: 64 })
    expect(verb('split', 'Nobody', '--to', '/x').err).toContain('Nobody here is called Nobody')
    expect(verb('retire', 'Birch').err).toContain('backup')
    expect(verb('finish', 'merge-1').err).toContain('No such operation')
    expect(verb('merge', '--from', machine.main, '--to', machine.main).code).toBe(1)
  })

  it('refuse to touch a folder whose node holds its lock, and change nothing', () => {
    const before = hashes()
    const lock = tryLock(path.join(machine.main, 'LOCK'))
    try {
      const ran = merge('--apply', '--yes')
      expect(ran.code).not.toBe(0)
      expect(ran.err).toContain('A node runs')
      expect(hashes()).toBe(before)
    } finally {
      if (lock.ok) lock.value.release()
    }
    const open = json<{ operations: OperationView[] }>(verb('operations', '--json')).operations[0]
    expect(open?.state, 'nothing was begun, so nothing is open').toBe('rolled-back')
    expect(json<OperationView>(merge('--apply', '--yes', '--json'))).toMatchObject({ state: 'done' })
    expect(keysIn(machine.main)).toHaveLength(5)
  })
})
