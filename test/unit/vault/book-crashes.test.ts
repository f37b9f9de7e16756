import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Files } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { entryOf, openBackupBook, type BackupBook } from '../../../electron/vault/book.ts'
import type { BackupEntry } from '../../../shared/domain/backup.ts'
import { coverageLine, crashEverywhere, failEverywhere, type CrashScenario } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey, NOW, STICK } from './helpers.ts'

const BOOK = '/home/u/smesh/state/backups.json'
const DAYS = [1, 2, 3, 4]
const fileOf = (day: number): string => `${STICK}/smeshkeeper-backup-2026-11-0${day}-1200.zip.age`

const entry = (day: number): BackupEntry =>
  entryOf(
    {
      file: fileOf(day),
      files: [fileOf(day)],
      madeAt: NOW + day,
      bytes: 6,
      sha256: `${day}`.padEnd(64, '0'),
      identities: [aKey(1).id],
      openedBy: 'passphrase',
      leftOut: [],
    },
    { folder: STICK, label: 'KEYS-1', detail: '', verdict: 'own-disk', sentence: '', isWritable: true },
  )

const open = (files: Files): BackupBook => openBackupBook(BOOK, { log: silentLogger, now: () => NOW, files })

/** One backup after the other is noted, the newest found broken, and all but the newest two are removed. */
function keeping(): CrashScenario {
  let promised: readonly string[] = []
  const run = (files: Files): void => {
    promised = []
    const book = open(files)
    for (const day of DAYS) if (book.add(entry(day)).ok) promised = [...promised, entry(day).id]
    const isNoted = book.noteDrill(entry(4).id, { at: NOW, is: 'failed', sentence: 's', isTyped: false }).ok
    if (isNoted && book.retain(STICK, 1).ok) promised = promised.slice(-2)
  }
  return {
    prepare() {
      const files = createCrashFiles()
      files.putFolder('/home/u')
      for (const day of DAYS) files.put(fileOf(day), `backup ${day}`)
      return files
    },
    run,
    recover: run,
    check(disk, at) {
      const book = open(disk.crash(() => 0, 'everything'))
      if (book.problem !== undefined) return book.problem
      const ids = book.entries().map(({ id }) => id)
      // Of what is removed, the entries may stay longer than the files, never the other way.
      const isRemoving = !DAYS.slice(0, 2).every((day) => disk.content(fileOf(day)) !== undefined)
      const lost = promised.find((id) => !ids.includes(id))
      if (!isRemoving && lost !== undefined) return `${lost} was noted and is forgotten`
      for (const day of [3, 4]) if (disk.content(fileOf(day)) === undefined) return `the backup of day ${day} was removed`
      return at === 'recovered' && disk.content(fileOf(1)) !== undefined ? 'an old backup stays' : undefined
    },
    seeds: Number(process.env['CRASH_SEEDS'] ?? 4),
  }
}

describe('the list of backups through power cuts', () => {
  it('keeps every backup that it was told of, and removes none that is still wanted', async () => {
    const coverage = await crashEverywhere(keeping())
    console.log(coverageLine(path.basename(BOOK), coverage))
    expect(coverage.failures.slice(0, 2)).toEqual([])
    expect(coverage.cuts).toBeGreaterThan(50)
  })

  it('does so whatever the disk says', async () => {
    expect((await failEverywhere(keeping(), ['ENOSPC', 'EIO'])).failures.slice(0, 2)).toEqual([])
  })
})
