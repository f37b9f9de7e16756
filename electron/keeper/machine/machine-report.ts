import { checklist, type CheckFacts, type CheckIdentity } from '../../../shared/domain/checklist.ts'
import { judgeClock } from '../../../shared/domain/clock-verdict.ts'
import { judgeMemory } from '../../../shared/domain/machine-memory.ts'
import { machineAdvice, machineHeadline, measuredAt } from '../../../shared/domain/machine-words.ts'
import type { Advice, DiskReport, MachineReport, OpenClState, PowRates } from '../../../shared/domain/machine.ts'
import { MAINNET } from '../../../shared/domain/network.ts'
import { proofWork } from '../../../shared/domain/proof-work.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Session } from '../session.ts'
import type { MachineLook } from './machine-look.ts'

/** Everything that a report is made of. */
export interface ReportParts {
  readonly now: number
  /** Undefined before the first look. */
  readonly look: MachineLook | undefined
  readonly isLooking: boolean
  readonly opencl: OpenClState
  readonly pow: PowRates | undefined
  readonly profiler: MachineReport['profiler']
  /** What others found worth doing. */
  readonly advice: readonly Advice[]
  readonly disks: readonly DiskReport[]
  readonly setup: Setup | undefined
  readonly session: Session | undefined
}

/** Before the first look: nothing but what Node knows at once. */
interface Basics {
  readonly cpu: MachineReport['cpu']
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number }
}

const AT_WORK: ReadonlySet<string> = new Set(['proving'])

function memoryOf({ setup, session }: ReportParts, memory: Basics['memory']): MachineReport['memory'] {
  const statuses = new Map(session?.snapshot()?.identities.map(({ id, status }) => [id, status.kind]))
  const node = session?.snapshot()?.node
  const maxProvers = setup?.machine.maxProvers ?? undefined
  return judgeMemory({
    totalBytes: memory.totalBytes,
    availableBytes: memory.availableBytes,
    services: (setup?.services ?? []).map(({ identity, randomx }) => ({ randomx, isProving: AT_WORK.has(statuses.get(identity) ?? '') })),
    isNodeDown: setup?.node.mode === 'managed' && (node === undefined || node.kind === 'stopped' || node.kind === 'failed'),
    ...(maxProvers === undefined ? {} : { maxProvers }),
  })
}

function clockOf({ now, look, session }: ReportParts): MachineReport['clock'] {
  const complaint = session?.world.node.clockOff
  if (look === undefined && complaint === undefined) return undefined
  const peers = session?.snapshot()?.node.peers
  return judgeClock({
    now,
    ...(look?.time === undefined ? {} : { look: look.time }),
    isSynchronised: look?.timeService ?? 'unknown',
    ...(complaint === undefined ? {} : { complaint }),
    ...(peers === undefined ? {} : { peers }),
  })
}

function identitiesOf({ setup, session, disks }: ReportParts, threads: number): readonly CheckIdentity[] {
  const seen = new Map(session?.snapshot()?.identities.map((one) => [one.id, one]))
  return (setup?.services ?? []).map((service) => {
    const { identity, nonces, randomx } = service
    const disk = disks.find(({ folders }) => folders.some((folder) => folder.identity === identity))
    return {
      id: identity,
      name: seen.get(identity)?.name ?? identity.slice(0, 8),
      numUnits: seen.get(identity)?.numUnits ?? 0,
      nonces,
      threads: service.threads ?? service.pinnedCores?.length ?? threads,
      randomx,
      ...(disk === undefined ? {} : { disk: disk.id }),
    }
  })
}

/** Puts together what was seen, judged for this set-up. Cheap: nothing is looked at anew. */
export function makeReport(parts: ReportParts, basics: Basics): MachineReport {
  const { now, look, setup, disks, opencl, pow } = parts
  const network = setup === undefined ? MAINNET : resolveNetwork(setup.network)
  const cpu = look?.cpu ?? basics.cpu
  const facts: CheckFacts = {
    cpu,
    memory: memoryOf(parts, look?.memory ?? basics.memory),
    pow,
    clock: clockOf(parts),
    ports: look?.ports ?? [],
    p2p: look?.p2p ?? { verdict: 'unknown', text: 'Not looked at yet.' },
    opencl,
    disks,
    identities: identitiesOf(parts, cpu.threads),
    post: network.post,
    gapMs: network.poet.cycleGapMs,
    ...(look?.traffic === undefined ? {} : { traffic: look.traffic }),
  }
  const checks = checklist(facts)
  const measured = measuredAt(disks)
  const { memory, clock, ports, p2p } = facts
  return {
    at: look?.at ?? now,
    headline: machineHeadline(disks, checks, facts.identities.length, memory.proversFit),
    ...(measured === undefined ? {} : { measuredAt: measured }),
    isLooking: parts.isLooking,
    cpu,
    memory,
    pow,
    ...(parts.profiler === undefined ? {} : { profiler: parts.profiler }),
    work: proofWork(facts.identities, pow, network.post),
    unitBytes: network.post.labelsPerUnit * 16,
    clock,
    ports,
    p2p,
    opencl,
    disks,
    checks,
    advice: machineAdvice(facts, parts.advice),
  }
}
