import { describe, expect, it } from 'vitest'
import { openOverrides, openPublicationStore } from '../../../electron/identities/index.ts'
import type { Files } from '../../../electron/lib/files.ts'
import type { KeyConflict } from '../../../shared/domain/guard.ts'
import { coverageLine, crashEverywhere, failEverywhere, type CrashScenario } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey, silentLog } from './keys.ts'

const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 4)
const RECORD = '/home/me/smesh/state/publication-record.json'
const OVERRIDES = '/home/me/smesh/state/overrides.json'
const EPOCHS = [3, 4, 5]
const { id } = aKey(1)

/** Without its log nothing is said of a file that was found damaged, so trouble is looked at too. */
const openRecord = (files: Files) => openPublicationStore(RECORD, { log: silentLog(), files })

/** Epoch after epoch is published; what was told to be written must be known after any power cut. */
function publishing(sabotage?: (files: Files) => Files): CrashScenario {
  let promised = 0
  const run = (files: Files): void => {
    promised = 0
    const store = openRecord(files)
    for (const publishEpoch of EPOCHS) {
      store.note(id, { atxs: [{ publishEpoch, atxId: publishEpoch.toString(16).padStart(64, '0'), seenAt: 1, by: 'here' }] })
      if (store.flush().ok) promised = publishEpoch
    }
  }
  return {
    prepare() {
      const files = createCrashFiles()
      files.putFolder('/home/me')
      return files
    },
    run,
    recover: run,
    check(disk, at) {
      const store = openRecord(disk.crash(() => 0, 'everything'))
      if (store.trouble !== undefined) return store.trouble
      const known = Math.max(0, ...store.record(id).atxs.map(({ publishEpoch }) => publishEpoch))
      if (known < promised) return `epoch ${promised} was recorded and only ${known} is known`
      if (at === 'recovered' && known !== 5) return `only epoch ${known} is known in the end`
      return disk.all().some(({ path }) => /\.(damaged|newer)/.test(path)) ? 'a whole record was set aside' : undefined
    },
    seeds: SEEDS,
    ...(sabotage === undefined ? {} : { sabotage, stopAtFirst: true }),
  }
}

const conflict = (n: number): KeyConflict => ({
  key: `k${n}`,
  identity: id,
  grade: 'configured',
  here: '/node/identities/a.key',
  there: '/smapp/identities/a.key',
  otherFolder: '/smapp',
  by: 'Smapp',
  sentence: 's',
})

/** The user says yes to one conflict after the other; no power cut says yes for him, and none forgets what was taken. */
function allowing(): CrashScenario {
  let promised: readonly string[] = []
  const run = (files: Files): void => {
    promised = []
    const overrides = openOverrides(OVERRIDES, files)
    for (const n of [1, 2]) if (overrides.add(conflict(n), n).ok) promised = [...promised, `k${n}`]
  }
  return {
    prepare() {
      const files = createCrashFiles()
      files.put('/smapp/identities/a.key', 'a key')
      files.putFolder('/home/me')
      return files
    },
    run,
    recover: run,
    check(disk) {
      const said = openOverrides(
        OVERRIDES,
        disk.crash(() => 0, 'everything'),
      )
        .apply([1, 2, 3].map(conflict))
        .flatMap(({ key, overriddenAt }) => (overriddenAt === undefined ? [] : [key]))
      if (said.includes('k3')) return 'something was allowed that nobody allowed'
      const lost = promised.find((key) => !said.includes(key))
      return lost && `${lost} was allowed and is forgotten`
    },
    seeds: SEEDS,
  }
}

describe('power cuts while it is recorded', () => {
  it.each([
    ['what was published', publishing()],
    ['what the user allowed', allowing()],
  ])('lose nothing of %s', async (name, scenario) => {
    const coverage = await crashEverywhere(scenario)
    console.log(coverageLine(name, coverage))
    expect(coverage.failures.slice(0, 2)).toEqual([])
    expect(coverage.cuts).toBeGreaterThan(20)
  })

  it.each([
    ['what was published', publishing()],
    ['what the user allowed', allowing()],
  ])('nor do errors of the disk lose %s', async (_name, scenario) => {
    expect((await failEverywhere(scenario, ['ENOSPC', 'EIO'])).failures.slice(0, 2)).toEqual([])
  })

  it.each<[string, (files: Files) => Files]>([
    ['the bytes are not synced', (files) => ({ ...files, sync: () => {} })],
    ['names are not synced', (files) => ({ ...files, syncFolder: () => {} })],
  ])('are noticed when %s', async (_name, bug) => {
    expect((await crashEverywhere(publishing(bug))).failures).not.toEqual([])
  })
})
