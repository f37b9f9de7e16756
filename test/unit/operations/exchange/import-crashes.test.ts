import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyStore, readKeyFile } from '../../../../electron/identities/index.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import type { Draft, StepRule } from '../../../../electron/operations/types.ts'
import { coverageLine, crashEverywhere, type CrashScenario } from '../../../fakes/crash-everywhere.ts'
import type { CrashFiles, CrashFilesOptions } from '../../../fakes/crash-files.ts'
import { armedPlaces, newestRows, startNodes } from '../../../fakes/crash-nodes.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'
import { engineOn, REPAIRS, type Repair, type Rules } from '../crash-story.ts'
import {
  amber,
  basalt,
  FILE,
  HELD,
  NODE,
  NOW,
  OPERATIONS,
  planImport,
  QUARANTINE,
  RECORDS,
  rulesWith,
  sealedBy,
  sequenceOf,
  SETUP,
  targetDisk,
} from './exchange-world.ts'

const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 0)
const EVERY = Number(process.env['CRASH_EVERY'] ?? 13)

let draft: Draft
let temporary: string
let sealed: Record<string, Buffer>
beforeAll(async () => {
  temporary = scratchFolder('import-')
  sealed = await sealedBy(temporary)
  draft = await planImport(targetDisk(sealed), temporary)
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

const store = (disk: CrashFiles) => createKeyStore({ files: disk, folder: QUARANTINE, now: () => NOW, log: silentLogger })

const endOf = (disk: CrashFiles): string | undefined =>
  /"is":"ended","at":\d+,"as":"([a-z-]+)"[^\n]*\n?$/.exec(
    disk.content(`${OPERATIONS}/${draft.plan.id}/journal.jsonl`)?.toString().trimEnd() ?? '',
  )?.[1]

/** The key that comes is never armed by it, and the sealed file stays as it is. */
function always(disk: CrashFiles): string | undefined {
  const armed = armedPlaces(disk, [NODE])
  if ((armed.get(amber.identity) ?? []).length > 0) return 'the key is armed before anybody checked it'
  if ((armed.get(basalt.identity) ?? []).length !== 1) return 'the key that was here is not armed once'
  return disk.content(FILE)?.equals(sealed[FILE] ?? Buffer.alloc(0)) === true ? undefined : 'the sealed file is not as it was'
}

const nodeBytes = (disk: CrashFiles): string =>
  disk
    .all()
    .filter(({ path }) => path.startsWith(`${NODE}/`))
    .map(({ path, bytes }) => `${path} ${bytes.toString('base64')}`)
    .join('\n')

const setUpOf = (disk: CrashFiles) =>
  JSON.parse(disk.content(SETUP)?.toString() ?? '{}') as {
    identities: { id: string; held?: unknown }[]
    services: { identity: string; wanted: string }[]
  }

function atEnd(disk: CrashFiles, { before, isStarted }: { readonly before: CrashFiles; readonly isStarted: boolean }): string | undefined {
  const isDone = endOf(disk) === 'done'
  const held = disk.content(HELD)
  const ledger = newestRows(disk)
  if (sequenceOf(disk, basalt.identity) !== ledger[basalt.identity]) return 'rows of the key that was here are not the newest'
  const came = setUpOf(disk).identities.find(({ id }) => id === amber.identity)
  if (!isDone) {
    if (held !== undefined) return 'the key is still held'
    if (came !== undefined) return 'the set-up still has it'
    if (!isStarted && nodeBytes(disk) !== nodeBytes(before)) return 'the node’s folder is not as before'
    return sequenceOf(disk, amber.identity) === undefined ? undefined : 'its rows are still here'
  }
  if (held?.toString() !== amber.hex) return 'the key is not held'
  if (sequenceOf(disk, amber.identity) !== 10) return `its rows are ${sequenceOf(disk, amber.identity) ?? 'not here'}`
  if (came?.held === undefined || setUpOf(disk).services.find(({ identity }) => identity === amber.identity)?.wanted !== 'down')
    return 'the set-up does not have it on hold'
  return disk.content(RECORDS)?.toString().includes('aa'.repeat(32)) === true ? undefined : 'its publications are not known'
}

function scenario(repair: Repair, rules: Rules, options?: CrashFilesOptions): CrashScenario {
  const model = targetDisk(sealed, options)
  let broken: string | undefined
  return {
    prepare: () => model.crash(() => 0, 'everything'),
    async run(files) {
      const engine = engineOn(files, temporary, rules)
      const begun = engine.begin(draft)
      if (begun.ok) await engine.finish(draft.plan.id)
    },
    async recover(files) {
      const disk = files as CrashFiles
      // As at every start of ours, before anything else.
      store(disk).recover([NODE])
      if (repair.nodesStart) broken ??= startNodes(disk, [NODE])
      const engine = engineOn(files, temporary, rules)
      const { operations } = await engine.state({ withObstacles: false })
      if (!operations.some(({ state }) => state === 'unfinished')) return
      const ended = repair.by === 'finish' ? await engine.finish(draft.plan.id) : await engine.rollBack(draft.plan.id)
      if (!ended.ok && !disk.isCut) broken ??= `stuck: ${ended.fault.detail}`
    },
    check(disk, at) {
      const told = broken
      broken = undefined
      if (told !== undefined) return told
      const wrong = always(disk)
      if (wrong !== undefined || at === 'cut' || endOf(disk) === undefined) return wrong
      return atEnd(disk, { before: model, isStarted: repair.nodesStart })
    },
  }
}

describe('an import that loses power anywhere', () => {
  const cases = REPAIRS.flatMap((repair) =>
    [{ hasLinks: true }, { hasLinks: false, devices: { '/home': 2 } }].map((options) => ({ repair, options })),
  )
  it.each(cases.map((one, index) => ({ ...one, index })))(
    'arms nothing, loses nothing, and ends: $repair.by, nodes start $repair.nodesStart, links $options.hasLinks',
    { timeout: 900_000 },
    async ({ repair, options, index }) => {
      const one = scenario(repair, rulesWith(), options)
      const coverage = await crashEverywhere({ ...one, seeds: SEEDS, sample: { every: EVERY, from: index } })
      console.log(coverageLine(`import, then ${repair.by}`, coverage))
      expect(coverage.failures.slice(0, 3)).toEqual([])
      expect(coverage.cuts).toBeGreaterThan(5)
    },
  )

  it('never needs the passphrase again once the key is on hold', async () => {
    const files = targetDisk(sealed)
    const rules = rulesWith()
    const broken = {
      ...rules,
      'import-rows': { ...rules['import-rows'], apply: () => Promise.reject(new Error('stop here')) } as unknown as StepRule,
    }
    const engine = engineOn(files, temporary, broken)
    expect(engine.begin(draft).ok).toBe(true)
    expect((await engine.finish(draft.plan.id)).ok).toBe(false)
    files.remove(FILE)
    const ended = await engineOn(files, temporary, rulesWith('')).finish(draft.plan.id)
    expect(ended.ok && ended.value.state).toBe('done')
    expect(readKeyFile(HELD, files).identity).toBe(amber.identity)
  })
})
