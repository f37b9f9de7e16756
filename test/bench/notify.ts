import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { connectKeeper } from '../../electron/ipc/index.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import { startDesktop, type Desktop } from '../e2e/desktop/desktop.ts'
import { aWorld, TestNode } from '../integration/node-api/test-node.ts'
import { stageApp, startWindow } from './parts/electron.ts'
import { newBenchHome, removeHome, writeFleet } from './parts/fleet.ts'
import { loadNote } from './parts/proc.ts'
import { percentile } from './parts/stats.ts'
import { pause, until } from './parts/wait.ts'
import { atMost, below, CannotRun, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'notify'
export const describe = 'accepted post_complete to Notify on D-Bus, through the real app with its window hidden'
export const needs = 'window'

/** One more than is proved: the last of all is told in another way. */
const SERVICES = 31
const PROOFS = 30
const PROVING = 2
const IDLE = 1
/** No notification within this time is a lost one. */
const GIVE_UP_MS = 15_000

const bytesOf = (id: string): Buffer => Buffer.from(id, 'hex')
const challengeOf = (id: string): Buffer => createHash('sha256').update(`challenge ${id}`).digest()
const isFinished = ({ title }: { readonly title: string }): boolean => / proved| proofs finished/.test(title)

function say(node: TestNode, what: 'postStart' | 'postComplete', id: string): void {
  node.say({
    timestamp: timestampFromMs(Date.now()),
    help: '',
    details: { case: what, value: { challenge: challengeOf(id), smesher: bytesOf(id) } },
  })
}

const isProving = (snapshot: AppSnapshot): boolean =>
  snapshot.identities.length === SERVICES && snapshot.identities.every((one) => one.status.kind === 'proving')

async function untilProving(socket: string): Promise<void> {
  const link = await until('the keeper of the app', 60_000, async () => {
    const connected = await connectKeeper(socket, '0.0.0')
    return connected.ok ? connected.value : undefined
  })
  await until(
    'all services in a proof',
    120_000,
    async () => {
      const answer = await link.call('app.snapshot', undefined)
      return answer.ok && isProving(answer.value as AppSnapshot) ? true : undefined
    },
    500,
  )
  link.close()
}

/** Proof after proof at odd moments; how long each took to reach the notification server. */
async function latencies(node: TestNode, setup: Setup, desktop: Desktop): Promise<{ readonly ms: number[]; readonly lost: number }> {
  const ms: number[] = []
  let lost = 0
  for (const [index, service] of setup.services.slice(0, PROOFS).entries()) {
    await pause(700 + ((index * 397) % 1000))
    const { identity } = service
    const before = desktop.notifications.filter(isFinished).length
    const entry = node.world.states?.find((one) => Buffer.from(one.id ?? []).equals(bytesOf(identity)))
    if (entry !== undefined) entry.state = IDLE
    writeFileSync(path.join(service.posFolder, 'done'), '')
    const acceptedAt = Date.now()
    say(node, 'postComplete', identity)
    const seen = await until('Notify', GIVE_UP_MS, () => desktop.notifications.filter(isFinished)[before], 5).catch(() => undefined)
    if (seen === undefined) lost += 1
    else ms.push(seen.at - acceptedAt)
  }
  return { ms, lost }
}

export async function run({ say: tell }: BenchOptions): Promise<BenchResult> {
  const missing = ['dunst', 'dbus-monitor'].filter((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0)
  if (missing.length > 0) throw new CannotRun(`${missing.join(' and ')} needed (Debian: dunst, dbus)`)
  const home = newBenchHome()
  const staged = stageApp(tell)
  const desktop = await startDesktop()
  const node = await TestNode.start(aWorld())
  const setup = await writeFleet(home, { services: SERVICES, proving: SERVICES }, node.addresses)
  node.world.ids = setup.identities.map(({ id }) => bytesOf(id))
  node.world.states = setup.identities.map(({ id }) => ({ id: bytesOf(id), state: PROVING, name: `${id.slice(0, 8)}.key` }))
  for (const { id } of setup.identities) say(node, 'postStart', id)
  const window = await startWindow(staged.folder, home.root)
  try {
    await untilProving(home.socket)
    await window.page.evaluate('window.close()') // into the tray: a window that is looked at is no desktop message
    tell(`${SERVICES} services prove; completing ${PROOFS}`)
    const { ms, lost } = await latencies(node, setup, desktop)
    return {
      figures: [
        { name: 'accepted post_complete to Notify, p50', value: percentile(ms, 0.5), unit: 'ms' },
        below('the same, p99', percentile(ms, 0.99), 'ms', 1500),
        atMost('proofs without a notification', lost, 'proofs', 0),
        { name: 'proofs', value: ms.length, unit: '' },
      ],
      notes: [`${loadNote()}; the node is played over its real protocol, app, D-Bus and notification server (dunst) are real`],
    }
  } finally {
    await window.end()
    node.down()
    desktop.close()
    staged.remove()
    removeHome(home)
  }
}
