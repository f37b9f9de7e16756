import type { MachineReport } from '../../../shared/domain/machine.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import {
  readCpu,
  readMemory,
  readTimeService,
  readTraffic,
  type CpuFacts,
  type HostSystem,
  type MemoryFacts,
  type TimeLook,
  type TimeWatch,
} from '../../hardware/index.ts'
import type { Session } from '../session.ts'
import { lookAtPeers, lookAtPorts, peersAt } from './machine-ports.ts'

/** What one look found, as it was then. */
export interface MachineLook {
  readonly at: number
  readonly cpu: CpuFacts
  readonly memory: MemoryFacts
  readonly time: TimeLook | undefined
  readonly timeService: 'yes' | 'no' | 'unknown'
  readonly ports: MachineReport['ports']
  readonly p2p: MachineReport['p2p']
  /** Bytes/s over the time of the look. */
  readonly traffic?: { readonly received: number; readonly sent: number }
}

interface Parts {
  readonly clock: Clock
  readonly system: HostSystem
  readonly times: TimeWatch
  readonly setup: Setup | undefined
  readonly session: Session | undefined
}

/** A shorter time says little of traffic that comes in bursts. */
const TRAFFIC_MS = 1_000

/** Everything that costs no reading of disks and loads no driver: some milliseconds, and what time servers and traffic take. */
export async function lookAround({ clock, system, times, setup, session }: Parts): Promise<MachineLook> {
  const [cpu, memory, timeService, ports, time, traffic] = await Promise.all([
    readCpu(system),
    readMemory(system),
    readTimeService(system),
    setup === undefined ? [] : lookAtPorts(setup, session, system),
    setup === undefined ? undefined : times.look(setup.machine.timeServers),
    trafficNow(clock, system),
  ])
  const p2p = lookAtPeers(setup === undefined ? undefined : peersAt(setup), session)
  return { at: clock.now(), cpu, memory, time, timeService, ports, p2p, ...(traffic === undefined ? {} : { traffic }) }
}

async function trafficNow(clock: Clock, system: HostSystem): Promise<MachineLook['traffic']> {
  const [before, began] = [readTraffic(system), clock.monotonic()]
  if (before === undefined) return undefined
  await new Promise<void>((resolve) => clock.after(TRAFFIC_MS, resolve))
  const after = readTraffic(system)
  const seconds = (clock.monotonic() - began) / 1000
  if (after === undefined || seconds <= 0) return undefined
  const rate = (from: number, to: number): number => Math.max(0, to - from) / seconds
  return { received: rate(before.received, after.received), sent: rate(before.sent, after.sent) }
}
