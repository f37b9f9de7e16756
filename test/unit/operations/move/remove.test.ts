import { describe, expect, it } from 'vitest'
import {
  mayRemoveSource,
  readMoveRecord,
  removeMovedSource,
  keptSources,
  type AcceptedProof,
  type MoveRecord,
  type RemoveTools,
} from '../../../../electron/operations/move/index.ts'
import { crashEverywhere } from '../../../fakes/crash-everywhere.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { bulkOver } from './bulk-over.ts'
import {
  aDisk,
  anEngine,
  aPlan,
  FOLDER,
  FROM,
  ID,
  IDENTITY,
  keysOn,
  missingFrom,
  MOVED,
  NOW,
  OPERATIONS,
  SOURCE,
  TO,
} from './move-world.ts'

const PROOF: AcceptedProof = { identity: IDENTITY, acceptedAt: NOW + 86_400_000 }
const TYPED = IDENTITY.slice(-8)

async function moved(): Promise<CrashFiles> {
  const files = aDisk()
  const engine = anEngine(files)
  engine.begin(await aPlan(bulkOver(files)))
  await engine.finish(ID)
  return files
}

const recordOf = (files: CrashFiles): MoveRecord => {
  const record = readMoveRecord(files, FOLDER)
  if (record === undefined) throw new Error('no record')
  return record
}

const tools = (files: CrashFiles, more: Partial<RemoveTools> = {}): RemoveTools => ({
  bulk: bulkOver(files),
  files,
  folder: FOLDER,
  proofs: [PROOF],
  inUse: [TO],
  ...more,
})
const remove = async (files: CrashFiles, more: Partial<RemoveTools> = {}, typed = TYPED): Promise<string> => {
  const result = await removeMovedSource(recordOf(files), typed, tools(files, more))
  return result.ok ? result.value : `${result.fault.code}: ${result.fault.detail}`
}

describe('the source of a move', () => {
  it('is listed until it is removed, and goes when a proof from the new place was accepted', async () => {
    const files = await moved()
    expect(keptSources(files, OPERATIONS).map(({ operation }) => operation)).toEqual([ID])
    expect(await remove(files)).toBe(`5 files are removed. What was never copied stays in ${FROM}: identity.key.`)
    expect(files.list(FROM)).toEqual(['identity.key'])
    expect(missingFrom(files, TO, MOVED)).toEqual([])
    expect(keptSources(files, OPERATIONS)).toEqual([])
    expect(mayRemoveSource(recordOf(files), [PROOF])).toMatchObject({ may: false })
  })

  it('goes with its folder when nothing else is in it', async () => {
    const files = await moved()
    files.remove(`${FROM}/identity.key`)
    expect(await remove(files)).toBe(`5 files and the folder ${FROM} are removed.`)
    expect(files.facts(FROM)).toBeUndefined()
  })

  it('stays until a proof of this identity, begun after the move and from the new folder, is accepted', async () => {
    const record = recordOf(await moved())
    const { movedAt } = record
    for (const proof of [
      { ...PROOF, identity: 'ab'.repeat(32) },
      { ...PROOF, acceptedAt: movedAt - 1 },
      { ...PROOF, startedAt: movedAt - 1 },
      { ...PROOF, posFolder: FROM },
    ])
      expect(mayRemoveSource(record, [proof]).may).toBe(false)
    expect(mayRemoveSource(record, [])).toEqual({ may: false, why: `${FROM} stays until a proof that was made from ${TO} is accepted.` })
    expect(mayRemoveSource(record, [{ ...PROOF, startedAt: movedAt + 1, posFolder: TO }]).may).toBe(true)
  })

  it.each<[string, (files: CrashFiles) => Partial<RemoveTools>, string, string]>([
    ['the id is not typed', () => ({}), 'wrong', 'move/not-typed'],
    ['no proof was accepted', () => ({ proofs: [] }), TYPED, 'move/still-needed'],
    ['a service uses it', () => ({ inUse: [FROM] }), TYPED, 'move/still-needed'],
    ['a file of the copy is missing', (files) => (files.remove(`${TO}/postdata_1.bin`), {}), TYPED, 'move/copy-not-whole'],
    ['a file of the copy has another size', (files) => (files.put(`${TO}/postdata_1.bin`, 'x'), {}), TYPED, 'move/copy-not-whole'],
    [
      'a file of the source was changed',
      (files) => (files.put(`${FROM}/postdata_1.bin`, Buffer.alloc(4096, 1)), {}),
      TYPED,
      'move/source-changed',
    ],
    ['the source is not there', (files) => (MOVED.forEach((name) => files.remove(`${FROM}/${name}`)), {}), TYPED, 'move/source-changed'],
    [
      'the disk of the copy is away',
      (files) => ({
        bulk: {
          ...bulkOver(files),
          facts: async (file) => {
            const facts = await bulkOver(files).facts(file)
            return facts === undefined ? undefined : { ...facts, device: 1 }
          },
        },
      }),
      TYPED,
      'move/copy-not-whole',
    ],
  ])('stays when %s', async (_name, change, typed, code) => {
    const files = await moved()
    const more = change(files)
    const before = files.list(FROM)
    expect(await remove(files, more, typed)).toMatch(new RegExp(`^${code}: `))
    expect(files.list(FROM)).toEqual(before)
  })

  it('is found changed by its hash when size and time are the same', async () => {
    const files = await moved()
    const bulk = bulkOver(files)
    const other: RemoveTools['bulk'] = {
      ...bulk,
      async openRead(file) {
        const handle = await bulk.openRead(file)
        return { ...handle, read: async (into, at) => (await handle.read(into, at)) && into.fill(9).length }
      },
    }
    expect(await remove(files, { bulk: other })).toMatch(/^move\/source-changed/)
    expect(missingFrom(files, FROM)).toEqual([])
  })

  it('loses nothing but itself when the power goes while it is removed, and removing is gone on with', async () => {
    const start = await moved()
    const coverage = await crashEverywhere({
      prepare: () => start.crash(() => 0, 'everything'),
      run: async (files) => void (await removeMovedSource(recordOf(files as CrashFiles), TYPED, tools(files as CrashFiles))),
      recover: async (files) => {
        const record = readMoveRecord(files, FOLDER)
        if (record !== undefined && record.removal !== 'done') await removeMovedSource(record, TYPED, tools(files as CrashFiles))
      },
      check: (disk, at) => {
        if (missingFrom(disk, TO, MOVED).length > 0) return 'the copy is not whole'
        if (keysOn(disk).join(' ') !== `${FROM}/identity.key`) return 'the key moved'
        const left = Object.keys(SOURCE).filter((name) => disk.content(`${FROM}/${name}`) !== undefined)
        if (left.length < Object.keys(SOURCE).length && recordOf(disk).removal === 'none') return 'removed without a note'
        return at === 'recovered' && left.join(' ') !== 'identity.key' ? `${left.join(' ')} is left` : undefined
      },
    })
    expect(coverage.failures.slice(0, 3)).toEqual([])
  })
})
