import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicationText } from '../../../../electron/identities/index.ts'
import type { ImportInput, ImportRequest } from '../../../../electron/operations/exchange/index.ts'
import { documentText, parseDocument, type ExportDocument } from '../../../../electron/operations/exchange/document.ts'
import { sealTo, unseal } from '../../../../electron/operations/exchange/seal.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { putNode } from '../../../fakes/crash-nodes.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'
import { secretsInText } from '../../../secrets/search.ts'
import { engineOn } from '../crash-story.ts'
import {
  amber,
  basalt,
  FILE,
  HELD,
  metadata,
  NODE,
  node,
  NOW,
  OUT,
  PASSPHRASE,
  planImport,
  RECORDS,
  record,
  rulesWith,
  runImport,
  sealedBy,
  targetDisk,
} from './exchange-world.ts'

interface Asked {
  readonly change?: (files: CrashFiles) => void
  readonly input?: Partial<ImportInput>
  readonly request?: Partial<ImportRequest>
  readonly passphrase?: string | undefined
}

let temporary: string
let sealed: Record<string, Buffer>
let document: ExportDocument
beforeAll(async () => {
  temporary = scratchFolder('plan-import-')
  sealed = await sealedBy(temporary)
  const opened = await unseal(FILE, { passphrase: PASSPHRASE }, targetDisk(sealed))
  if (!opened.ok) throw new Error(opened.fault.detail)
  document = opened.value
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

/** The same content with something else in it, sealed. */
async function altered(change: Readonly<Record<string, unknown>>): Promise<Buffer> {
  const files = createCrashFiles()
  files.putFolder(OUT)
  const text = documentText(document)
  const json = { ...(JSON.parse(text) as object), ...change }
  await sealTo(files, FILE, JSON.stringify(json), { passphrase: PASSPHRASE, recipients: [], opener: 'passphrase', workFactor: 1 })
  return files.content(FILE) ?? Buffer.alloc(0)
}

async function plan({ change, input, request, ...rest }: Asked = {}) {
  const files = targetDisk(sealed)
  change?.(files)
  const passphrase = 'passphrase' in rest ? rest.passphrase : PASSPHRASE
  const draft = await planImport(files, temporary, { ...(passphrase === undefined ? {} : { passphrase }), ...input }, request)
  expect(files.operations.filter(({ changes }) => changes)).toEqual([])
  return draft
}

async function refusal(asked: Asked): Promise<string> {
  const { plan: shown, steps } = await plan(asked)
  expect(steps).toEqual([])
  const [first] = shown.refusals
  return first === undefined ? 'not refused' : `${first.code}: ${first.detail}`
}

describe('the plan of an import', () => {
  it('says what the outside tells, when it cannot be opened yet', async () => {
    const { plan: shown, steps } = await plan({ passphrase: undefined })
    expect(steps.map(({ is }) => is)).toEqual(['import-open', 'import-record', 'import-rows', 'import-set-up'])
    expect(shown.title).toBe('Import the identity in amber.age')
    expect(shown.checks[0]?.text).toContain('sealed; it opens with a passphrase')
    expect(shown.refusals).toEqual([])
  })

  it('says who comes, from where and with how many rows, when the passphrase is there', async () => {
    const { plan: shown } = await plan()
    expect(shown.title).toMatch(/^Import Amber \(/)
    expect(shown.checks[0]?.text).toContain('exported by attic')
    expect(shown.checks[0]?.text).toContain('5 rows')
    expect(shown.tables.map(({ added }) => added)).toEqual([1, 1, 1, 1, 1])
    expect(shown.after[0]?.identities.at(-1)).toMatchObject({ id: amber.identity, change: 'comes, on hold' })
    expect(shown.asks.map(({ id }) => id)).toEqual(['given-up'])
    expect(secretsInText(JSON.stringify(shown), { keys: [amber.hex], passphrases: [PASSPHRASE] })).toEqual([])
  })

  it('says how far the data has come', async () => {
    const { plan: shown } = await plan({ change: (files) => files.put('/new/amber/postdata_0.bin', Buffer.alloc(4096)) })
    expect(shown.checks.at(-1)?.text).toContain('40\u2009% of the PoS data has arrived')
  })
})

describe('an import is refused', () => {
  const cut = (files: CrashFiles): void => files.put(FILE, (sealed[FILE] ?? Buffer.alloc(0)).subarray(0, 400))
  it.each<[string, Asked, string]>([
    ['without the file', { change: (files) => files.remove(FILE) }, `exchange/not-there: ${FILE} is not there. Connect the drive`],
    [
      'for a foreign file',
      { change: (files) => files.put(FILE, 'PK and so on') },
      `exchange/foreign: ${FILE} is no identity that Smeshkeeper exported`,
    ],
    ['for an empty file', { change: (files) => files.put(FILE, '') }, `exchange/damaged: ${FILE} is damaged or cut off`],
    [
      'for one that is cut in its header',
      { change: (files) => files.put(FILE, (sealed[FILE] ?? Buffer.alloc(0)).subarray(0, 60)) },
      `exchange/damaged: ${FILE} is damaged or cut off`,
    ],
    ['for one that is cut behind it', { change: cut }, `exchange/damaged: ${FILE} is damaged or cut off, so it was not copied whole`],
    [
      'for a wrong passphrase',
      { passphrase: 'something-else' },
      'exchange/wrong-secret: It was not opened: this passphrase does not open it',
    ],
    [
      'when it is armed in a node here',
      { change: (files) => putNode(files, '/node/attic', { keys: [amber] }), input: { nodeFolders: [NODE, '/node/attic'] } },
      'is armed on this machine already: it is in a node as /node/attic/identities/amber.key',
    ],
    [
      'when something else would start it',
      { input: { armedElsewhere: [{ identity: amber.identity, why: 'Smapp would start it' }] } },
      'is armed on this machine already: Smapp would start it. One key in two places is banned for ever',
    ],
    ['when it is banned', { input: { banned: [amber.identity] } }, 'is banned for ever: it cannot earn anything on any machine'],
    [
      'on another network',
      { input: { node: node([basalt], { genesisId: '00'.repeat(20) }) } },
      'exchange/other-network: Amber is of another network (genesis 9eebff02…)',
    ],
    [
      'into the PoS folder of another',
      { change: (files) => files.put('/new/amber/postdata_metadata.json', metadata(basalt.identity)) },
      'exchange/other-identity: The chosen folder holds the PoS data of',
    ],
    [
      'when it ran here after the export',
      { change: (files) => files.put(RECORDS, publicationText([record({ watchedUntil: NOW + 1000 })])) },
      'exchange/older-than-here: This export is from 2026-11-28 00:00 UTC, and the key was armed on this machine after that',
    ],
    [
      'when it published for that epoch',
      {
        change: (files) =>
          files.put(RECORDS, publicationText([record({ atxs: [{ publishEpoch: 3, atxId: 'bb'.repeat(32), seenAt: 1, by: 'network' }] })])),
      },
      'it is known here to have published for epoch 3 or later. With older rows it would publish a second time',
    ],
    [
      'while somebody else runs the node',
      { input: { held: [{ dataFolder: NODE, by: 'spacemesh.service' }] } },
      'exchange/running: spacemesh.service works on /node/main',
    ],
    [
      'over a damaged database',
      { input: { node: node([basalt], { database: { is: 'corrupt', text: 'local.sql has damaged pages' } }) } },
      'exchange/database: Rows cannot come into Main: local.sql has damaged pages',
    ],
    ['on a full disk', { input: { freeBytes: () => 1000 } }, 'exchange/no-space: The import needs'],
    ['for a path that is not whole', { request: { file: 'amber.age' } }, 'exchange/not-there: amber.age is no full path'],
  ])('%s', async (_name, asked, text) => {
    expect(await refusal(asked)).toContain(text)
  })

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'made by a newer Smeshkeeper',
      { version: 2, more: true },
      'exchange/newer: It was made by a newer Smeshkeeper (format 2, this one knows 1). Update Smeshkeeper here',
    ],
    ['with the key of another', { key: basalt.hex }, 'exchange/damaged: What was sealed in it cannot be used: its key is not the one of'],
    ['of another format', { format: 'something' }, 'exchange/foreign: It opens, but what is in it is no identity'],
    [
      'with the metadata of another',
      { pos: { folder: '/x', metadata: metadata(basalt.identity) } },
      'postdata_metadata.json in it is of another identity',
    ],
    [
      'with a field missing',
      { machine: undefined },
      'exchange/damaged: What was sealed in it cannot be used: machine is not as it should be',
    ],
    [
      'with an unknown table',
      { rows: { identity: amber.identity, schema: 9, tables: [{ table: 'sqlite_master', columns: ['id'], rows: [] }] } },
      'it has rows of a table "sqlite_master"',
    ],
    [
      'with rows of another',
      {
        rows: {
          identity: amber.identity,
          schema: 9,
          tables: [{ table: 'challenge', columns: ['id'], rows: [[{ hex: basalt.identity }]] }],
        },
      },
      'it has rows in challenge that are not its own',
    ],
  ])('for a file %s', async (_name, change, text) => {
    const bytes = await altered(change)
    expect(await refusal({ change: (files) => files.put(FILE, bytes) })).toContain(text)
  })

  it('when the versions of the databases differ, with the way out', async () => {
    const bytes = await altered({ rows: { ...document.rows, schema: 8 } })
    expect(await refusal({ change: (files) => files.put(FILE, bytes) })).toContain(
      'exchange/schema: The rows of Amber have database version 8, the node here has 9, and rows only go between equal ones. Start the node release of this machine once on the other one',
    )
  })

  it('when it runs, the same way, and nothing was changed', async () => {
    const files = targetDisk(sealed)
    const { ended, engine, id } = await runImport(files, temporary, { input: { banned: [amber.identity] } })
    expect(ended.ok ? '' : ended.fault.detail).toMatch(/is banned for ever.*Nothing was changed: roll back$/)
    expect(files.content(HELD)).toBeUndefined()
    expect((await engine.rollBack(id)).ok).toBe(true)
    const wrong = targetDisk(sealed)
    const asked = await runImport(wrong, temporary, { passphrase: 'something-else' })
    expect(asked.ended.ok ? '' : asked.ended.fault.detail).toContain('this passphrase does not open it')
    // The passphrase is typed again: it goes on.
    expect((await engineOn(wrong, temporary, rulesWith()).finish(asked.id)).ok).toBe(true)
  })

  it('quotes nothing of what it opened', () => {
    const torn = parseDocument(documentText(document).slice(0, -40))
    const wrong = parseDocument(JSON.stringify({ format: 'smeshkeeper-identity', version: 1, key: amber.hex }))
    expect(secretsInText(JSON.stringify([torn, wrong]), { keys: [amber.hex] })).toEqual([])
  })
})
