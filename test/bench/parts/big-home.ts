import Sqlite from 'better-sqlite3'
import path from 'node:path'
import { openHistory } from '../../../electron/history/index.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import type { Home } from '../../../electron/lib/home.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { idOf, writeFleet } from './fleet.ts'

/** A home with that many identities and node events of years. Nothing of it runs. */
export async function writeBigHome(home: Home, identities: number, events: number): Promise<void> {
  // Beyond the ports of the services, which count from 1.
  const nowhere = { public: '127.0.0.1:901', private: '127.0.0.1:902', post: '127.0.0.1:903' }
  const setup = await writeFleet(home, { services: identities, proving: 0, isFrozen: true }, nowhere)
  const file = path.join(home.state, 'history.sqlite')
  const opened = openHistory(file, { clock: systemClock, log: silentLogger, timing: () => resolveNetwork(setup.network) })
  if (!opened.ok) throw new Error(opened.fault.detail)
  opened.value.close()
  const db = new Sqlite(file)
  db.pragma('synchronous = OFF')
  const ids = Array.from({ length: identities }, (_, i) => idOf(i))
  const insert = db.prepare(
    `INSERT INTO entries (at, identity, kind, severity, sentence) VALUES (?, ?, 'node-event', 'info', 'Made a proposal in layer ' || ?)`,
  )
  const from = Date.now() - events * 60_000
  db.transaction(() => {
    for (let i = 0; i < events; i += 1) insert.run(from + i * 60_000, ids[i % ids.length], i)
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}
