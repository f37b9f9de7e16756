// A merge-nodes of a release to come: keys first, then whole tables, rows left in the log, words as the recordings have them.
// MERGE_NODES_DOES: well | no-help | stray (ends with 0, rows went elsewhere) | drops (ends with 0, one table forgotten) |
// keyless (forgets rows of a key that nobody has) | loses (takes rows of the target away) | migrates | alters |
// damages (tears pages) | usage | old (words of releases before v1.7) | killed (in the middle) | hangs
import { copyFileSync, existsSync, openSync, readdirSync, writeSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import path from 'node:path'

const does = process.env['MERGE_NODES_DOES'] ?? 'well'
const USAGE =
  'Usage:\n  merge-nodes -f <dir> -t <dir> [flags]\n\nFlags:\n  -f, --from data   The data folder\n  -t, --to data     The data folder\n'
if (process.argv.includes('--help')) {
  process.stdout.write(does === 'no-help' ? 'Usage: something else\n' : `Merge identities of two Spacemesh nodes into one.\n\n${USAGE}`)
  process.exit(0)
}

const value = (flag: string): string => process.argv[process.argv.indexOf(flag) + 1] ?? ''
const [from, to] = [value('--from'), value('--to')]
const said = (level: string, message: string): void =>
  void process.stderr.write(`1.7952218099767995e+09\t${level}\tinternal/merge_action.go:152\t${message}\n`)
function failed(text: string): never {
  if (does === 'old') said('warn', `app run: ${text}`)
  else process.stderr.write(`Error: ${text}\n${USAGE}`)
  process.exit(1)
}

if (does === 'usage') failed('required flag(s) "from", "to" not set')
for (const name of readdirSync(path.join(from, 'identities'))) {
  copyFileSync(path.join(from, 'identities', name), path.join(to, 'identities', name))
  said('info', `copied identity\t{"name": "${name}"}`)
}
said('info', `merging databases\t{"from": "${from}", "to": "${to}"}`)
if (does === 'killed') process.kill(process.pid, 'SIGKILL')
if (does === 'hangs') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
const file = path.join(to, does === 'stray' ? 'stray.sql' : 'local.sql')
const isNew = !existsSync(file)
const db = new Sqlite(file)
db.pragma('journal_mode = WAL')
db.prepare('ATTACH ? AS source').run(path.join(from, 'local.sql'))
const names = (kind: string): readonly string[] =>
  db
    .prepare<[string], string>(`SELECT ${kind} FROM source.sqlite_master WHERE sql IS NOT NULL AND type <> ? ORDER BY rowid`)
    .pluck()
    .all('')
if (isNew && does !== 'stray') {
  for (const sql of names('sql')) db.exec(sql)
  db.exec(`PRAGMA main.user_version = ${String(db.pragma('source.user_version', { simple: true }))}`)
}
const wanted = ['post', 'challenge', 'poet_registration', 'nipost', 'future'].filter((table) => names('name').includes(table))
try {
  if (does !== 'stray')
    db.transaction(() => {
      for (const table of wanted)
        if (does !== 'drops' || table !== 'future')
          db.exec(
            `INSERT INTO main.${table} SELECT * FROM source.${table} ${does === 'keyless' ? 'WHERE id IN (SELECT node_id FROM source.poet_certificates)' : ''}`,
          )
    })()
} catch {
  failed('start transaction: merge initial_post: step 0: database: object exists')
}
if (does === 'loses')
  db.exec(
    'DELETE FROM main.nipost WHERE id NOT IN (SELECT id FROM source.nipost) AND id <> (SELECT max(id) FROM main.nipost WHERE id NOT IN (SELECT id FROM source.nipost))',
  )
if (does === 'migrates') db.pragma('user_version = 12')
if (does === 'alters') db.exec('CREATE TABLE main.newest (id INT)')
if (does === 'damages') {
  db.pragma('wal_checkpoint(TRUNCATE)')
  writeSync(openSync(file, 'r+'), Buffer.alloc(4096, 7), 0, 4096, 8192)
}
// Its log stays beside the file, as after every stop of a real one.
process.kill(process.pid, 'SIGKILL')
