import path from 'node:path'
import Sqlite from 'better-sqlite3'

/**
 * Writes to a copy of a node's local.sql as fast as it can, as no node does: challenge and PoET registration of one
 * identity always get the same number in one transaction, and the log is folded in again and again.
 */
const [folder = '', mode = 'normal'] = process.argv.slice(2)
const db = new Sqlite(path.join(folder, 'local.sql'))
if (mode === 'exclusive') db.pragma('locking_mode = EXCLUSIVE')
db.pragma('journal_mode = WAL')
db.pragma('synchronous = NORMAL')
db.pragma('wal_autocheckpoint = 20')
const id = Buffer.alloc(32, 0xab)
const challenge = db.prepare(
  'INSERT OR REPLACE INTO challenge (id, epoch, sequence, prev_atx, pos_atx, post_indices) VALUES (?, ?, 0, ?, ?, ?)',
)
const registration = db.prepare('INSERT OR REPLACE INTO poet_registration VALUES (?, ?, ?, ?, ?)')
const write = db.transaction((n: number) => {
  challenge.run(id, n, Buffer.alloc(32), Buffer.alloc(32), Buffer.alloc(2_000 + (n % 7) * 3_000, n % 251))
  registration.run(id, Buffer.alloc(32), 'http://poet', String(n), n)
})
write(1)
process.stdout.write('writing\n')
const until = Date.now() + 60_000
for (let n = 2; Date.now() < until; n += 1) write(n)
