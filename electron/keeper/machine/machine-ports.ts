import { readFileSync } from 'node:fs'
import { judgePort, portsOf, type PortSeen, type PortWanted } from '../../../shared/domain/machine-ports.ts'
import type { MachineReport } from '../../../shared/domain/machine.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { HostSystem } from '../../hardware/index.ts'
import { peerListener, portOwner, type PortOwner } from '../../programs/index.ts'
import type { Session } from '../session.ts'
import { serviceName } from '../snapshot.ts'
import { takesConnections } from '../start-guard.ts'

/** What is asked of the system; injected, so that every answer can be tested. */
export interface PortEyes {
  owner(address: string, candidates: readonly number[]): Promise<PortOwner>
  isListening(address: string): Promise<boolean>
}

const systemPortEyes: PortEyes = { owner: (address, candidates) => portOwner(address, candidates), isListening: takesConnections }

/** Address on which the node listens for peers, by the config that the user gave it. */
export function peersAt(setup: Setup): string | undefined {
  const { node } = setup
  if (node.mode !== 'managed') return undefined
  try {
    return peerListener(readFileSync(node.configFile, 'utf8'))
  } catch {
    return undefined // a config that is not there is told of elsewhere
  }
}

/** Every port of the set-up, and who listens there. Without a session nothing of ours runs. */
export async function lookAtPorts(
  setup: Setup,
  session: Session | undefined,
  system: HostSystem,
  eyes: PortEyes = systemPortEyes,
): Promise<MachineReport['ports']> {
  const names = new Map(session?.snapshot()?.identities.map(({ id, name }) => [id, name]))
  const wanted = portsOf(setup, (id) => names.get(id) ?? id.slice(0, 8), peersAt(setup))
  return Promise.all(
    wanted.map(async (one) => {
      const state = session?.processes.state(one.holder === 'node' ? 'node' : serviceName(one.holder))
      const pid = state !== undefined && 'pid' in state ? state.pid : undefined
      return judgePort(one, wanted, await seenAt(one, pid, system, eyes), state?.at === 'ready')
    }),
  )
}

async function seenAt({ address }: PortWanted, pid: number | undefined, system: HostSystem, eyes: PortEyes): Promise<PortSeen> {
  const owner = await eyes.owner(address, pid === undefined ? [] : [pid])
  if (owner.is === 'nobody') return { is: 'nobody' }
  if (owner.is === 'unknown') return (await eyes.isListening(address)) ? { is: 'somebody' } : { is: 'nobody' }
  if (owner.pids.length > 0) return { is: 'holder' }
  const all = system.list('/proc').map(Number).filter(Number.isInteger)
  const found = await eyes.owner(address, all)
  const other = found.is === 'process' ? found.pids[0] : undefined
  const name = other === undefined ? undefined : system.readText(`/proc/${other}/comm`)?.trim()
  return { is: 'other', ...(name === undefined || name === '' ? {} : { by: `${name} (process ${other})` }) }
}

/**
 * Whether others reach the node. Nobody inside can know it for sure: a connected peer may have been called by us, over
 * the very same port.
 */
export function lookAtPeers(address: string | undefined, session: Session | undefined): MachineReport['p2p'] {
  const node = session?.snapshot()?.node
  if (node === undefined || node.kind === 'none') return { verdict: 'unknown', text: 'No node is looked after here.' }
  const port = address === undefined ? 'its port for peers' : `port ${address.slice(address.lastIndexOf(':') + 1)}`
  const isLocal = address !== undefined && /^(127\.|localhost:|\[::1\]:)/.test(address)
  if (isLocal) return { verdict: 'unknown', text: `The node takes peers on this computer only, by its config (${address}).` }
  if (node.peers === undefined) return { verdict: 'unknown', text: 'How many peers the node has is not known now.' }
  if (node.peers === 0 && node.kind === 'syncing')
    return {
      verdict: 'tight',
      text: `No peer is connected: look whether the firewall lets the node out, and whether the router passes ${port} (TCP) on.`,
    }
  const peers = node.peers === 1 ? '1 peer is' : `${node.peers} peers are`
  return {
    verdict: node.peers > 0 ? 'good' : 'unknown',
    text: `Whether others reach ${port} from outside cannot be known here; ${peers} connected.`,
  }
}
