import path from 'node:path'
import { identitiesOf, MOST_KEY_BYTES } from '../../../electron/identities/index.ts'
import type { Files } from '../../../electron/lib/files.ts'
import { databaseFiles, newestSnapshot } from '../../../electron/operations/database/snapshot.ts'
import { isSwapped } from '../../../electron/operations/database/swap.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import { keysInSchema, keysOutSchema, renameKeySchema, swapRowsSchema, writeFileSchema } from '../../../electron/operations/steps/data.ts'
import type { Draft, StepData, StepRule, StepTools } from '../../../electron/operations/types.ts'
import type { Repair, Rules } from './crash-story.ts'
import { beforeRename, lateLines, lyingDisk, misreadJournal, noFolderSync, noSync, staying, unseen } from './sabotage.ts'

/** A bug as one would write it: of the file layer, of a step, of its SQL or of the order of a plan. */
export interface PlantedBug {
  readonly name: string
  /** The story that finds it. */
  readonly in: string
  readonly repairs?: readonly Repair[]
  /** Random survivals at each change; default 1. */
  readonly seeds?: number
  readonly files?: (files: Files) => Files
  readonly rules?: Rules
  readonly sql?: (text: string) => string
  readonly draft?: (draft: Draft) => Draft
}

const LOG = 'merge with all rows in the log'
const FILE = 'merge with all rows in the file'
const NEW = 'merge into a folder that is not there yet'
const SPLIT = 'split one identity out'
const CONVERT = 'give a supervised key another name'

const finish: readonly Repair[] = [{ by: 'finish', nodesStart: false }]
const finishAfterNodes: readonly Repair[] = [{ by: 'finish', nodesStart: true }]
const back: readonly Repair[] = [{ by: 'roll back', nodesStart: false }]
const backAfterNodes: readonly Repair[] = [{ by: 'roll back', nodesStart: true }]
const undo: readonly Repair[] = [{ by: 'roll back', nodesStart: false, ofUndo: true }]

/** One rule with some functions done otherwise. */
function changedRule(name: string, change: (old: StepRule) => Partial<StepRule>): Rules {
  const old = stepRules()[name]
  if (old === undefined) throw new Error(`no rule “${name}”`)
  return { [name]: { ...old, ...change(old) } }
}

/** The same steps in another order. */
const ordered =
  (...kinds: readonly string[]) =>
  (draft: Draft): Draft => {
    const steps = kinds.flatMap((kind) => draft.steps.filter(({ is }) => is === kind))
    return { ...draft, steps, plan: { ...draft.plan, steps: steps.map(({ is }) => ({ title: is, detail: '', estimateMs: 1 })) } }
  }

const withSteps = (draft: Draft, map: (step: StepData) => StepData): Draft => ({ ...draft, steps: draft.steps.map(map) })

function replaceDurably(files: Files, file: string, bytes: Uint8Array | undefined): void {
  if (files.facts(file) !== undefined) files.unlink(file)
  if (bytes !== undefined) {
    const fd = files.create(file, 0o600)
    files.write(fd, bytes)
    files.sync(fd)
    files.close(fd)
  }
  files.syncFolder(path.dirname(file))
}

const whole = (files: Files, file: string): Uint8Array | undefined =>
  files.facts(file) === undefined ? undefined : files.readWhole(file, 64 * 1024 ** 2)

const bytesNotDurable: readonly PlantedBug[] = [
  { name: 'no bytes are ever synced', in: LOG, files: noSync(/./) },
  { name: 'the batch of keys is not synced', in: LOG, files: noSync(/\/\.smeshkeeper-[0-9a-f]{64}\.part$/) },
  { name: 'lines of the journal are not synced', in: LOG, repairs: back, files: noSync(/\/journal\.jsonl$/) },
  { name: 'the new database is renamed before it is synced', in: LOG, files: noSync(/\/\.smeshkeeper-[0-9a-f]+\.sql$/) },
  { name: 'the folded database is renamed before it is synced', in: LOG, files: noSync(/\/\.smeshkeeper-[0-9a-f]+\.old$/) },
  {
    name: 'the snapshot is not synced before its note',
    in: LOG,
    repairs: back,
    files: noSync(/\/target\/(main|wal|shm|folded)$/),
  },
  {
    name: 'the old text of a file is not synced before it is replaced',
    in: CONVERT,
    repairs: undo,
    files: noSync(/-ab12\/config\.json$/),
  },
  { name: 'the new text of a file is not synced before it is renamed', in: CONVERT, files: noSync(/\.smeshkeeper-part$/) },
]

const namesNotDurable: readonly PlantedBug[] = [
  { name: 'no names are ever synced', in: LOG, files: noFolderSync(/./) },
  { name: 'names in an entry of the quarantine are not synced', in: LOG, files: noFolderSync(/\/quarantine\/[^/]+$/) },
  { name: 'the name of a new entry of the quarantine is not synced', in: LOG, files: noFolderSync(/\/quarantine$/) },
  { name: 'names of keys are not synced', in: LOG, files: noFolderSync(/\/identities$/) },
  { name: 'names beside the database are not synced', in: LOG, files: noFolderSync(/^\/node\/main$/) },
  { name: 'the name of a new data folder is not synced', in: NEW, files: noFolderSync(/^\/node$/) },
  { name: 'names in the folder of the operation are not synced', in: LOG, files: noFolderSync(/-ab12$/) },
  { name: 'the name of the folder of the operation is not synced', in: LOG, files: noFolderSync(/\/state\/operations$/) },
  { name: 'names in the snapshot are not synced', in: LOG, repairs: back, files: noFolderSync(/-ab12\/target$/) },
]

const journal: readonly PlantedBug[] = [
  { name: 'the journal tells of a step only after it', in: LOG, repairs: back, files: lateLines(/"state":"begun"/) },
  {
    name: 'a step that was begun is taken for done, and says so',
    in: LOG,
    files: misreadJournal('"state":"begun"', '"state":"done"'),
    rules: Object.assign({}, ...Object.keys(stepRules()).map((name) => changedRule(name, () => ({ isDone: () => true })))) as Rules,
  },
]

const order: readonly PlantedBug[] = [
  {
    name: 'keys are placed before the rows are there',
    in: LOG,
    draft: ordered('snapshot', 'build-rows', 'keys-out', 'keys-in', 'swap-rows'),
    repairs: finishAfterNodes,
  },
  {
    name: 'the database is swapped before the source is disarmed',
    in: LOG,
    draft: ordered('snapshot', 'build-rows', 'swap-rows', 'keys-out', 'keys-in'),
    repairs: finishAfterNodes,
  },
  {
    name: 'keys are placed before the source is disarmed',
    in: LOG,
    rules: changedRule('keys-out', (old) => ({
      apply: (data, tools) => {
        const { dataFolder, keys } = keysOutSchema.parse(data)
        for (const { name } of keys) {
          const bytes = whole(tools.files, path.join(identitiesOf(dataFolder), name))
          if (bytes !== undefined) replaceDurably(tools.files, `/node/main/identities/merged-${name}`, bytes)
        }
        return old.apply(data, tools)
      },
    })),
  },
]

const database: readonly PlantedBug[] = [
  { name: 'the log of the source is forgotten', in: LOG, files: unseen(/^\/node\/attic\/local\.sql-wal$/) },
  { name: 'the log of the target is forgotten', in: LOG, files: unseen(/^\/node\/main\/local\.sql-wal$/) },
  { name: 'the old log stays beside the new file', in: LOG, files: staying(/^\/node\/main\/local\.sql-wal$/) },
  {
    name: 'the old log is removed before it is folded in',
    in: LOG,
    repairs: finishAfterNodes,
    files: beforeRename(/^\/node\/main\/local\.sql$/, (files, to) => {
      if (files.facts(`${to}-wal`) !== undefined) replaceDurably(files, `${to}-wal`, undefined)
    }),
  },
  {
    name: 'the database is taken away before the new one comes',
    in: FILE,
    repairs: finishAfterNodes,
    files: beforeRename(/^\/node\/main\/local\.sql$/, (files, to) => replaceDurably(files, to, undefined)),
  },
  {
    name: 'what was built is swapped in though a node ran meanwhile',
    in: LOG,
    repairs: finishAfterNodes,
    rules: changedRule('swap-rows', (old) => ({ apply: (data, tools) => swapBlindly(data, tools) ?? old.apply(data, tools) })),
  },
  {
    name: 'an undo puts the old snapshot back though a node ran',
    in: LOG,
    repairs: backAfterNodes,
    rules: changedRule('swap-rows', () => ({ undo: putBackBlindly })),
  },
  {
    name: 'an undo leaves the swapped database',
    in: LOG,
    repairs: back,
    rules: {
      ...changedRule('swap-rows', () => ({ undo: () => undefined })),
      ...changedRule('build-rows', () => ({ undo: () => undefined })),
    },
  },
  {
    name: 'the new database has no mark',
    in: LOG,
    repairs: back,
    sql: (sql) => sql.replace(/^application_id = \d+$/, 'application_id = 0'),
  },
]

const rows: readonly PlantedBug[] = [
  {
    name: 'certificates are forgotten',
    in: LOG,
    draft: (draft) => withSteps(draft, (step) => ('withCertificates' in step ? { ...step, withCertificates: false } : step)),
  },
  {
    name: 'old rows are not removed before the new ones come',
    in: 'merge keys that were here before',
    sql: (sql) => sql.replace(/^DELETE FROM main\.(\w+) WHERE (\w+) IN.*/s, 'DELETE FROM main.$1 WHERE 0'),
  },
  {
    name: 'old rows stay, and the new ones come beside them',
    in: 'merge keys that were here before',
    sql: (sql) =>
      sql
        .replace(/^DELETE FROM main\.(\w+) WHERE (\w+) IN.*/s, 'DELETE FROM main.$1 WHERE 0')
        .replace(/^INSERT INTO main/, 'INSERT OR IGNORE INTO main'),
  },
  {
    name: 'rows of a key that left are kept',
    in: SPLIT,
    sql: (sql) => sql.replace(/^(DELETE FROM main\.\w+ WHERE \w+ =) \?$/, '$1 zeroblob(length(?))'),
  },
  {
    name: 'rows of everybody come along with one key',
    in: SPLIT,
    sql: (sql) => sql.replace(/^(INSERT INTO main\.\w+ SELECT \* FROM source\.\w+) WHERE.*$/s, '$1'),
    repairs: finishAfterNodes,
  },
]

const keys: readonly PlantedBug[] = [
  { name: 'nobody reads back what was written', in: LOG, files: lyingDisk(false) },
  {
    name: 'a key is written under its final name',
    in: LOG,
    rules: changedRule('keys-in', () => ({ apply: placeDirectly })),
  },
  {
    name: 'a key of the same name is overwritten',
    in: 'merge onto a name that is taken',
    repairs: back,
    rules: changedRule('keys-in', (old) => ({
      apply: (data, tools) => {
        const { dataFolder, keys: all } = keysInSchema.parse(data)
        for (const { name } of all) replaceDurably(tools.files, path.join(identitiesOf(dataFolder), name), undefined)
        return old.apply(data, tools)
      },
    })),
  },
  { name: 'the source stays armed', in: LOG, files: staying(/^\/node\/attic\/identities\/[^.]+\.key$/) },
  {
    name: 'an undo takes the copy out of the quarantine before the source is back',
    in: LOG,
    repairs: back,
    rules: changedRule('keys-out', (old) => ({ undo: (data, tools) => withoutEntry(data, tools, old) })),
  },
  {
    name: 'an undo forgets to take the keys out of the target',
    in: LOG,
    repairs: back,
    rules: changedRule('keys-in', () => ({ undo: () => undefined })),
  },
  {
    name: 'an undo forgets to arm the source again',
    in: LOG,
    repairs: back,
    rules: changedRule('keys-out', () => ({ undo: () => undefined })),
  },
  {
    name: 'a key gets its new name by a rename alone',
    in: CONVERT,
    repairs: finish,
    seeds: 12,
    rules: changedRule('rename-key', () => ({
      apply: (data, { files }) => {
        const { dataFolder, from, to } = renameKeySchema.parse(data)
        const folder = identitiesOf(dataFolder)
        if (files.facts(path.join(folder, to)) === undefined) files.rename(path.join(folder, from), path.join(folder, to))
        files.syncFolder(folder)
      },
    })),
  },
]

const texts: readonly PlantedBug[] = [
  {
    name: 'a file is emptied before it is written anew',
    in: CONVERT,
    repairs: back,
    rules: changedRule('write-file', () => ({
      apply: (data, { files }) => {
        const { file, text } = writeFileSchema.parse(data)
        replaceDurably(files, file, Buffer.from(text))
      },
    })),
  },
]

export const bugs: readonly PlantedBug[] = [
  ...bytesNotDurable,
  ...namesNotDurable,
  ...journal,
  ...order,
  ...database,
  ...rows,
  ...keys,
  ...texts,
]

/** @returns undefined when there is nothing aside */
function swapBlindly(data: StepData, tools: StepTools): string | undefined {
  const rowsData = swapRowsSchema.parse(data)
  const { files } = tools
  const aside = path.join(rowsData.dataFolder, `.smeshkeeper-${rowsData.marker.toString(16)}.sql`)
  const { main, wal, shm } = databaseFiles(rowsData.dataFolder)
  if (isSwapped(files, rowsData) || files.facts(aside) === undefined) return undefined
  for (const file of [wal, shm]) if (files.facts(file) !== undefined) files.unlink(file)
  files.rename(aside, main)
  files.syncFolder(rowsData.dataFolder)
  return ''
}

function putBackBlindly(data: StepData, tools: StepTools): undefined {
  const { dataFolder, snapshot } = swapRowsSchema.parse(data)
  const kept = newestSnapshot(tools, snapshot)
  if (kept === undefined) return
  const at = databaseFiles(dataFolder)
  for (const part of ['main', 'wal', 'shm'] as const)
    replaceDurably(tools.files, at[part], whole(tools.files, path.join(kept.folder, part)))
}

function placeDirectly(data: StepData, { files, quarantine }: StepTools): void {
  const { dataFolder, keys: all } = keysInSchema.parse(data)
  for (const { entry, stored, name } of all) {
    const file = path.join(identitiesOf(dataFolder), name)
    if (files.facts(file) === undefined) replaceDurably(files, file, files.readWhole(path.join(quarantine, entry, stored), MOST_KEY_BYTES))
  }
}

function withoutEntry(data: StepData, tools: StepTools, old: StepRule): ReturnType<StepRule['undo']> {
  const { dataFolder, entry, keys: all } = keysOutSchema.parse(data)
  const copies = all.map(({ name }) => ({ name, bytes: whole(tools.files, path.join(tools.quarantine, entry, name)) }))
  for (const { name, bytes } of copies) {
    if (bytes === undefined) continue
    replaceDurably(tools.files, path.join(tools.quarantine, entry, name), undefined)
    replaceDurably(tools.files, path.join(identitiesOf(dataFolder), name), bytes)
  }
  return old.undo(data, tools)
}
