import { describe, expect, it } from 'vitest'
import { readMoveRecord, type BulkFiles, type MoveDeps } from '../../../../electron/operations/move/index.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { bulkOver } from './bulk-over.ts'
import {
  aDisk,
  anEngine,
  aPlan,
  ASIDE,
  FOLDER,
  FROM,
  ID,
  keysOn,
  missingFrom,
  MOVED,
  oneVolume,
  SETUP,
  smallDeps,
  SOURCE,
  TO,
  wrongAtEnd,
} from './move-world.ts'

async function moved(files: CrashFiles, deps: Partial<MoveDeps> = {}, bulk: BulkFiles = bulkOver(files)) {
  const engine = anEngine(files, smallDeps(bulk, deps))
  engine.begin(await aPlan(bulkOver(files)))
  return { engine, result: await engine.finish(ID) }
}

/** Every read of the file gives what `change` makes of it. */
const reading = (bulk: BulkFiles, isIt: (file: string) => boolean, change: (into: Uint8Array, got: number) => number): BulkFiles => ({
  ...bulk,
  async openRead(file) {
    const handle = await bulk.openRead(file)
    return isIt(file) ? { ...handle, read: async (into, at) => change(into, await handle.read(into, at)) } : handle
  },
})

describe('a move of PoS data', () => {
  it('copies, verifies, switches, points the set-up to it and keeps the source with its key', async () => {
    const files = aDisk()
    const { result } = await moved(files)
    expect(result).toMatchObject({ ok: true, value: { state: 'done', undo: { is: 'exact' } } })
    expect(wrongAtEnd(files, 'moved')).toBeUndefined()
    expect(missingFrom(files, FROM)).toEqual([])
    expect(keysOn(files)).toEqual([`${FROM}/identity.key`])
    expect(readMoveRecord(files, FOLDER)).toMatchObject({ from: FROM, to: TO, removal: 'none', chunkBytes: 2048 })
  })

  it('is undone exactly: the copy goes, the set-up is as before', async () => {
    const files = aDisk()
    const { engine } = await moved(files)
    expect(await engine.rollBack(ID)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(wrongAtEnd(files, 'rolled-back')).toBeUndefined()
    expect(missingFrom(files, FROM)).toEqual([])
    expect(files.facts(TO)).toBeUndefined()
    expect(readMoveRecord(files, FOLDER)).toBeUndefined()
  })

  it('moves into an empty folder and gives that back on undo', async () => {
    const files = aDisk()
    files.putFolder(TO)
    const { engine, result } = await moved(files)
    expect(result).toMatchObject({ ok: true, value: { state: 'done' } })
    await engine.rollBack(ID)
    expect(files.facts(TO)?.is).toBe('folder')
    expect(files.list(TO)).toEqual([])
  })

  it('cannot be undone when the source is not whole any more, and nothing is changed by the try', async () => {
    const files = aDisk()
    const { engine } = await moved(files)
    files.remove(`${FROM}/postdata_1.bin`)
    expect(await engine.rollBack(ID)).toMatchObject({ ok: false, fault: { code: 'operation/not-undoable' } })
    expect(wrongAtEnd(files, 'moved')).toBeUndefined()
  })

  it('stops at a cancel between chunks, goes on where it was, and can be rolled back instead', async () => {
    for (const then of ['finish', 'rollBack'] as const) {
      const files = aDisk()
      let asked = 0
      const cancelling: { cancel?: () => void } = {}
      const deps = smallDeps(bulkOver(files), {
        mayUse: async () => {
          asked += 1
          if (asked === 4) cancelling.cancel?.()
          return Promise.resolve()
        },
      })
      const engine = anEngine(files, deps)
      cancelling.cancel = () => engine.cancel()
      engine.begin(await aPlan(bulkOver(files)))
      expect(await engine.finish(ID)).toMatchObject({ ok: false, fault: { code: 'operation/stopped' } })
      expect(files.facts(ASIDE)?.is).toBe('folder')
      expect(missingFrom(files, ASIDE, ['postdata_0.bin'])).toEqual([])
      const before = files.operations.length
      expect(await engine[then](ID)).toMatchObject({ ok: true })
      expect(wrongAtEnd(files, then === 'finish' ? 'moved' : 'rolled-back')).toBeUndefined()
      // What was copied is not read at the source again.
      const again = files.operations.slice(before).filter(({ name, path }) => name === 'openRead' && path === `${FROM}/postdata_0.bin`)
      expect(again).toEqual([])
    }
  })

  it('asks before every chunk whether it may use the disks, also while reading back', async () => {
    const asked: string[] = []
    const files = aDisk()
    await moved(files, { mayUse: ({ from, to }) => Promise.resolve(void asked.push(`${from} ${to}`)) })
    // Eight chunks, copied and read back: two of each data file, one of each small file.
    expect(asked.length).toBe(2 * 8)
    expect(new Set(asked)).toEqual(new Set([`${FROM} ${TO}`]))
  })

  it('waits for the disks as long as it takes, and a cancel ends the wait', async () => {
    const files = aDisk()
    const engine = anEngine(files, smallDeps(bulkOver(files), { mayUse: () => new Promise(() => undefined), stallMs: 5 }))
    engine.begin(await aPlan(bulkOver(files)))
    setTimeout(() => engine.cancel(), 30)
    expect(await engine.finish(ID)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('cancelled') as string } })
  })

  it('reads a source that gives few bytes at a time', async () => {
    const files = aDisk()
    const bulk = bulkOver(files)
    const short: BulkFiles = {
      ...bulk,
      async openRead(file) {
        const handle = await bulk.openRead(file)
        return { ...handle, read: (into, at) => handle.read(into.subarray(0, Math.min(into.length, 100)), at) }
      },
    }
    expect((await moved(files, {}, short)).result).toMatchObject({ ok: true })
    expect(wrongAtEnd(files, 'moved')).toBeUndefined()
  })

  it('gives up on a disk that does not answer, and says so', async () => {
    const files = aDisk()
    const bulk = bulkOver(files)
    const silent: BulkFiles = {
      ...bulk,
      openRead: async (file) => ({ ...(await bulk.openRead(file)), read: () => new Promise(() => undefined) }),
    }
    const { engine, result } = await moved(files, { stallMs: 20 }, silent)
    expect(result).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('has not answered') as string } })
    expect(await engine.rollBack(ID)).toMatchObject({ ok: true })
    expect(wrongAtEnd(files, 'rolled-back')).toBeUndefined()
  })

  it('copies a part once more that reads back wrong, and says that the disk is to be looked at', async () => {
    const files = aDisk()
    let spoiled = 0
    const bulk = reading(
      bulkOver(files),
      (file) => file === `${ASIDE}/postdata_1.bin`,
      (into, got) => {
        if (spoiled++ === 0) into[7] = (into[7] ?? 0) ^ 1
        return got
      },
    )
    const { result } = await moved(files, {}, bulk)
    expect(result).toMatchObject({ ok: true })
    const notes = result.ok ? result.value.steps.map(({ note }) => note) : []
    expect(notes[1]).toContain('1 part was wrong and copied once more')
    expect(wrongAtEnd(files, 'moved')).toBeUndefined()
  })

  it('stops when the target does not keep what is written', async () => {
    const files = aDisk()
    const bulk = bulkOver(files)
    const lossy: BulkFiles = {
      ...bulk,
      async openRead(file) {
        const handle = await bulk.openRead(file)
        return file.startsWith(ASIDE) ? { ...handle, read: async (into, at) => flipped(into, await handle.read(into, at)) } : handle
      },
      async openWrite(file) {
        const handle = await bulk.openWrite(file)
        return file.startsWith(ASIDE) ? { ...handle, read: async (into, at) => flipped(into, await handle.read(into, at)) } : handle
      },
    }
    const { engine, result } = await moved(files, {}, lossy)
    expect(result).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('does not keep data') as string } })
    expect(await engine.rollBack(ID)).toMatchObject({ ok: true })
    expect(wrongAtEnd(files, 'rolled-back')).toBeUndefined()
  })

  it('stops when somebody writes into the source meanwhile', async () => {
    const files = aDisk()
    let asked = 0
    const { engine, result } = await moved(files, {
      mayUse: async () => {
        if (++asked === 2) files.put(`${FROM}/postdata_0.bin`, Buffer.alloc(4096, 1))
        return Promise.resolve()
      },
    })
    expect(result).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('mixture') as string } })
    expect(await engine.rollBack(ID)).toMatchObject({ ok: true })
    // What the source does not have any more as it was stays where it was copied to.
    expect(files.facts(`${ASIDE}/postdata_0.bin.part`)?.is).toBe('file')
    expect(files.content(SETUP)?.toString()).toContain('/old/post')
  })

  it('writes nothing below the mount point of a disk that is not there', async () => {
    const files = aDisk()
    const bulk = bulkOver(files)
    const unmounted: BulkFiles = {
      ...bulk,
      facts: async (file) => {
        const facts = await bulk.facts(file)
        return facts === undefined || !file.startsWith('/new') ? facts : { ...facts, device: 1 }
      },
    }
    const { result } = await moved(files, {}, unmounted)
    expect(result).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('The disk of /new is not there') as string } })
    expect(files.list('/new')).toEqual([])
  })

  it('never writes over what came to the target after the plan', async () => {
    for (const [file, text] of [
      [`${ASIDE}/mine.txt`, 'mine'],
      [`${TO}/mine.txt`, 'mine'],
    ] as const) {
      const files = aDisk()
      const engine = anEngine(files)
      engine.begin(await aPlan(bulkOver(files)))
      files.put(file, text)
      expect(await engine.finish(ID)).toMatchObject({ ok: false })
      expect(await engine.rollBack(ID)).toMatchObject({ ok: true })
      expect(files.content(file)?.toString()).toBe(text)
      expect(files.all().filter(({ path }) => path.startsWith('/new')).length).toBe(1)
    }
  })

  it('rolls back with a word when the target is gone for good', async () => {
    const files = aDisk()
    const bulk = bulkOver(files)
    let isGone = false
    const gone = Object.assign(new Error('EIO: the disk'), { code: 'EIO' })
    const dying: BulkFiles = {
      ...bulk,
      facts: (file) => (isGone && file.startsWith('/new') ? Promise.reject(gone) : bulk.facts(file)),
    }
    const { engine, result } = await moved(files, {}, dying)
    expect(result.ok).toBe(true)
    isGone = true
    const undone = await engine.rollBack(ID)
    isGone = false
    expect(undone).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(undone.ok ? undone.value.steps.map(({ note }) => note).join(' ') : '').toContain('remove it by hand')
    expect(files.content(SETUP)?.toString()).toContain('/old/post')
    expect(missingFrom(files, FROM)).toEqual([])
  })
})

describe('a move within one volume', () => {
  it('gives the files new names, leaves the key where it is and is undone', async () => {
    const files = aDisk(true)
    const bulk = bulkOver(files)
    const engine = anEngine(files)
    const inode = files.facts(`${FROM}/postdata_0.bin`)?.inode
    const draft = await aPlan(bulk, oneVolume)
    expect(draft.steps.map(({ is }) => is)).toEqual(['move-names', 'write-file'])
    engine.begin(draft)
    expect(await engine.finish(ID)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(wrongAtEnd(files, 'moved')).toBeUndefined()
    expect(files.facts(`${TO}/postdata_0.bin`)?.inode).toBe(inode)
    expect(files.list(FROM)).toEqual(['identity.key'])
    expect(await engine.rollBack(ID)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(files.list(FROM)).toEqual(Object.keys(SOURCE).sort())
    expect(files.facts(TO)).toBeUndefined()
    expect(missingFrom(files, FROM, MOVED)).toEqual([])
  })
})

const flipped = (into: Uint8Array, got: number): number => {
  into[0] = (into[0] ?? 0) ^ 255
  return got
}
