import type { Database } from 'better-sqlite3'

/**
 * One step a version, applied in order, each in one transaction with its new `user_version`. A step that was released
 * is never changed again: add one.
 *
 * `entries` is the timeline the user reads, newest by `at`; the other tables hold what is asked for by itself.
 * Times are Unix ms, identities 64 lower-case hex characters.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    identity TEXT,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    sentence TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_by_time ON entries (at, id);
  CREATE INDEX entries_by_identity ON entries (identity, at, id) WHERE identity IS NOT NULL;

  CREATE TABLE node_events (
    content BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    identity TEXT,
    failure INTEGER NOT NULL,
    json TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE proofs (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    outcome TEXT NOT NULL,
    challenge TEXT,
    passes INTEGER NOT NULL,
    pow_ms INTEGER,
    read_ms INTEGER,
    bytes_per_second REAL,
    cause TEXT,
    last_log_at INTEGER
  ) STRICT;
  CREATE INDEX proofs_by_identity ON proofs (identity, started_at);
  CREATE INDEX proofs_by_time ON proofs (started_at);

  CREATE TABLE process_runs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    identity TEXT,
    pid INTEGER,
    started_at INTEGER NOT NULL,
    was_adopted INTEGER NOT NULL,
    ended_at INTEGER,
    exit_code INTEGER,
    exit_signal TEXT,
    cause TEXT
  ) STRICT;
  CREATE INDEX process_runs_by_name ON process_runs (name, identity, ended_at);
  CREATE INDEX process_runs_by_time ON process_runs (started_at);

  CREATE TABLE status_changes (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    identity TEXT NOT NULL,
    from_kind TEXT,
    to_kind TEXT NOT NULL,
    timing TEXT NOT NULL,
    sentence TEXT NOT NULL
  ) STRICT;
  CREATE INDEX status_changes_by_identity ON status_changes (identity, at);
  CREATE INDEX status_changes_by_time ON status_changes (at);

  CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    key TEXT NOT NULL,
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    identity TEXT,
    sentence TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alarms_by_time ON alarms (at);

  CREATE TABLE notifications (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    way TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notifications_by_key ON notifications (key);
  CREATE INDEX notifications_by_time ON notifications (at);

  CREATE TABLE atxs (
    atx_id TEXT NOT NULL PRIMARY KEY,
    identity TEXT NOT NULL,
    publish_epoch INTEGER NOT NULL,
    num_units INTEGER,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX atxs_by_identity ON atxs (identity, publish_epoch);

  -- The last value of each piece of evidence that is told when it changes.
  CREATE TABLE evidence (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  'CREATE INDEX node_events_by_time ON node_events (at)',
]

/** Brings `db` to the newest version. @throws the database's error; then it stays at the last whole step. */
export function migrate(db: Database, migrations: readonly string[] = MIGRATIONS): void {
  for (let version = versionOf(db); version < migrations.length; version += 1) {
    const step = migrations[version]
    if (step === undefined) return
    db.transaction(() => {
      db.exec(step)
      db.pragma(`user_version = ${version + 1}`)
    }).immediate()
  }
}

export const versionOf = (db: Database): number => Number(db.pragma('user_version', { simple: true }))
