// A merge-nodes of a release to come, as far as it matters here: keys first, then whole tables, rows left in the log.
// MERGE_NODES_DOES: well | stray (ends with 0, rows went elsewhere) | drops (ends with 0, one table forgotten) | fails | hangs
import Sqlite from 'better-sqlite3'
import path from 'node:path'

const does = process.env['MERGE_NODES_DOES'] ?? 'well'
const value = (flag: string): string => process.argv[process.argv.indexOf(flag) + 1] ?? ''
const [from, to] = [value('--from'), value('--to')]
if (does === 'fails') {
  process.stderr.write('Error: start transaction: merge initial_post: step 0: database: object exists\nUsage:\n  merge-nodes [flags]\n')
  process.exit(1)
}
const db = new Sqlite(path.join(to, does === 'stray' ? 'stray.sql' : 'local.sql'))
db.pragma('journal_mode = WAL')
db.prepare('ATTACH ? AS source').run(path.join(from, 'local.sql'))
if (does !== 'stray')
  for (const table of ['post', 'challenge', 'poet_registration', 'nipost', 'future'])
    if (does !== 'drops' || table !== 'future') db.exec(`INSERT INTO main.${table} SELECT * FROM source.${table}`)
// Its log stays beside the file, as after every stop of a real one.
process.kill(process.pid, 'SIGKILL')
