import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemFiles } from '../../../electron/lib/files.ts'
import type { OperationHome } from '../../../electron/operations/index.ts'
import { runOperationJob, type PlanContext } from '../../../electron/operations/index.ts'
import { beginJournal } from '../../../electron/operations/journal.ts'
import type { MoveRecord } from '../../../electron/operations/move/index.ts'
import type { StepData } from '../../../electron/operations/types.ts'
import type { Leftover, OperationKind } from '../../../shared/domain/operation.ts'
import type { Result } from '../../../shared/domain/fault.ts'
import { anOperationPlan } from '../../builders/operation.ts'
import { aKey, writeKey, writePosFolder } from '../../builders/machine-tree.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const LAUNCH = {
  file: process.execPath,
  prefixArgs: [path.join(root, 'electron/operations/process/operations-main.ts')],
  env: { ELECTRON_RUN_AS_NODE: '1' },
}
const NOW = Date.UTC(2026, 10, 28, 12)
const [amber, birch] = [aKey(1).identity, aKey(2).identity]

let base = ''
const at = (...parts: readonly string[]): string => path.join(base, ...parts)
const home = (): OperationHome => ({
  operations: at('operations'),
  quarantine: at('quarantine'),
  temporary: at('temporary'),
  ownPids: [],
})

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-leftovers-'))
  for (const folder of ['operations', 'quarantine/20261128-birch', 'node/identities']) mkdirSync(at(folder), { recursive: true })
  begun('move-data-1', 'move-data', [])
  begun('retire-1', 'retire', [
    {
      is: 'keys-out',
      dataFolder: at('node'),
      entry: '20261128-birch',
      why: 'Retired',
      keys: [{ identity: birch, name: 'b.key' }],
    } as StepData,
    {
      is: 'set-up',
      file: at('setup.json'),
      initial: null,
      node: null,
      identities: [],
      services: [{ id: birch, before: { posFolder: at('birch') }, after: null }],
    } as StepData,
  ])
  writeKey(at('quarantine/20261128-birch/b.key'), 2)
  writePosFolder(at('old'), { number: 1 })
  writePosFolder(at('new'), { number: 1 })
  writeKey(at('old/identity.key'), 1)
  writePosFolder(at('birch'), { number: 2 })
  writeFileSync(at('operations/move-data-1/moved.json'), JSON.stringify(record()))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** An operation that is done, as its journal tells. */
function begun(id: string, kind: OperationKind, steps: readonly StepData[]): void {
  mkdirSync(at('operations', id))
  const plan = anOperationPlan({ id, kind, steps: steps.map(({ is }) => ({ title: is, detail: '', estimateMs: 1 })) })
  const journal = beginJournal(systemFiles, at('operations', id), { plan, steps, touches: [], at: NOW })
  journal.append({ is: 'ended', at: NOW, as: 'done' })
}

/** As a move leaves it; each file is one chunk. */
function record(): MoveRecord {
  const files = readdirSync(at('old'))
    .filter((name) => !name.endsWith('.key'))
    .map((name) => {
      const { size, mtimeMs, mode } = statSync(at('old', name))
      return { name, bytes: size, modifiedAt: mtimeMs, mode: mode & 0o777, isSparse: false }
    })
  return {
    version: 1,
    identity: amber,
    from: at('old'),
    to: at('new'),
    fromMount: null,
    toMount: null,
    files,
    movedAt: NOW,
    chunkBytes: 1024 ** 2,
    chunks: files.map(({ name }) => [
      createHash('sha256')
        .update(readFileSync(at('old', name)))
        .digest('hex'),
    ]),
    removal: 'none',
  }
}

const context = (): PlanContext => ({
  now: NOW,
  random: 'abcd',
  setUp: null,
  quarantine: at('quarantine'),
  operations: at('operations'),
  setups: [],
  nodes: [],
  posFolders: [],
  processes: [],
  names: { [amber]: 'Amber', [birch]: 'Birch' },
  safeWindow: { is: 'safe' },
  statuses: {},
  armedElsewhere: [],
  verdicts: {},
  diskSpeeds: [],
  backup: { isGreen: true, holds: [], at: null },
  version: '0.0.0',
  hostname: 'here',
  homedir: base,
  platform: process.platform,
})
const proofs = [{ identity: amber, startedAt: NOW + 1000, acceptedAt: NOW + 2000 }]
const list = (): Promise<Result<readonly Leftover[]>> =>
  runOperationJob<'leftovers'>({ launch: LAUNCH, ask: { job: 'leftovers', home: home(), context: context(), proofs } }).done
const remove = async (operation: string, typed: string): Promise<string> => {
  const ask = { job: 'remove-leftover' as const, home: home(), context: context(), proofs, operation, typed }
  const removed = await runOperationJob<'remove-leftover'>({ launch: LAUNCH, ask }).done
  return removed.ok ? removed.value.text : `${removed.fault.code}: ${removed.fault.detail}`
}
const foldersLeft = async (): Promise<readonly string[]> => {
  const listed = await list()
  return listed.ok
    ? listed.value.map(({ folder, may }) => `${path.basename(folder)} ${may ? 'may go' : 'stays'}`).sort()
    : [listed.fault.detail]
}

describe('data that operations left behind, in the operations process', { timeout: 60_000 }, () => {
  it('is found on real disks and removed to the last file of it, and nothing beside it', async () => {
    expect(await foldersLeft()).toEqual(['birch may go', 'old may go'])
    expect(await remove('retire-1', amber.slice(-8))).toContain('operation/not-typed')
    expect(await remove('retire-1', birch.slice(-8))).toContain('3 files removed')
    expect(readdirSync(at('birch'))).toEqual([])
    expect(await foldersLeft()).toEqual(['old may go'])
    expect(await remove('retire-1', birch.slice(-8))).toContain('operation/unknown')
    expect(await remove('move-data-1', amber.slice(-8))).toContain('What was never copied stays')
    expect(readdirSync(at('old'))).toEqual(['identity.key'])
    expect(await foldersLeft()).toEqual([])
    expect(readFileSync(at('quarantine/20261128-birch/b.key'), 'utf8')).toBe(aKey(2).text)
    expect(existsSync(at('new/postdata_0.bin'))).toBe(true)
  })

  it('stays when its bytes are not those that were copied', async () => {
    const file = at('old/postdata_1.bin')
    const { atime, mtime, size } = statSync(file)
    writeFileSync(file, Buffer.alloc(size, 7))
    utimesSync(file, atime, mtime)
    expect(await remove('move-data-1', amber.slice(-8))).toMatch(/operation\/refused: .* was changed since it was copied/)
    expect(readdirSync(at('old'))).toContain('postdata_0.bin')
    expect(await foldersLeft()).toEqual(['birch may go', 'old may go'])
  })
})
