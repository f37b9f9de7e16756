import type { MachineReport } from './machine.ts'
import type { Setup } from '../setup/schema.ts'

type PortLine = MachineReport['ports'][number]

/** A port that something of the set-up listens on. */
export interface PortWanted {
  /** E.g. `node, public`. */
  readonly what: string
  readonly address: string
  /** `node`, or the identity whose service listens there. */
  readonly holder: string
  /** Whether we start it ourselves. */
  readonly isOurs: boolean
}

/** Who is there: seen from the kernel, or by a try to connect. */
export type PortSeen =
  | { readonly is: 'nobody' }
  /** The process that shall listen there; without pids of it somebody does, and that is all that is known. */
  | { readonly is: 'holder' | 'somebody' }
  | { readonly is: 'other'; readonly by?: string }
  | { readonly is: 'unknown'; readonly why: string }

/**
 * All ports of a set-up: the node's three and each service's operator. A node elsewhere has none here.
 * @param nameOf  the name of an identity
 * @param p2p  address on which the node's config lets it listen for peers
 */
export function portsOf(setup: Setup, nameOf: (identity: string) => string, p2p: string | undefined): readonly PortWanted[] {
  const { node } = setup
  const isOurs = node.mode === 'managed' && node.owner === 'smeshkeeper'
  const listeners = node.mode === 'managed' ? node.listeners : { public: node.public, private: node.private, post: node.post }
  const nodePorts = (['public', 'private', 'post'] as const)
    .map((kind) => ({ what: `node, ${kind}`, address: listeners[kind], holder: 'node', isOurs }))
    .filter(({ address }) => node.mode === 'managed' || isHere(address))
  return [
    ...nodePorts,
    ...(p2p === undefined ? [] : [{ what: 'node, peers', address: p2p, holder: 'node', isOurs }]),
    ...setup.services.map((service) => ({
      what: `${nameOf(service.identity)}, operator`,
      address: service.operator,
      holder: service.identity,
      isOurs: service.owner === 'smeshkeeper',
    })),
  ]
}

const portIn = (address: string): string => address.slice(address.lastIndexOf(':') + 1)
const hostIn = (address: string): string => address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::'
const isHere = (address: string): boolean => isAny(hostIn(address)) || /^(127\.|localhost$|::1$)/.test(hostIn(address))

/** Two that cannot both listen: one port, and hosts that are equal or one of them all. */
export const arePortsAtOdds = (a: string, b: string): boolean =>
  portIn(a) === portIn(b) && (hostIn(a) === hostIn(b) || isAny(hostIn(a)) || isAny(hostIn(b)))

/**
 * One line a port: who listens there against who should.
 * @param others  all ports of the set-up: two that want the same one can never both run
 * @param isUp  whether the process that shall listen there is ready
 */
export function judgePort(wanted: PortWanted, others: readonly PortWanted[], seen: PortSeen, isUp: boolean): PortLine {
  const { what, address, holder, isOurs } = wanted
  const line = { what, address }
  const rival = others.find((one) => one !== wanted && arePortsAtOdds(one.address, address))
  if (rival !== undefined) {
    const text = `${rival.what} wants ${rival.address} too: only one of them can run. Give one another port.`
    return { ...line, is: 'taken', by: rival.what, verdict: 'bad', text }
  }
  const who = holder === 'node' ? 'the node' : 'the service'
  switch (seen.is) {
    case 'holder':
      return { ...line, is: 'ours', verdict: 'good', text: `${who} listens` }
    case 'somebody':
      if (isUp || !isOurs) return { ...line, is: 'ours', verdict: 'good', text: `${who} listens, as far as can be seen` }
      return { ...line, is: 'taken', verdict: 'bad', text: takenText(who, undefined) }
    case 'other':
      if (!isOurs) return { ...line, is: 'ours', verdict: 'good', text: 'somebody listens, as it should be' }
      return { ...line, is: 'taken', ...(seen.by === undefined ? {} : { by: seen.by }), verdict: 'bad', text: takenText(who, seen.by) }
    case 'nobody':
      if (isUp) return { ...line, is: 'not-listening', verdict: 'bad', text: `${who} runs, but does not listen there` }
      return isOurs
        ? { ...line, is: 'free', verdict: 'good', text: `free for ${who}` }
        : { ...line, is: 'not-listening', verdict: 'tight', text: `nobody listens: whoever runs ${who} has it down` }
    case 'unknown':
      return { ...line, is: 'free', verdict: 'unknown', text: `cannot be known: ${seen.why}` }
  }
}

const takenText = (who: string, by: string | undefined): string =>
  `${by ?? 'Another program'} listens there: ${who} cannot start. End it, or choose another port.`
