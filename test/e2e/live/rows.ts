// node scripts/electron-runtime.mjs --as-node test/e2e/live/rows.ts DATA_FOLDER: rows of each identity, by table, as JSON.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'

const scratch = mkdtempSync(path.join(os.tmpdir(), 'rows-'))
const copy = path.join(scratch, 'local.sql')
for (const tail of ['', '-wal']) {
  const file = path.join(process.argv[2] ?? '', `local.sql${tail}`)
  if (existsSync(file)) copyFileSync(file, copy + tail)
}
const db = new Sqlite(copy)
const found: Record<string, Record<string, number>> = {}
for (const table of ['post', 'challenge', 'poet_registration', 'nipost'])
  for (const id of db.prepare<[], Buffer>(`SELECT id FROM ${table}`).pluck().all()) {
    const one = (found[id.toString('hex')] ??= {})
    one[table] = (one[table] ?? 0) + 1
  }
db.close()
rmSync(scratch, { recursive: true })
process.stdout.write(JSON.stringify(found))
