import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { DEFAULT_BACKUP_SETTINGS, entryOf, openBackupBook, type BackupBook } from '../../../electron/vault/book.ts'
import type { BackupEntry, BackupPlace, DrillResult } from '../../../shared/domain/backup.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey, NOW } from './helpers.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'backup-book-'))
  file = path.join(folder, 'state', 'backups.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (): BackupBook => openBackupBook(file, { log: silentLogger, now: () => NOW })
const place: BackupPlace = {
  folder: '',
  label: 'KEYS-1',
  detail: '',
  verdict: 'own-disk',
  sentence: '',
  isWritable: true,
  volumeId: 'ABCD',
}

function entry(day: number): BackupEntry {
  const name = path.join(folder, `smeshkeeper-backup-2026-11-${String(day).padStart(2, '0')}-1200.zip.age`)
  writeFileSync(name, 'sealed')
  const made = {
    file: name,
    files: [name],
    madeAt: NOW + day,
    bytes: 6,
    sha256: `${day}`.padEnd(64, '0'),
    identities: [aKey(1).id],
    openedBy: 'passphrase' as const,
    leftOut: [],
  }
  return entryOf(made, place)
}
const drill = (is: DrillResult['is'], at = NOW): DrillResult => ({ at, is, sentence: 's', isTyped: false })
const backups = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.age'))

describe('the list of backups', () => {
  it('is kept over a restart, with drills, looks and settings', () => {
    const book = open()
    expect(book.settings()).toEqual(DEFAULT_BACKUP_SETTINGS)
    const one = entry(1)
    book.add(one)
    book.noteDrill(one.id, drill('passed', NOW + 5))
    book.noteLook(one.id, { isThere: false, at: NOW + 9 })
    book.configure({ ...DEFAULT_BACKUP_SETTINGS, folder, keep: 3 })
    const again = open()
    expect(again.entries()).toEqual([{ ...one, drills: [drill('passed', NOW + 5)], lastSeenAt: NOW + 5, isThere: false }])
    expect(again.settings()).toMatchObject({ folder, keep: 3 })
    expect(again.noteDrill('nonsense', drill('passed'))).toMatchObject({ fault: { code: 'backup/unknown' } })
    expect(again.forget(one.id).ok).toBe(true)
    expect(open().entries()).toEqual([])
    expect(backups()).toHaveLength(1)
  })

  it('puts a damaged file aside and says so', () => {
    open().add(entry(1))
    writeFileSync(file, '{"version":1,"entr')
    const book = open()
    expect(book.problem).toMatch(/put aside as .*\.damaged-/)
    expect(readdirSync(path.dirname(file)).filter((name) => name.includes('damaged'))).toHaveLength(1)
    expect(book.add(entry(2)).ok).toBe(true)
  })

  it('never writes over the file of a newer version', () => {
    open().add(entry(1))
    const newer = JSON.stringify({ version: 9, hello: true })
    writeFileSync(file, newer)
    const book = open()
    expect(book.problem).toMatch(/newer Smeshkeeper/)
    expect(book.add(entry(2))).toMatchObject({ fault: { code: 'backup/not-written' } })
    expect(readFileSync(file, 'utf8')).toBe(newer)
  })

  it('leaves a file alone that cannot be read just now', () => {
    const files = createCrashFiles()
    files.put('/state/backups.json', '{"version":1}')
    files.errorAt(0, 'EIO')
    const book = openBackupBook('/state/backups.json', { log: silentLogger, now: () => NOW, files })
    expect(book.problem).toMatch(/EIO.*left as it is: .*disk/)
    expect(book.add(entry(1))).toMatchObject({ fault: { code: 'backup/not-written' } })
    expect(files.all()).toHaveLength(1)
  })

  it('says when it cannot be written and keeps what it knew', () => {
    writeFileSync(path.join(folder, 'state'), 'a file where the folder should be')
    const book = open()
    expect(book.add(entry(1))).toMatchObject({ fault: { code: 'backup/not-written' } })
    expect(book.entries()).toEqual([])
  })
})

describe('keeping so many', () => {
  it('removes the oldest files of ours only, with their second files', () => {
    const book = open()
    for (const day of [1, 2, 3, 4]) book.add(entry(day))
    const second = path.join(folder, 'smeshkeeper-backup-2026-11-01-1200.recipients.zip.age')
    for (const name of [second, path.join(folder, 'smeshkeeper-backup-2020-01-01-0000.zip.age'), path.join(folder, 'mine.age')])
      writeFileSync(name, 'x')
    const result = book.retain(folder, 2)
    expect(result.ok && result.value.removed.map((name) => path.basename(name).slice(19, 29))).toEqual(['2026-11-01', '2026-11-02'])
    expect(backups().sort()).toEqual([
      'mine.age',
      'smeshkeeper-backup-2020-01-01-0000.zip.age',
      'smeshkeeper-backup-2026-11-03-1200.zip.age',
      'smeshkeeper-backup-2026-11-04-1200.zip.age',
    ])
    expect(book.entries()).toHaveLength(2)
  })

  it('never removes the newest one that is known to open', () => {
    const book = open()
    const all = [1, 2, 3].map(entry)
    for (const one of all) book.add(one)
    for (const one of all.slice(1)) book.noteDrill(one.id, drill('failed'))
    book.retain(folder, 1)
    expect(
      backups()
        .sort()
        .map((name) => name.slice(19, 29)),
    ).toEqual(['2026-11-01', '2026-11-03'])
  })

  it('gives no place to a backup that somebody else removed', () => {
    const book = open()
    const all = [1, 2, 3, 4, 5].map(entry)
    for (const one of all) book.add(one)
    for (const gone of [all[3], all[4], all[0]]) rmSync(gone?.file ?? '')
    book.retain(folder, 2)
    expect(backups()).toHaveLength(2)
    expect(book.entries().map(({ madeAt }) => madeAt - NOW)).toEqual([5, 4, 3, 2])
  })

  it('leaves backups in other folders alone', () => {
    const book = open()
    for (const day of [1, 2, 3]) book.add(entry(day))
    book.retain(path.join(folder, 'other'), 1)
    expect(backups()).toHaveLength(3)
  })
})
