import { describe, expect, it, vi } from 'vitest'
import type { Files } from '../../../electron/lib/files.ts'
import { isBackupName } from '../../../electron/vault/format.ts'
import { makeBackup } from '../../../electron/vault/make.ts'
import { coverageLine, crashEverywhere, failEverywhere, type CrashScenario } from '../../fakes/crash-everywhere.ts'
import { backupScenario, items, OLDER, restoreScenario } from './crashes.ts'
import { aJob, aMachine, DATA, STICK, tools } from './helpers.ts'

// Many short runs: a busy machine takes a while.
vi.setConfig({ testTimeout: 60_000 })

type Sabotage = NonNullable<CrashScenario['sabotage']>

/** `files` with some methods done wrong. */
const wrong =
  (make: (files: Files) => Partial<Files>): Sabotage =>
  (files) =>
    Object.assign(Object.create(files) as Files, make(files))

describe('making a backup through power cuts', () => {
  it('leaves no partial file under the final name, loses nothing that was made, and clears up afterwards', async () => {
    const coverage = await crashEverywhere(await backupScenario({ seeds: 1 }))
    console.log(coverageLine('backup', coverage))
    expect(coverage.failures).toEqual([])
    expect(coverage.operations).toBeGreaterThan(20)
  })

  const planted: Readonly<Record<string, Sabotage>> = {
    'the file is not synced': wrong(() => ({ sync: () => {} })),
    'the folder is not synced': wrong(() => ({ syncFolder: () => {} })),
    'the name comes before the bytes are durable': wrong((files) => {
      const waiting = new Set<() => void>()
      return {
        sync: (fd) => void waiting.add(() => files.sync(fd)),
        close: (fd) => void (waiting.size === 0 ? files.close(fd) : waiting.add(() => files.close(fd))),
        syncFolder(folder) {
          files.syncFolder(folder)
          for (const late of waiting) late()
          waiting.clear()
        },
      }
    }),
    'the final name is written to directly': wrong((files) => {
      const final = `${STICK}/smeshkeeper-backup-2026-11-28-1405.zip.age`
      const at = (file: string): string => (file.endsWith('.partial') ? final : file)
      return {
        create: (file, mode) => files.create(at(file), mode),
        openRead: (file) => files.openRead(at(file)),
        facts: (file) => (file === final ? undefined : files.facts(at(file))),
        link: () => {},
        unlink: (file) => void (file.endsWith('.partial') || files.unlink(file)),
      }
    }),
    'leftovers are not swept': wrong((files) => ({ list: (folder) => files.list(folder).filter((name) => !name.includes('.partial')) })),
    'an older file of the same name is replaced': wrong((files) => ({
      facts: (file) => (isBackupName(file.slice(STICK.length + 1)) ? undefined : files.facts(file)),
      link: (from) => files.rename(from, OLDER),
    })),
  }
  for (const [bug, sabotage] of Object.entries(planted)) {
    it(`finds the planted bug: ${bug}`, async () => {
      const scenario = await backupScenario({ sabotage, seeds: 1, stopAtFirst: true })
      const { failures } = await crashEverywhere(scenario)
      expect(failures.length).toBeGreaterThan(0)
    })
  }

  it('never counts a file that the drive stored wrongly', async () => {
    const files = aMachine()
    const flipping = wrong(() => ({
      write(fd, bytes) {
        const wrongly = Buffer.from(bytes)
        if (wrongly.length > 300) wrongly[300] = (wrongly[300] ?? 0) ^ 1
        files.write(fd, wrongly)
      },
    }))(files)
    expect(await makeBackup(aJob({ items }), tools(flipping))).toMatchObject({ ok: false, fault: { code: 'backup/not-read-back' } })
    expect(files.list(STICK)).toEqual([])
  })

  it('makes a fault of every error of the drive, and keeps nothing half', async () => {
    const scenario = await backupScenario()
    const { errors, failures } = await failEverywhere(scenario, ['ENOSPC', 'EIO'])
    console.log(`backup: ${errors} errors of the system, ${failures.length} failures`)
    expect(failures).toEqual([])
  })
})

describe('restoring through power cuts', () => {
  it('brings everything back in the end, whole or not at all, and arms nothing', async () => {
    const coverage = await crashEverywhere(await restoreScenario({ seeds: 1 }))
    console.log(coverageLine('restore', coverage))
    expect(coverage.failures).toEqual([])
  })

  it('says of every error of a drive what did not come back, and keeps nothing half', async () => {
    const { errors, failures } = await failEverywhere(await restoreScenario(), ['ENOSPC', 'EIO'])
    console.log(`restore: ${errors} errors of the system, ${failures.length} failures`)
    expect(failures).toEqual([])
    expect(errors).toBeGreaterThan(100)
  })

  const planted: Readonly<Record<string, Sabotage>> = {
    'files are not synced': wrong(() => ({ sync: () => {} })),
    'folders are not synced': wrong(() => ({ syncFolder: () => {} })),
    'the final name is written to directly': wrong((files) => {
      const finals = new Map<string, string>()
      return {
        create(file, mode) {
          const final = file.startsWith(DATA) && file.endsWith('.partial') ? `${DATA}/local.sql` : file
          finals.set(file, final)
          return files.create(final, mode)
        },
        link: (from, to) => void (finals.get(from) === to || files.link(from, to)),
        unlink: (file) => void (finals.get(file) !== file || files.unlink(file)),
      }
    }),
    'leftovers are not swept': wrong((files) => ({ list: (folder) => files.list(folder).filter((name) => !name.includes('.partial')) })),
  }
  for (const [bug, sabotage] of Object.entries(planted)) {
    it(`finds the planted bug: ${bug}`, async () => {
      const scenario = await restoreScenario({ sabotage, seeds: 1, stopAtFirst: true })
      const { failures } = await crashEverywhere(scenario)
      expect(failures.length).toBeGreaterThan(0)
    })
  }
})
