import { describe, expect, it } from 'vitest'
import type { Files } from '../../../../electron/lib/files.ts'
import { codeOf } from '../../../../electron/identities/index.ts'
import { coverageLine, crashEverywhere, failEverywhere, type CrashScenario } from '../../../fakes/crash-everywhere.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { bulkOver } from './bulk-over.ts'
import {
  aDisk,
  anEngine,
  aPlan,
  ASIDE,
  FROM,
  ID,
  keysOn,
  missingFrom,
  MOVED,
  NEW_SETUP,
  oneVolume,
  SETUP,
  TO,
  wrongAtEnd,
} from './move-world.ts'

type Way = 'finish' | 'rollBack'

async function begun(disk: CrashFiles, isOneVolume: boolean): Promise<CrashFiles> {
  const draft = await aPlan(bulkOver(disk), isOneVolume ? oneVolume : {})
  const result = anEngine(disk).begin(draft)
  if (!result.ok) throw new Error(result.fault.detail)
  return disk
}

/** Its `prepare` is asynchronous work done once: the disk after the journal was begun. */
async function scenario(way: Way, isOneVolume = false): Promise<CrashScenario> {
  const start = await begun(aDisk(isOneVolume), isOneVolume)
  return {
    prepare: () => start.crash(() => 0, 'everything'),
    run: async (files) => void (await anEngine(files).finish(ID)),
    recover: async (files) => {
      settleFolderName(files)
      const result = await anEngine(files)[way](ID)
      const isAtEnd = !result.ok && result.fault.code === 'operation/not-undoable'
      if (!result.ok && !isAtEnd && !isCut(files)) throw new Error(`${way}: ${result.fault.detail}`)
    },
    check: (disk, at) => broken(disk) ?? (at === 'recovered' ? wrongAtEnd(disk, way === 'finish' ? 'moved' : 'rolled-back') : undefined),
    seeds: 2,
  }
}

/** A folder has one name in every journaling file system; the played disk may leave both. */
function settleFolderName(files: Files): void {
  const [aside, to] = [files.facts(ASIDE), files.facts(TO)]
  if (aside !== undefined && to !== undefined && aside.inode === to.inode) (files as CrashFiles).remove(ASIDE)
}

const isCut = (files: Files): boolean => (files as CrashFiles).isCut

/** What holds at every instant: the data is whole somewhere, where the set-up says; the key is in one place. */
function broken(disk: CrashFiles): string | undefined {
  const setUp = disk.content(SETUP)?.toString()
  const place = setUp === NEW_SETUP ? TO : FROM
  const missing = missingFrom(disk, place, MOVED)
  if (missing.length > 0 && disk.content(`${FROM}/${MOVED[0] ?? ''}`) !== undefined) return `${missing.join(' ')} are not in ${place}`
  const keys = keysOn(disk)
  return keys.length === 1 && keys[0] === `${FROM}/identity.key` ? undefined : `the key is in ${keys.join(' ')}`
}

/** Within one volume each file has a name at every instant, in the old folder or in the new one. */
function brokenNames(disk: CrashFiles): string | undefined {
  const lost = MOVED.filter((name) => missingFrom(disk, FROM, [name]).length > 0 && missingFrom(disk, TO, [name]).length > 0)
  const keys = keysOn(disk)
  if (keys.length !== 1) return `the key is in ${keys.join(' ')}`
  return lost.length > 0 ? `${lost.join(' ')} have no name` : undefined
}

describe.each(['finish', 'rollBack'] as const)('a move that loses power anywhere, then %s', { timeout: 120_000 }, (way) => {
  it('loses nothing and comes to its end', async () => {
    const coverage = await crashEverywhere(await scenario(way))
    console.log(coverageLine(`move, then ${way}`, coverage))
    expect(coverage.failures.slice(0, 5)).toEqual([])
    expect(coverage.cuts).toBeGreaterThan(500)
  })

  it('loses no name within one volume', async () => {
    const whole = await scenario(way, true)
    const check: CrashScenario['check'] = (disk, at) =>
      brokenNames(disk) ?? (at === 'recovered' ? wrongAtEnd(disk, way === 'finish' ? 'moved' : 'rolled-back') : undefined)
    const coverage = await crashEverywhere({ ...whole, check, seeds: 8 })
    console.log(coverageLine(`move of names, then ${way}`, coverage))
    expect(coverage.failures.slice(0, 5)).toEqual([])
  })
})

describe('an undo of a finished move that loses power anywhere', { timeout: 120_000 }, () => {
  it('loses nothing and can be gone on with', async () => {
    const start = await begun(aDisk(), false)
    await anEngine(start).finish(ID)
    const coverage = await crashEverywhere({
      prepare: () => start.crash(() => 0, 'everything'),
      run: async (files) => void (await anEngine(files).rollBack(ID)),
      recover: async (files) => {
        settleFolderName(files)
        await anEngine(files).rollBack(ID)
      },
      check: (disk, at) => {
        const missing = missingFrom(disk, FROM)
        if (missing.length > 0) return `${missing.join(' ')} are gone from the source`
        return at === 'recovered' ? wrongAtEnd(disk, 'rolled-back') : undefined
      },
      seeds: 6,
    })
    console.log(coverageLine('undo of a move', coverage))
    expect(coverage.failures.slice(0, 5)).toEqual([])
  })
})

describe('a move whose disks report errors anywhere', { timeout: 120_000 }, () => {
  it('stops with a fault, loses nothing, and is finished when the cause is mended', async () => {
    const base = await scenario('finish')
    /** An error of the journal itself is the engine's matter: what it makes of it is tested there. */
    const withoutJournal = new WeakSet<Files>()
    const { failures, errors } = await failEverywhere(
      {
        ...base,
        recover: async (files) => {
          const result = await anEngine(files).finish(ID)
          if (!result.ok && result.fault.code === 'operation/unknown') withoutJournal.add(files)
          else if (!result.ok) throw new Error(result.fault.detail)
        },
        check: (disk, at) => (withoutJournal.has(disk) ? broken(disk) : base.check(disk, at)),
        run: async (files) => {
          try {
            await anEngine(files).finish(ID)
          } catch (cause) {
            if (codeOf(cause) === '') throw cause // the journal's own disk
          }
        },
      },
      ['ENOSPC', 'EIO'],
    )
    console.log(`move: ${errors} errors, ${failures.length} failures`)
    expect(failures.slice(0, 5)).toEqual([])
  })
})

/** A bug of one method: what is to be durable is not. */
const without = (name: 'sync' | 'syncFolder', isIt: (path: string) => boolean) => (files: Files) => {
  const names = new Map<number, string>()
  const remember = (file: string, fd: number): number => {
    names.set(fd, file)
    return fd
  }
  return new Proxy(files, {
    get(target, key) {
      if (key === 'create' || key === 'openAppend')
        return (file: string, mode: number) => remember(file, key === 'create' ? target.create(file, mode) : target.openAppend(file))
      if (key === 'sync' && name === 'sync') return (fd: number) => (isIt(names.get(fd) ?? '') ? undefined : target.sync(fd))
      if (key === 'syncFolder' && name === 'syncFolder') return (folder: string) => (isIt(folder) ? undefined : target.syncFolder(folder))
      return Reflect.get(target, key, target) as unknown
    },
  })
}

describe('planted bugs of a move are found', () => {
  it.each([
    ['data is never synced', without('sync', (file) => file.startsWith(ASIDE))],
    ['names of the copy are never synced', without('syncFolder', (folder) => folder === ASIDE)],
    ['the place of the copy is never synced', without('syncFolder', (folder) => folder === '/new')],
  ])('%s', async (_name, sabotage) => {
    const coverage = await crashEverywhere({ ...(await scenario('finish')), sabotage, stopAtFirst: true, seeds: 8 })
    expect(coverage.failures.length).toBeGreaterThan(0)
  })
})
