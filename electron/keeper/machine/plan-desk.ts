import os from 'node:os'
import path from 'node:path'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import { currentGap } from '../../../shared/domain/network.ts'
import { planInputsOf, proverRoom, type PlanFact } from '../../../shared/domain/plan-facts.ts'
import { planOf, type PlanInputs } from '../../../shared/domain/planner/index.ts'
import type { IdentityBelief } from '../../../shared/domain/world.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { planChangesSchema, type PlanChanges } from '../../../shared/ipc/machine-contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup, SetupService } from '../../../shared/setup/schema.ts'
import { readLanes } from '../session-parts.ts'
import type { Session } from '../session.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'
import { openPlanStore } from './plan-store.ts'

/** Memory comes and goes; a turn is seldom given. */
const LIMITS_MS = 10_000

/** Made its proof of the gap that is open now. */
function isDone(belief: IdentityBelief | undefined, gap: ReturnType<typeof currentGap>): boolean {
  if (belief === undefined || !gap.isOpen) return false
  return (belief.complete?.at ?? 0) >= gap.opensAt || belief.atxs.has(gap.epoch)
}

function factsOf(setup: Setup, session: Session, now: UnixMs): PlanFact[] {
  const shown = new Map(session.snapshot()?.identities.map((one) => [one.id, one]))
  const lanes = readLanes(setup)
  const net = resolveNetwork(setup.network)
  const { post } = net
  const gap = currentGap(net, now)
  return setup.services.map((service): PlanFact => {
    const { identity, nonces, randomx } = service
    const one = shown.get(identity)
    const belief = session.world.identities.get(identity as IdentityId)
    const numUnits = one?.numUnits ?? belief?.numUnits
    const run = belief?.run
    return {
      id: identity,
      name: one?.name ?? identity.slice(0, 8),
      colour: one?.colour ?? 0,
      numUnits,
      totalBytes: one?.sizeBytes ?? (numUnits === undefined ? undefined : numUnits * post.labelsPerUnit * 16),
      nonces,
      threads: service.threads ?? service.pinnedCores?.length ?? 0,
      randomx,
      lane: lanes.get(identity) ?? { id: `folder:${service.posFolder}`, label: service.posFolder, detail: 'not looked at yet' },
      isDone: isDone(belief, gap),
      ...(run === undefined ? {} : { startedAt: run.startedAt }),
      ...(belief?.lastPowMs === undefined ? {} : { lastPowMs: belief.lastPowMs }),
      ...(belief?.lastPreparingMs === undefined ? {} : { lastPreparingMs: belief.lastPreparingMs }),
      ...(belief?.lastSpeed === undefined ? {} : { lastBytesPerSecond: belief.lastSpeed }),
    }
  })
}

function changedService(service: SetupService, change: PlanChanges['identities']): SetupService {
  const wanted = change?.find((one) => one.identity === service.identity)
  if (wanted === undefined) return service
  const { pinnedCores, threads, ...rest } = service
  // Either threads or cores: a number of threads takes the place of chosen cores.
  const cores = wanted.threads ?? threads
  return {
    ...rest,
    ...(cores === undefined ? { pinnedCores } : { threads: cores }),
    ...(wanted.nonces === undefined ? {} : { nonces: wanted.nonces }),
    ...(wanted.randomx === undefined ? {} : { randomx: wanted.randomx }),
  }
}

/** Tells the planner what is known, keeps what-ifs, and puts settings of a plan into the set-up. */
export function planDesk(context: MachineContext, machine: MachineDesk): Desk<AppHandlers['plan']> {
  const { clock, log, home } = context
  const store = openPlanStore(path.join(home.state, 'plans.json'), log)

  const inputs = (): PlanInputs | undefined => {
    const setup = context.setup()
    const session = context.session()
    if (setup === undefined || session === undefined) return undefined
    const { cpu, memory } = machine.report()
    return planInputsOf({
      now: clock.now(),
      net: resolveNetwork(setup.network),
      identities: factsOf(setup, session, clock.now()),
      disks: machine.disks(),
      pow: machine.pow(),
      threads: cpu.threads > 0 ? cpu.threads : os.cpus().length,
      memory,
      maxProvers: setup.machine.maxProvers,
    })
  }

  /** The schedule counts with what the machine is known to do. Practice proofs need next to no memory. */
  const tellLimits = (session: Session): void => {
    const { cpu, memory } = machine.report()
    const pow = machine.pow()
    const speeds = machine.disks().flatMap((disk) => (disk.speed === undefined ? [] : [[disk.id, disk.speed.bytesPerSecond] as const]))
    session.setLimits({
      threads: cpu.threads > 0 ? cpu.threads : os.cpus().length,
      proverMemoryBytes: context.mode === 'practice' ? Number.POSITIVE_INFINITY : proverRoom(memory),
      laneSpeeds: new Map(speeds),
      ...(pow === undefined ? {} : { labelSpeeds: pow.labelSpeeds }),
      ...(pow?.fastHashesPerSecond === undefined ? {} : { fastHashesPerSecond: pow.fastHashesPerSecond }),
      ...(pow?.lightHashesPerSecond === undefined ? {} : { lightHashesPerSecond: pow.lightHashesPerSecond }),
    })
  }
  let stop: (() => void) | undefined

  machine.chanceAll = () => {
    const known = inputs()
    return known === undefined || known.identities.length === 0 ? undefined : planOf(known).chance
  }

  return {
    handlers: {
      inputs: () => {
        const known = inputs()
        return known === undefined ? fail('plan/no-setup', 'Nothing is set up: there is nothing to plan.') : ok(known)
      },
      async use(given) {
        const setup = context.setup()
        if (setup === undefined) return fail('plan/no-setup', 'Nothing is set up: there is nothing to change.')
        const changes = planChangesSchema.parse(given)
        const known = new Set(setup.services.map((service) => service.identity))
        const unknown = changes.identities.find((one) => !known.has(one.identity))
        if (unknown !== undefined)
          return fail('plan/unknown', `${unknown.identity.slice(0, 8)} has no service here any more: look at the plan again.`)
        return context.editSetup((before) => ({
          ...before,
          services: before.services.map((service) => changedService(service, changes.identities)),
          machine: { ...before.machine, ...(changes.maxProvers === undefined ? {} : { maxProvers: changes.maxProvers }) },
        }))
      },
      saved: () => ok(store.list()),
      save: (plan) => store.save(plan),
      forget: ({ name }) => store.forget(name),
    },
    begin(session) {
      stop?.()
      tellLimits(session)
      stop = clock.every(LIMITS_MS, () => tellLimits(session))
    },
    close() {
      stop?.()
    },
  }
}
