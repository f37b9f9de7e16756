import { describe, expect, it } from 'vitest'
import { readQuarantine } from '../../../../electron/operations/plans/quarantine.ts'
import { createKeyStore } from '../../../../electron/identities/index.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { aKey, silentLog } from '../../identities/keys.ts'
import { engineOn } from '../crash-story.ts'
import { draftOf } from '../stories.ts'

const FOLDER = '/home/keeper/quarantine'
const read = (files: CrashFiles, armed: Record<string, string> = {}) => readQuarantine(files, FOLDER, new Map(Object.entries(armed)))

function withKeys(): CrashFiles {
  const files = createCrashFiles()
  files.putFolder('/home/keeper/state')
  files.put('/node/main/identities/amber.key', aKey(1).hex)
  files.put('/node/main/identities/basalt.key', aKey(2).hex)
  return files
}

const keysOut = (entry: string) =>
  draftOf('retire', [
    {
      is: 'keys-out',
      dataFolder: '/node/main',
      entry,
      why: 'Retired from Main',
      keys: [
        { identity: aKey(1).id, name: 'amber.key' },
        { identity: aKey(2).id, name: 'basalt.key' },
      ],
    } as never,
  ])

describe('the quarantine', () => {
  it('is empty when there is none', () => {
    expect(read(createCrashFiles())).toEqual([])
  })

  it('shows a file that was moved by itself, with what its note says', () => {
    const files = withKeys()
    const store = createKeyStore({ files, folder: FOLDER, now: () => Date.UTC(2026, 10, 27, 9), log: silentLog() })
    const taken = store.quarantine('/node/main/identities/amber.key', { why: 'The user disarmed it' })
    expect(taken.ok).toBe(true)
    const [entry] = read(files)
    expect(entry).toEqual({
      id: expect.stringMatching(/^2026-11-27-/) as string,
      path: `${FOLDER}/${entry?.id ?? ''}`,
      at: '2026-11-27T09:00:00.000Z',
      why: 'The user disarmed it',
      keys: [{ name: 'amber.key', identity: aKey(1).id, from: '/node/main/identities/amber.key' }],
    })
  })

  it('shows all keys that an operation moved, and where one is armed again', async () => {
    const files = withKeys()
    const engine = engineOn(files, '/tmp/none')
    const draft = keysOut('2026-11-28-ab12-1-main')
    engine.begin(draft)
    await engine.finish(draft.plan.id)
    const [entry, ...rest] = read(files, { [aKey(2).id]: '/node/other/identities/b.key' })
    expect(rest).toEqual([])
    expect(entry).toMatchObject({ id: '2026-11-28-ab12-1-main', why: 'Retired from Main', operation: draft.plan.id })
    expect(entry?.keys).toEqual([
      { name: 'amber.key', identity: aKey(1).id, from: '/node/main/identities/amber.key' },
      { name: 'basalt.key', identity: aKey(2).id, from: '/node/main/identities/basalt.key', armedAt: '/node/other/identities/b.key' },
    ])
  })

  it('trusts a file more than its note, and never shows a byte of it', () => {
    const files = createCrashFiles()
    const note = {
      version: 2,
      why: 'w',
      at: '2026-11-28T00:00:00.000Z',
      keys: [{ name: 'a.key', from: '/n/identities/a.key', identity: aKey(3).id }],
    }
    files.put(`${FOLDER}/one/a.key`, aKey(1).hex)
    files.put(`${FOLDER}/one/note.json`, JSON.stringify(note))
    expect(read(files)[0]?.keys[0]?.identity).toBe(aKey(1).id)
    expect(JSON.stringify(read(files))).not.toContain(aKey(1).hex.slice(0, 16))
  })

  it('leaves out held keys, empty folders, loose files and copies of a move that was cut', () => {
    const files = createCrashFiles()
    files.put(`${FOLDER}/held/${aKey(1).id}.key`, aKey(1).hex)
    files.put(`${FOLDER}/loose.key`, aKey(2).hex)
    files.putFolder(`${FOLDER}/empty`)
    files.put(`${FOLDER}/cut/a.key.part`, 'x')
    expect(read(files)).toEqual([])
  })

  it('tells of damaged and of missing notes, and of files that are gone', () => {
    const files = createCrashFiles()
    files.put(`${FOLDER}/a/a.key`, aKey(1).hex)
    files.put(`${FOLDER}/a/note.json`, '{"version":2,')
    files.put(`${FOLDER}/b/b.key`, aKey(2).hex)
    files.put(`${FOLDER}/c/note.json`, '{"version":7}')
    files.put(
      `${FOLDER}/d/note.json`,
      JSON.stringify({ version: 1, why: 'moved', at: '2026-11-28T00:00:00.000Z', from: '/x/d.key', name: 'd.key' }),
    )
    const whys = Object.fromEntries(read(files).map(({ id, why }) => [id, why]))
    expect(whys).toEqual({
      a: `Its note ${FOLDER}/a/note.json is damaged, so it is not known where these files come from`,
      b: 'It has no note, so it is not known where these files come from',
      c: `Its note ${FOLDER}/c/note.json is damaged, so it is not known where these files come from`,
      d: 'moved. d.key is not here',
    })
    expect(read(files).find(({ id }) => id === 'b')?.keys).toEqual([{ name: 'b.key', identity: aKey(2).id, from: 'not known' }])
  })

  it('shows a move that a crash has cut as such, and the newest first', () => {
    const files = createCrashFiles()
    const note = (at: string) => JSON.stringify({ version: 1, why: 'moved', at, from: '/x/d.key', name: 'd.key' })
    files.put(`${FOLDER}/old/d.key`, aKey(1).hex)
    files.put(`${FOLDER}/old/note.json`, note('2026-11-01T00:00:00.000Z'))
    files.put(`${FOLDER}/new/d.key`, aKey(2).hex)
    files.put(`${FOLDER}/new/moving.json`, note('2026-11-28T00:00:00.000Z'))
    expect(read(files).map(({ id, why }) => [id, why])).toEqual([
      ['new', 'moved. The move was cut short: it is brought to its end at the next start'],
      ['old', 'moved'],
    ])
  })

  it('shows a file that holds no key without an identity', () => {
    const files = createCrashFiles()
    files.put(`${FOLDER}/a/a.key`, '')
    expect(read(files)[0]?.keys).toEqual([{ name: 'a.key', from: 'not known' }])
  })
})
