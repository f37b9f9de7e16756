import { rmSync } from 'node:fs'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportInput, ExportRequest } from '../../../../electron/operations/exchange/index.ts'
import { exportedObstacle, rsyncCommand } from '../../../../electron/operations/exchange/index.ts'
import { unseal } from '../../../../electron/operations/exchange/seal.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { armedPlaces, startNodes } from '../../../fakes/crash-nodes.ts'
import { shortId } from '../../../../shared/domain/ids.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'
import { secretsInText } from '../../../secrets/search.ts'
import { engineOn } from '../crash-story.ts'
import {
  amber,
  basalt,
  FILE,
  metadata,
  NODE,
  node,
  NOW,
  OUT,
  PASSPHRASE,
  planExport,
  POS,
  QUARANTINE,
  rulesWith,
  SETUP,
  sourceDisk,
} from './exchange-world.ts'

interface Asked {
  readonly change?: (files: CrashFiles) => void
  readonly input?: Partial<ExportInput>
  readonly request?: Partial<ExportRequest>
}

let temporary: string
beforeAll(() => (temporary = scratchFolder('plan-export-')))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

async function plan({ change, input, request }: Asked = {}) {
  const files = sourceDisk()
  change?.(files)
  const draft = await planExport(files, input, request)
  expect(files.operations.filter(({ changes }) => changes)).toEqual([])
  return draft
}

async function refusal(asked: Asked): Promise<string> {
  const { plan: shown, steps } = await plan(asked)
  expect(steps).toEqual([])
  const [first] = shown.refusals
  return first === undefined ? 'not refused' : `${first.code}: ${first.detail}`
}

async function run(files: CrashFiles, passphrase: string | undefined, request: Partial<ExportRequest> = {}) {
  const draft = await planExport(files, {}, request)
  const engine = engineOn(files, temporary, rulesWith(passphrase ?? ''))
  const begun = engine.begin(draft)
  if (!begun.ok) throw new Error(begun.fault.detail)
  return { engine, id: draft.plan.id, ended: await engine.finish(draft.plan.id) }
}

describe('the plan of an export', () => {
  it('seals before it disarms, and hands the file out last', async () => {
    const { plan: shown, steps, touches } = await plan()
    expect(steps.map(({ is }) => is)).toEqual(['export-seal', 'keys-out', 'export-set-up', 'write-file', 'export-publish'])
    expect(shown.title).toBe(`Export Amber to ${FILE} and disarm it here`)
    expect(shown.refusals).toEqual([])
    expect(shown.asks.map(({ id }) => id)).toEqual(['gives-up', 'can-open'])
    expect(shown.risks[0]?.grade).toBe('ban')
    expect(shown.risks.map(({ text }) => text).join(' ')).toContain('identity.key lies beside the PoS data in clear')
    expect(shown.after[0]?.identities[0]?.change).toBe('leaves, to the quarantine')
    expect(touches).toEqual([{ dataFolder: NODE }])
  })

  it('warns when no backup holds the key, and when the node keeps no other', async () => {
    const { plan: shown } = await plan({ input: { isInBackup: false, nodes: [node([amber])] } })
    expect(shown.checks.map(({ text }) => text)).toContain('The key of Amber is in no backup: make one first')
    expect(shown.risks.map(({ text }) => text).join(' ')).toContain('Main has no other key')
    expect(shown.after[0]?.note).toContain('disarmed')
  })

  it('holds no secret, in no plan and no journal', async () => {
    expect(secretsInText(JSON.stringify(await plan()), { keys: [amber.hex], passphrases: [PASSPHRASE] })).toEqual([])
    const files = sourceDisk()
    await run(files, PASSPHRASE)
    const mayHold = [`${QUARANTINE}/`, `${NODE}/identities/`, `${POS}/identity.key`]
    for (const { path, bytes } of files.all())
      if (!mayHold.some((place) => path.startsWith(place)))
        expect([path, secretsInText(bytes.toString('latin1'), { keys: [amber.hex], passphrases: [PASSPHRASE] })]).toEqual([path, []])
  })

  it('prepares a command that leaves keys out and survives strange paths', () => {
    expect(rsyncCommand('/pos/amber/')).toBe("rsync -aS --partial --info=progress2 --exclude='*.key*' /pos/amber/ user@host:DST/")
    expect(rsyncCommand("/pos/it's #1")).toContain(String.raw`'/pos/it'\''s #1'/ user@host:DST/`)
  })
})

describe('an export is refused', () => {
  it.each<[string, Asked, string]>([
    [
      'when no node has the key',
      { input: { nodes: [node([basalt])] } },
      'exchange/key-not-here: No node on this machine has the key of Amber',
    ],
    [
      'when two nodes have it',
      { input: { nodes: [node([amber]), node([amber], { name: 'Attic', dataFolder: '/node/attic' })] } },
      'exchange/key-twice: Main and Attic both have the key of Amber',
    ],
    [
      'when the key would not load',
      { input: { nodes: [node([amber], { keys: [{ name: 'amber.key', identity: amber.identity, form: 'repairable' }] })] } },
      'exchange/key-damaged: amber.key is not in the form that a node loads',
    ],
    [
      'while somebody else runs the node',
      { input: { held: [{ dataFolder: NODE, by: 'spacemesh.service' }] } },
      `exchange/running: spacemesh.service works on ${NODE}, and Smeshkeeper does not stop it`,
    ],
    [
      'while the database is locked',
      { input: { nodes: [node([amber], { database: { is: 'locked', text: 'local.sql is locked' } })] } },
      'exchange/running: local.sql is locked: a node works with it',
    ],
    [
      'over a damaged database',
      { input: { nodes: [node([amber], { database: { is: 'corrupt', text: 'local.sql has damaged pages' } })] } },
      'exchange/database: Its rows cannot be taken along: local.sql has damaged pages',
    ],
    [
      'with the PoS data of another',
      { change: (files) => files.put(`${POS}/postdata_metadata.json`, metadata(basalt.identity)) },
      `exchange/other-identity: ${POS} holds the PoS data of ${shortId(basalt.identity)}, not of Amber`,
    ],
    [
      'with damaged metadata',
      { change: (files) => files.put(`${POS}/postdata_metadata.json`, '') },
      'exchange/bad-metadata: postdata_metadata.json in /pos/amber is damaged (the file is empty)',
    ],
    [
      'when the file is there',
      { change: (files) => files.put(FILE, 'x') },
      `exchange/file-exists: ${FILE} is there already, and nothing is overwritten. Choose another name`,
    ],
    ['without its folder', { request: { file: '/gone/amber.age' } }, 'exchange/no-folder: /gone is not there, or is no folder'],
    ['for a path that is not whole', { request: { file: 'amber.age' } }, 'exchange/not-absolute: amber.age is no full path'],
    [
      'for a name that a node would load',
      { request: { file: `${OUT}/amber.key` } },
      `exchange/key-name: ${OUT}/amber.key ends like a key file`,
    ],
    [
      'inside the node',
      { request: { file: `${NODE}/amber.age` } },
      `exchange/inside-node: ${NODE}/amber.age lies in the data folder of Main`,
    ],
    [
      'on a full disk',
      { input: { freeBytes: () => 1000 } },
      `exchange/no-space: The sealed file needs up to 1.0\u2009MiB in ${OUT}, and 1000\u2009B are free`,
    ],
    ['on a read-only disk', { input: { canWrite: () => false } }, `exchange/read-only: Nothing can be written in ${OUT}`],
    [
      'for the secret key as a recipient',
      { request: { recipients: ['AGE-SECRET-KEY-1QQQ'] } },
      'exchange/bad-recipient: It cannot be sealed: what was given as a recipient is the secret key itself',
    ],
  ])('%s', async (_name, asked, text) => {
    expect(await refusal(asked)).toContain(text)
  })
})

describe('an export that was run', () => {
  it('leaves the key in the quarantine, says where it went, and keeps the service down', async () => {
    const files = sourceDisk()
    const { ended, engine, id } = await run(files, PASSPHRASE)
    expect(ended.ok && ended.value.state).toBe('done')
    expect(armedPlaces(files, [NODE]).get(amber.identity)).toBeUndefined()
    const quarantined = files.all().filter(({ path }) => path.startsWith(QUARANTINE))
    expect(quarantined.map(({ path }) => path.split('/').at(-1))).toEqual(['amber.key', 'note.json'])
    expect(quarantined.find(({ path }) => path.endsWith('note.json'))?.bytes.toString()).toContain(`Exported to ${FILE} on 2026-11-28`)
    const setUp = JSON.parse(files.content(SETUP)?.toString() ?? '') as {
      identities: unknown[]
      services: { wanted: string; stoppedBy: string }[]
    }
    expect(setUp.identities[0]).toMatchObject({ held: { reason: 'It was exported to amber.age on 2026-11-28 for another machine' } })
    expect(setUp.services[0]).toMatchObject({ wanted: 'down', stoppedBy: 'user' })
    const readme = files.content(`${OUT}/README-${amber.identity.slice(0, 8)}.txt`)?.toString() ?? ''
    expect(readme).toContain('attic HAS GIVEN THIS KEY UP')
    expect(readme).toContain(rsyncCommand(POS))
    // Whoever copied the file may arm it: the key comes back by the checks of a put-back alone.
    expect(ended.ok && ended.value.undo).toEqual({ is: 'no', why: exportedObstacle(FILE) })
    const back = await engine.rollBack(id)
    expect(back.ok ? '' : back.fault.detail).toContain(
      'destroy /media/stick/amber.age and every copy of it before this machine arms it again',
    )
  })

  it('takes everything along', async () => {
    const files = sourceDisk()
    await run(files, PASSPHRASE)
    const opened = await unseal(FILE, { passphrase: PASSPHRASE }, files)
    if (!opened.ok) throw new Error(opened.fault.detail)
    expect(opened.value).toMatchObject({
      identity: amber.identity,
      key: amber.hex,
      name: 'Amber',
      keyFile: 'amber.key',
      machine: 'attic',
      madeAt: new Date(NOW).toISOString(),
      coinbase: 'sm1qqq',
      proving: { nonces: 288, threads: 4, randomx: 'fast' },
      pos: { folder: POS, metadata: metadata() },
    })
    const rows = opened.value.rows
    expect(rows?.schema).toBe(9)
    expect(rows?.tables.map(({ table, rows: all }) => [table, all.length])).toEqual(
      ['post', 'challenge', 'poet_registration', 'nipost', 'poet_certificates'].map((table) => [table, 1]),
    )
    expect(rows?.tables[1]?.rows[0]?.slice(0, 3)).toEqual([{ hex: amber.identity }, { int: '3' }, { int: '10' }])
    expect(opened.value.publication).toContain('aa'.repeat(32))
  })

  it('is sealed to recipients alone, or to both in two files', async () => {
    const identity = await generateX25519Identity()
    const recipients = [await identityToRecipient(identity)]
    const alone = sourceDisk()
    expect((await run(alone, undefined, { recipients })).ended.ok).toBe(true)
    expect((await unseal(FILE, { identities: [identity] }, alone)).ok).toBe(true)
    const both = sourceDisk()
    expect((await run(both, PASSPHRASE, { recipients })).ended.ok).toBe(true)
    expect((await unseal(FILE, { passphrase: PASSPHRASE }, both)).ok).toBe(true)
    expect((await unseal(`${OUT}/amber.recipients.age`, { identities: [identity] }, both)).ok).toBe(true)
  })

  it('changes nothing without anything to seal with, and is rolled back', async () => {
    const files = sourceDisk()
    const { ended, engine, id } = await run(files, undefined)
    expect(ended.ok ? '' : ended.fault.detail).toContain('A key is never written in clear: give a passphrase, or an age recipient')
    expect(armedPlaces(files, [NODE]).get(amber.identity)).toEqual([`${NODE}/identities/amber.key`])
    expect((await engine.rollBack(id)).ok).toBe(true)
    expect(files.all().filter(({ path }) => path.startsWith(OUT))).toEqual([])
  })

  it('is sealed anew when a node went on in between, and asks for the passphrase again', async () => {
    const files = sourceDisk()
    const rules = rulesWith()
    const broken = { ...rules, 'keys-out': { ...rules['keys-out'], apply: () => Promise.reject(new Error('stop here')) } as never }
    const draft = await planExport(files)
    const engine = engineOn(files, temporary, broken)
    engine.begin(draft)
    expect((await engine.finish(draft.plan.id)).ok).toBe(false)
    expect(startNodes(files, [NODE])).toBeUndefined()
    const without = await engineOn(files, temporary, rulesWith('')).finish(draft.plan.id)
    expect(without.ok ? '' : without.fault.detail).toContain('Finish it with one, or roll back')
    expect((await engineOn(files, temporary, rulesWith()).finish(draft.plan.id)).ok).toBe(true)
    const opened = await unseal(FILE, { passphrase: PASSPHRASE }, files)
    expect(opened.ok && opened.value.rows?.tables[1]?.rows[0]?.[2]).toEqual({ int: '11' })
  })

  it('does not give the key back when the sealed file was taken away before its end', async () => {
    const files = sourceDisk()
    const draft = await planExport(files)
    const rules = rulesWith()
    const publish = rules['export-publish']
    const dies = {
      ...publish,
      apply: async (data: never, tools: never) => {
        await publish?.apply(data, tools)
        throw new Error('died')
      },
    } as never
    const engine = engineOn(files, temporary, { ...rules, 'export-publish': dies })
    engine.begin(draft)
    await engine.finish(draft.plan.id)
    files.remove(FILE)
    const back = await engineOn(files, temporary, rules).rollBack(draft.plan.id)
    expect(back.ok ? '' : back.fault.detail).toContain(`${FILE} was taken away already, and it holds the key`)
    expect(armedPlaces(files, [NODE]).get(amber.identity)).toBeUndefined()
  })
})
