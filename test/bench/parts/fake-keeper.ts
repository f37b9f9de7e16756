import { homeAt, type Home } from '../../../electron/lib/home.ts'
import { tryLock } from '../../../electron/lib/file-lock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { startSocketServer, type KeeperLink } from '../../../electron/ipc/index.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { diffSnapshots, type AppSnapshot, type IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { aSnapshot } from '../../builders/snapshot.ts'

const UPDATE_MS = 250

/** A proof that reads on, with evidence of this moment. */
function moved(identity: IdentitySnapshot, now: number, turn: number): IdentitySnapshot {
  const { status } = identity
  const evidence = identity.evidence.map((line) => ({ ...line, at: now }))
  if (status.kind !== 'proving' || status.phase !== 'reading') return { ...identity, evidence }
  const percent = ((status.percent ?? 0) + turn * 0.01) % 100
  const sentence = `Reading, pass 1, ${percent.toFixed(2)} % at ${140 + (turn % 9)} MiB/s`
  return { ...identity, evidence, status: { ...status, percent, sentence } }
}

export interface FakeKeeper {
  readonly updates: () => number
  close(): Promise<void>
}

/** Holds the keeper's lock and socket of a home: the real window is its client, and gets four changes a second. */
export async function startFakeKeeper(root: string, identities: number): Promise<FakeKeeper> {
  const home: Home = homeAt(root)
  const lock = tryLock(home.lockFile)
  if (!lock.ok) throw new Error(lock.fault.detail)
  const shift = Date.now() - aSnapshot().at
  const first = aSnapshot({ identities, revision: 1, at: aSnapshot().at + shift })
  let shown: AppSnapshot = { ...first, host: { ...first.host, pid: process.pid } }
  let turn = 0
  const listeners = new Set<(name: string, value: unknown) => void>()
  const link: KeeperLink = {
    call: (name) => Promise.resolve(name === 'app.snapshot' ? ok(shown) : ok([])),
    onTopic: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const server = await startSocketServer(link, { socketPath: home.socket, version: '0.0.0', log: silentLogger })
  if (!server.ok) throw new Error(server.fault.detail)
  const timer = setInterval(() => {
    turn += 1
    const now = Date.now()
    // A quarter of all is asked each time: what is calm has new evidence only.
    const next: AppSnapshot = {
      ...shown,
      revision: shown.revision + 1,
      at: now,
      identities: shown.identities.map((one, i) => (one.status.kind === 'proving' || i % 4 === turn % 4 ? moved(one, now, 1) : one)),
    }
    const delta = diffSnapshots(shown, next)
    shown = next
    for (const listener of listeners) listener('app.changed', delta)
  }, UPDATE_MS)
  return {
    updates: () => turn,
    async close() {
      clearInterval(timer)
      await server.value.close()
      lock.value.release()
    },
  }
}
