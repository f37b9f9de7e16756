import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Files } from '../../../../electron/lib/files.ts'
import { challengeEpoch } from '../../../../electron/operations/exchange/rows.ts'
import { asideOf, unseal } from '../../../../electron/operations/exchange/seal.ts'
import type { Draft, StepRule } from '../../../../electron/operations/types.ts'
import { coverageLine, crashEverywhere, type CrashScenario } from '../../../fakes/crash-everywhere.ts'
import type { CrashFiles, CrashFilesOptions } from '../../../fakes/crash-files.ts'
import { armedPlaces, newestRows } from '../../../fakes/crash-nodes.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'
import { REPAIRS, scenarioOf, type OperationStory, type Repair, type Rules } from '../crash-story.ts'
import { amber, basalt, FILE, NODE, OPERATIONS, OUT, PASSPHRASE, planExport, rulesWith, SETUP, sourceDisk } from './exchange-world.ts'

const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 0)
const EVERY = Number(process.env['CRASH_EVERY'] ?? 9)

let draft: Draft
let temporary: string
beforeAll(async () => {
  temporary = scratchFolder('export-')
  draft = await planExport(sourceDisk())
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

const story = (options: CrashFilesOptions = {}): OperationStory => ({
  name: 'export',
  options,
  folders: [NODE],
  keys: [amber, basalt],
  put(files) {
    for (const { path, bytes, mode } of sourceDisk().all()) files.put(path, bytes, mode)
    files.putFolder(OUT)
  },
  draft: () => draft,
  done: { [basalt.identity]: `${NODE}/identities/basalt.key` },
})

const endOf = (disk: CrashFiles): string | undefined =>
  /"is":"ended","at":\d+,"as":"([a-z-]+)"[^\n]*\n?$/.exec(
    disk.content(`${OPERATIONS}/${draft.plan.id}/journal.jsonl`)?.toString().trimEnd() ?? '',
  )?.[1]

/** Whoever sees the sealed file sees one of a key that is not armed here. */
function visibleWhileArmed(disk: CrashFiles): string | undefined {
  const isArmed = (armedPlaces(disk, [NODE]).get(amber.identity) ?? []).length > 0
  return isArmed && disk.content(FILE) !== undefined ? 'the sealed file is there while the key is armed' : undefined
}

/** @param nodesStart  then a node may have moved the rows on, and the sealed ones must be those */
async function wrongFile(disk: CrashFiles): Promise<string | undefined> {
  const names = disk.all().flatMap(({ path }) => (path.startsWith(`${OUT}/`) ? [path] : []))
  if (endOf(disk) !== 'done') return names.length === 0 ? undefined : `${names.join(' ')} is left`
  const opened = await unseal(FILE, { passphrase: PASSPHRASE }, disk)
  if (!opened.ok) return `the sealed file does not open: ${opened.fault.detail}`
  const challenge = opened.value.rows?.tables.find(({ table }) => table === 'challenge')
  const value = challenge?.rows[0]?.[challenge.columns.indexOf('sequence')]
  const sequence = value !== null && value !== undefined && 'int' in value ? Number(value.int) : undefined
  if (challengeEpoch(opened.value.rows) !== 3 || sequence !== newestRows(disk)[amber.identity])
    return `sealed with rows ${sequence ?? 'none'} instead of ${newestRows(disk)[amber.identity] ?? 'none'}`
  if (opened.value.key !== amber.hex) return 'the sealed key is another one'
  return names.includes(asideOf(FILE)) ? 'a hidden copy is left' : undefined
}

function wrongSetUp(disk: CrashFiles): string | undefined {
  const [first] = (JSON.parse(disk.content(SETUP)?.toString() ?? '{}') as { identities: { held?: unknown }[] }).identities
  return (first?.held !== undefined) === (endOf(disk) === 'done') ? undefined : 'the set-up does not say where the key is'
}

function scenario(
  repair: Repair,
  rules: Rules = rulesWith(),
  options?: CrashFilesOptions,
  planned = draft,
): CrashScenario & { settle(): void } {
  const base = scenarioOf({ ...story(options), draft: () => planned }, repair, rules)
  let late: string | undefined
  return {
    ...base,
    recover: async (files: Files) => {
      await base.recover?.(files)
      if (!(files as CrashFiles).isCut && endOf(files as CrashFiles) !== undefined) late ??= await wrongFile(files as CrashFiles)
    },
    check(disk, at) {
      const told = late
      late = undefined
      const atEnd = at === 'cut' || endOf(disk) === undefined ? undefined : wrongSetUp(disk)
      return told ?? visibleWhileArmed(disk) ?? base.check(disk, at) ?? atEnd
    },
  }
}

describe('an export that loses power anywhere', () => {
  const cases = REPAIRS.flatMap((repair) =>
    [{ hasLinks: true }, { hasLinks: false, devices: { '/media': 2 } }].map((options) => ({ repair, options })),
  )
  it.each(cases.map((one, index) => ({ ...one, index })))(
    'loses no key, arms none twice, and hands no file out while the key is armed: $repair.by, nodes start $repair.nodesStart, links $options.hasLinks',
    { timeout: 600_000 },
    async ({ repair, options, index }) => {
      const one = scenario(repair, rulesWith(), options)
      try {
        const coverage = await crashEverywhere({ ...one, seeds: SEEDS, sample: { every: EVERY, from: index } })
        console.log(coverageLine(`export, then ${repair.by}`, coverage))
        expect(coverage.failures.slice(0, 3)).toEqual([])
        expect(coverage.cuts).toBeGreaterThan(5)
      } finally {
        one.settle()
      }
    },
  )
})

/** What is to be durable is not: of the files, or the names in the folder, that `isIt` tells. */
const without = (what: 'sync' | 'syncFolder', isIt: (path: string) => boolean) => (files: Files) => {
  const names = new Map<number, string>()
  return new Proxy(files, {
    get(target, key) {
      if (key === 'create')
        return (file: string, mode: number) => {
          const fd = target.create(file, mode)
          names.set(fd, file)
          return fd
        }
      if (key === 'sync' && what === 'sync') return (fd: number) => (isIt(names.get(fd) ?? '') ? undefined : target.sync(fd))
      if (key === 'syncFolder' && what === 'syncFolder') return (folder: string) => (isIt(folder) ? undefined : target.syncFolder(folder))
      return Reflect.get(target, key, target) as unknown
    },
  })
}

describe('planted bugs of an export are found', { timeout: 120_000 }, () => {
  const [finish, finishAfterNodes] = REPAIRS
  const replaced = (name: string, change: (rule: StepRule) => Partial<StepRule>): Rules => {
    const rules = rulesWith()
    const rule = rules[name]
    if (rule === undefined) throw new Error(name)
    return { ...rules, [name]: { ...rule, ...change(rule) } }
  }
  it.each<
    [
      string,
      () => {
        readonly repair?: Repair | undefined
        readonly rules?: Rules
        readonly sabotage?: CrashScenario['sabotage']
        readonly planned?: Draft
      },
    ]
  >([
    ['the sealed file is never synced', () => ({ sabotage: without('sync', (file) => file.startsWith(OUT)) })],
    ['names on the stick are never synced', () => ({ sabotage: without('syncFolder', (folder) => folder === OUT) })],
    ['the note of what was sealed is never synced', () => ({ sabotage: without('sync', (file) => file.endsWith('sealed.json.part')) })],
    [
      'the file is handed out before the key is out',
      () => {
        const [seal, out, setUp, readme, publish] = draft.steps
        const steps = [seal, publish, out, setUp, readme].flatMap((step) => step ?? [])
        const careless = replaced('export-publish', (rule) => ({
          apply: (data, tools) => rule.apply({ ...data, dataFolder: '/nowhere' } as never, tools),
        }))
        return { planned: { ...draft, steps }, rules: careless }
      },
    ],
    [
      'old rows stay sealed when a node went on',
      () => ({
        repair: finishAfterNodes,
        rules: replaced('export-seal', (rule) => ({
          isDone: (_data, tools) => tools.files.facts(asideOf(FILE)) !== undefined || rule.isDone(_data, tools),
        })),
      }),
    ],
  ])('%s', async (_name, plant) => {
    const { repair = finish, rules = rulesWith(), sabotage, planned } = plant()
    if (repair === undefined) throw new Error('no repair')
    const one = scenario(repair, rules, {}, planned)
    try {
      const coverage = await crashEverywhere({ ...one, seeds: 4, stopAtFirst: true, ...(sabotage === undefined ? {} : { sabotage }) })
      console.log(coverage.failures[0])
      expect(coverage.failures.length).toBeGreaterThan(0)
    } finally {
      one.settle()
    }
  })
})
