import { rmSync } from 'node:fs'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSetup } from '../../../../shared/setup/parse.ts'
import { importedRecords } from '../../../../electron/operations/exchange/index.ts'
import { startNodes } from '../../../fakes/crash-nodes.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'
import { secretsInText } from '../../../secrets/search.ts'
import { engineOn } from '../crash-story.ts'
import {
  amber,
  basalt,
  HELD,
  NODE,
  OPERATIONS,
  PASSPHRASE,
  planImport,
  QUARANTINE,
  rulesWith,
  runImport,
  sealedBy,
  sequenceOf,
  SETUP,
  sourceDisk,
  targetDisk,
} from './exchange-world.ts'

let temporary: string
let sealed: Record<string, Buffer>
beforeAll(async () => {
  temporary = scratchFolder('run-import-')
  sealed = await sealedBy(temporary)
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

describe('an import that was run', () => {
  it('puts the key on hold, brings the rows and adds a service that stays down', async () => {
    const files = targetDisk(sealed)
    const { ended, engine, id } = await runImport(files, temporary)
    expect(ended.ok && ended.value.state).toBe('done')
    expect(files.content(HELD)?.toString()).toBe(amber.hex)
    expect(files.content(HELD.replace('.key', '.json'))?.toString()).toContain('not-yet-checked')
    expect(sequenceOf(files, amber.identity)).toBe(10)
    expect(sequenceOf(files, basalt.identity)).toBe(10)
    const setUp = JSON.parse(files.content(SETUP)?.toString() ?? '') as { identities: unknown[]; services: unknown[] }
    expect(setUp.identities.at(-1)).toMatchObject({
      id: amber.identity,
      nickname: 'Amber',
      held: { reason: expect.stringContaining('It came from attic') as string },
    })
    expect(setUp.services.at(-1)).toMatchObject({
      identity: amber.identity,
      posFolder: '/new/amber',
      nonces: 288,
      threads: 4,
      wanted: 'down',
    })
    expect(importedRecords(files, `${OPERATIONS}/${id}`)[0]?.atxs[0]?.atxId).toBe('aa'.repeat(32))
    for (const { path, bytes } of files.all())
      if (path !== HELD)
        expect([path, secretsInText(bytes.toString('latin1'), { keys: [amber.hex], passphrases: [PASSPHRASE] })]).toEqual([path, []])
    const back = await engine.rollBack(id)
    expect(back.ok && back.value.state).toBe('rolled-back')
    expect(files.content(HELD)).toBeUndefined()
    expect(files.all().some(({ path, bytes }) => path.startsWith(QUARANTINE) && bytes.toString() === amber.hex)).toBe(true)
  })

  it('is not taken back once a node ran on the rows, or the key left its hold', async () => {
    const files = targetDisk(sealed)
    const { engine, id } = await runImport(files, temporary)
    expect(startNodes(files, [NODE])).toBeUndefined()
    expect((await engine.view(id))?.undo.why).toContain('A node was started on /node/main since')
    const other = targetDisk(sealed)
    const second = await runImport(other, temporary)
    other.remove(HELD)
    expect((await second.engine.view(second.id))?.undo.why).toContain('The key was taken out of the held ones since')
  })

  it('leaves a key that was on hold before, when it is rolled back', async () => {
    const files = targetDisk(sealed)
    files.put(HELD, amber.hex)
    const { engine, id } = await runImport(files, temporary)
    expect((await engine.rollBack(id)).ok).toBe(true)
    expect(files.content(HELD)?.toString()).toBe(amber.hex)
  })

  it('works without a node and a set-up: the rows wait in its folder', async () => {
    const files = targetDisk(sealed)
    const { ended, id } = await runImport(files, temporary, { input: { node: null, setUpFile: null } })
    expect(ended.ok && ended.value.state).toBe('done')
    expect(files.content(`${OPERATIONS}/${id}/rows/local.sql`)?.length).toBeGreaterThan(4096)
  })

  it('opens with the identity of a recipient, typed or in a file', async () => {
    const identity = await generateX25519Identity()
    const forOne = await sealedBy(temporary, { recipients: [await identityToRecipient(identity)], passphrase: undefined })
    const typed = targetDisk(forOne)
    expect((await runImport(typed, temporary, { passphrase: identity })).ended.ok).toBe(true)
    const filed = targetDisk(forOne)
    filed.put('/home/keeper/age.txt', `# created\n${identity}\n`)
    const draft = await planImport(filed, temporary, {}, { identityFile: '/home/keeper/age.txt' })
    expect(draft.plan.title).toMatch(/^Import Amber/)
    const engine = engineOn(filed, temporary, rulesWith(''))
    engine.begin(draft)
    expect((await engine.finish(draft.plan.id)).ok).toBe(true)
  })

  it('leaves a set-up that the app takes, also when nobody knew how the service proved', async () => {
    const whole = {
      version: 1,
      network: { preset: 'mainnet' },
      node: {
        mode: 'managed',
        binary: 'practice:go-spacemesh',
        dataFolder: NODE,
        configFile: '/node/config.json',
        listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
      },
    }
    for (const proving of [null, { nonces: 144, pinnedCores: [0, 1, 2], randomx: 'light' as const }]) {
      const source = sourceDisk()
      const files = targetDisk(await sealedBy(temporary, { disk: source, input: { proving } }))
      files.put(SETUP, JSON.stringify(whole))
      expect((await runImport(files, temporary)).ended.ok).toBe(true)
      const parsed = parseSetup(files.content(SETUP)?.toString() ?? '')
      expect(parsed.ok ? '' : parsed.fault.detail).toBe('')
      expect(parsed.ok && parsed.value.services[0]).toMatchObject(
        proving === null ? { nonces: 288 } : { nonces: 144, threads: 3, randomx: 'light' },
      )
    }
  })
})
