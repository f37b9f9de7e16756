import { fail, ok, textOf } from '../../../shared/domain/fault.ts'
import { currentGap } from '../../../shared/domain/network.ts'
import { dueLook, judgeReadiness, readyLooks, type ReadyFacts } from '../../../shared/domain/readiness-rules.ts'
import type { ReadyReport } from '../../../shared/domain/readiness.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { hostSystem } from '../../hardware/index.ts'
import { probePoets } from '../../programs/index.ts'
import { poetsOf } from '../poet-watch.ts'
import type { Session } from '../session.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'
import { identityFacts, nodeFacts } from './ready-facts.ts'
import { osRestart, sleepLook } from './ready-looks.ts'

import { tryServices } from './trial-start.ts'

const EVERY_MS = 1_000
const POET_DEADLINE_MS = 5_000
/** Clock and memory as they are now, not as a page saw them yesterday. */
const FRESH_MS = 10 * 60_000
/** A disk with less than this is low for a gap: the node's databases grow while it runs. */
const LOW_BYTES = { node: 10 * 1024 ** 3, app: 512 * 1024 ** 2 } as const
const LOW_SHARE = 0.05

/** Looks before each gap whether everything is ready for it, and tells it in one message. @source design.md §4 */
export function readyDesk(context: MachineContext, machine: MachineDesk): Desk<AppHandlers['ready']> {
  const { clock, log, home } = context
  let last: ReadyReport | undefined
  /** When the last look that had its time was made, and for which gap. */
  let scheduled: { readonly at: number; readonly opensAt: number } | undefined
  let isChecking = false
  let stop: (() => void) | undefined
  let session: Session | undefined
  const system = hostSystem()

  const disksOf = (world: Session['world']): ReadyFacts['disks'] =>
    (['node', 'app'] as const).flatMap((what) => {
      const seen = world.ownDisks?.[what]?.value
      if (seen === undefined) return []
      const isLow = seen.freeBytes < Math.min(LOW_BYTES[what], seen.totalBytes * LOW_SHARE)
      return [{ what: what === 'node' ? 'the node' : 'Smeshkeeper', freeBytes: seen.freeBytes, isLow }]
    })

  const factsOf = async (running: Session, setup: Setup): Promise<ReadyFacts> => {
    const [, trials, poets, restart] = await Promise.all([
      running.lookAtFolders(),
      tryServices(running, clock),
      probePoets(poetsOf(setup, home.config), POET_DEADLINE_MS),
      osRestart(system),
    ])
    const report = await machine.fresh(FRESH_MS)
    const now = clock.now()
    const chanceAll = machine.chanceAll?.()
    const backup = running.snapshot()?.backup
    return {
      now,
      gap: currentGap(resolveNetwork(setup.network), now),
      identities: identityFacts(running, setup, trials, now),
      node: nodeFacts(running.snapshot()),
      ...(setup.node.mode === 'managed' ? { poets } : {}),
      clock: { verdict: report.clock?.verdict ?? 'unknown', text: clockText(report.clock?.text) },
      memory: { verdict: report.memory.verdict, text: report.memory.text === '' ? 'Memory was not looked at yet.' : report.memory.text },
      disks: disksOf(running.world),
      sleep: sleepLook(system, context.keepAwake.canHold, setup.machine.keepsAwake),
      osRestart: restart,
      ...(chanceAll === undefined ? {} : { chanceAll }),
      ...(backup === undefined ? {} : { backup }),
    }
  }

  const look = async (running: Session, isScheduled: boolean): Promise<ReadyReport> => {
    isChecking = true
    try {
      const setup = running.setup()
      const facts = await factsOf(running, setup)
      const judged = judgeReadiness(facts)
      const nextAt = readyLooks(resolveNetwork(setup.network), judged.gapOpensAt).find((at) => at > clock.now())
      last = { ...judged, isChecking: false, ...(nextAt === undefined ? {} : { nextAt }) }
      const outcome = last.checks
        .flatMap(({ key, identity, is }) => (is === 'fail' ? [`${key}/${identity?.slice(0, 8) ?? ''}`] : []))
        .join(' ')
      const { at, epoch, gapOpensAt, sentence, readyCount, identityCount } = last
      const isReady = readyCount === identityCount && outcome === ''
      if (session === running && identityCount > 0)
        running.emit({ at, kind: 'readiness', summary: { at, epoch, gapOpensAt, sentence, isReady, outcome, isScheduled } })
      log.info('ready.looked', { epoch, readyCount, identityCount, outcome, isScheduled })
      context.publish('ready.changed', last)
      return last
    } finally {
      isChecking = false
    }
  }

  const tick = (): void => {
    const running = session
    if (running === undefined || isChecking) return
    const net = resolveNetwork(running.setup().network)
    const gap = currentGap(net, clock.now())
    if (gap.isOpen) return
    const due = dueLook(readyLooks(net, gap.opensAt), scheduled?.opensAt === gap.opensAt ? scheduled.at : undefined, clock.now())
    if (due === undefined) return
    scheduled = { at: clock.now(), opensAt: gap.opensAt }
    void look(running, true).catch((cause: unknown) => log.error('ready.bug', { error: textOf(cause) }))
  }

  return {
    handlers: {
      report: () => ok(last === undefined ? undefined : { ...last, isChecking }),
      async check() {
        if (session === undefined) return fail('ready/no-setup', 'Nothing is set up: there is no gap to be ready for.')
        if (isChecking) return fail('ready/busy', 'A look is going on: its result comes in a moment.')
        return ok(await look(session, false))
      },
    },
    begin(next) {
      session = next
      stop?.()
      stop = clock.every(EVERY_MS, tick)
    },
    close() {
      stop?.()
      session = undefined
    },
  }
}

const clockText = (text: string | undefined): string => (text === undefined ? 'The clock was not compared yet.' : `Clock: ${text}.`)
