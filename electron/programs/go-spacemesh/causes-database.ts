import type { CauseRule } from '../causes.ts'

const consequence = 'The node cannot start.'

/** Databases. @source facts/failure-modes.md §3, §11 */
export const DATABASE_CAUSES: readonly CauseRule[] = [
  {
    code: 'node/database-too-new',
    pattern: /database version is too new: (\d+) > (\d+)/,
    say: () => ({
      cause: 'A newer version of the node has used this data folder.',
      consequence,
      action: 'Use the newer version again; there is no way back for state.sql.',
    }),
  },
  {
    code: 'node/database-too-old',
    pattern: /please upgrade to v1\.4 first|version upgrade verification failed: to use node version/,
    say: () => ({
      cause: 'local.sql comes from a version before 1.4, which this one cannot take over.',
      consequence,
      action: 'Start version 1.4.6 once on this folder, then this one.',
    }),
  },
  {
    code: 'node/schema-drift',
    pattern: /schema drift detected \(uri file:([^)\n?]*)/,
    say: ([, file]) => ({
      cause: `The tables in ${file ?? 'a database'} are not those that the node makes: somebody changed them.`,
      consequence,
      action: 'Put the database back from a backup that was made with the node stopped.',
    }),
  },
  {
    code: 'node/disk-full',
    pattern: /SQLITE_FULL|database or disk is full|no space left on device|There is not enough space on the disk/,
    say: () => ({
      cause: 'The disk of the data folder is full; a migration needs as much space again as state.sql has.',
      consequence,
      action: 'Make space there.',
    }),
  },
  {
    code: 'node/not-a-database',
    pattern: /SQLITE_NOTADB|file is not a database/,
    say: () => ({
      cause: 'One of the node’s databases is not a database at all.',
      consequence,
      action: 'Put local.sql back from a backup with its -wal file; state.sql can be fetched anew.',
    }),
  },
  {
    code: 'node/database-damaged',
    pattern: /SQLITE_CORRUPT|database disk image is malformed/,
    say: () => ({
      cause: 'One of the node’s databases is damaged.',
      consequence,
      action:
        'state.sql can be deleted and fetched anew. Never just delete local.sql: that costs an epoch and may cause a ban; put back the latest copy made with the node stopped.',
    }),
  },
  {
    code: 'node/database-busy',
    pattern: /SQLITE_BUSY|database is locked/,
    say: () => ({ cause: 'Another program holds one of the node’s databases.', consequence, action: 'Close it.' }),
  },
  {
    code: 'node/database-not-opened',
    pattern: /SQLITE_(?:CANTOPEN|READONLY|PERM|IOERR)\w*|read-only file system/,
    say: () => ({
      cause: 'The node cannot open or write its databases.',
      consequence,
      action: 'Check that the data folder’s disk is there, healthy and writable.',
    }),
  },
  {
    code: 'node/files-in-doubt',
    pattern: /file already exists: (?:both ([^\n]*) exist|backup ([^\n]*) already exists)/,
    say: () => ({
      cause: 'An old file and its successor are both there, and the node does not choose.',
      consequence,
      action: 'Find out which one is valid before you move the other away.',
    }),
  },
]
