import type { FoundNode, FoundSetup, Inventory, KeyCopy } from '../../shared/domain/inventory.ts'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import type { AttachedNode, SetupIdentity } from '../../shared/setup/schema.ts'
import { reached, type Offered } from './proposal-services.ts'

/** One node that could be brought in: its folder, and everything that starts or runs it. */
export interface Candidate {
  readonly folder?: string
  readonly found?: FoundNode
  /** The one that says most first: running, then starting by itself. */
  readonly setups: readonly FoundSetup[]
}

export const sameFolder = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.replace(/[\\/]+$/, '') === b.replace(/[\\/]+$/, '')

/** A file that says so before a bare process, a running one before all. */
const rank = (setup: FoundSetup): number =>
  (setup.node?.pid === undefined ? 4 : 0) + (setup.isAutomatic ? 0 : 2) + (setup.kind === 'process' ? 1 : 0)

/** Nodes of an inventory, running ones first. Folders without a key that nothing starts are none. */
export function candidates({ setups, nodes }: Inventory): readonly Candidate[] {
  const withNode = setups.filter(({ node }) => node !== undefined).toSorted((a, b) => rank(a) - rank(b))
  const folders = [...withNode.flatMap(({ node }) => node?.dataFolder ?? []), ...nodes.map(({ dataFolder }) => dataFolder)]
  const distinct = folders.filter((folder, at) => folders.findIndex((other) => sameFolder(folder, other)) === at)
  const known = distinct.flatMap((folder): Candidate[] => {
    const found = nodes.find(({ dataFolder }) => sameFolder(folder, dataFolder))
    const own = withNode.filter(({ node }) => sameFolder(folder, node?.dataFolder))
    const isNothing =
      own.length === 0 && (found === undefined || found.mode === 'empty' || found.starters.some(({ owner }) => owner === 'smeshkeeper'))
    return isNothing ? [] : [{ folder, setups: own, ...(found === undefined ? {} : { found }) }]
  })
  const unknown = withNode.filter(({ node }) => node?.dataFolder === undefined).map((setup): Candidate => ({ setups: [setup] }))
  return [...known, ...unknown].toSorted((a, b) => candidateRank(a) - candidateRank(b))
}

const candidateRank = ({ setups: [first] }: Candidate): number => (first === undefined ? 9 : rank(first))

/** Stands for an address that nothing tells; nobody listens there. */
const NOT_KNOWN = '127.0.0.1:0'
const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/

/** The node's post listener from what its services connect to, when they all connect to one place on this machine. */
function postByServices(services: readonly Offered[], setup: FoundSetup | undefined): string | undefined {
  const addresses = [...services.map(({ service }) => service), ...(setup?.services ?? [])].flatMap(({ nodeAddress }) => {
    const [, address] = /^https?:\/\/((?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+)\/?$/.exec(nodeAddress ?? '') ?? []
    return address === undefined ? [] : [address.replace('localhost', '127.0.0.1')]
  })
  const [first] = addresses
  return addresses.every((address) => address === first) ? first : undefined
}

export interface NodeProposal {
  readonly node: AttachedNode
  readonly problems: readonly string[]
}

/** The node as it is: watched, never started or stopped by us, also when it stands still now. */
export function proposeNode({ folder, setups: [setup] }: Candidate, services: readonly Offered[]): NodeProposal {
  const problems: string[] = []
  const listeners = setup?.node?.listeners
  /** A node that nothing describes has its built-in listeners, if it runs at all. */
  const usable = (which: 'public' | 'private', builtIn: string): string => {
    const address = reached(listeners?.[which] ?? (setup === undefined ? builtIn : ''))
    if (ADDRESS.test(address)) return address
    problems.push(`The ${which} listener of the node is not known: what it tells there cannot be asked.`)
    return NOT_KNOWN
  }
  const given = reached(listeners?.post ?? '')
  const post = ADDRESS.test(given) && !/:0+$/.test(given) ? given : postByServices(services, setup)
  if (post === undefined) {
    problems.push(
      'The node’s post listener has no fixed port, or it is not reached from here: what each identity waits for cannot be asked. Set api.grpc-post-listener in its config to a fixed address such as 127.0.0.1:9094.',
    )
  }
  return {
    node: {
      mode: 'attached',
      owner: setup?.owner ?? 'someone',
      ...(setup?.node?.unit === undefined ? {} : { unit: setup.node.unit }),
      public: usable('public', '127.0.0.1:9092'),
      private: usable('private', '127.0.0.1:9093'),
      post: post ?? NOT_KNOWN,
      tls: null,
      ...(setup?.node?.logFile === undefined ? {} : { logFile: setup.node.logFile }),
      ...(folder === undefined ? {} : { dataFolder: folder }),
    },
    problems,
  }
}

const MOST_NAME = 60

/** A name from a key's file: `amber.key` is Amber; `local.key`, and files named after the key itself, give none. */
export function nicknameOf(keyFile: string, id: IdentityId): string | undefined {
  const base = keyFile.replace(/\.key$/, '')
  const isHex = /^[0-9a-f]{6,}$/i.test(base) && id.startsWith(base.toLowerCase())
  if (base === '' || base === 'local' || base === 'identity' || base === id || isHex) return undefined
  return `${base.slice(0, 1).toUpperCase()}${base.slice(1)}`.slice(0, MOST_NAME)
}

const fileName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

export interface IdentityProposal {
  readonly identities: readonly SetupIdentity[]
  readonly problems: readonly string[]
}

/** Identities of a node's key files; where they may not be read, those of the PoS folders that its own set-up serves. */
export function proposeIdentities(
  { folder, found, setups }: Candidate,
  inventory: Inventory,
  services: readonly Offered[],
): IdentityProposal {
  const copies = inventory.keys.filter((copy) => copy.place === 'node' && copy.isLoaded === true && sameFolder(copy.nodeFolder, folder))
  const bad = copies.filter(({ form }) => form !== 'good').map(badKey)
  const ids = [...new Set([...(found?.identities ?? []), ...copies.flatMap(({ identity }) => identity ?? [])])]
  const served = services.filter(({ setup }) => setups.includes(setup)).map(({ identity }) => identity)
  const all = ids.length > 0 ? ids : [...new Set(served)]
  const noKeys =
    ids.length === 0 && all.length > 0
      ? ['The node’s keys could not be read: its identities are taken from the PoS folders that are served to it.']
      : []
  const nicknames = new Set<string>()
  const identities = all.map((id, at): SetupIdentity => {
    const copy = copies.find(({ identity }) => identity === id)
    const keyFile = copy === undefined ? undefined : fileName(copy.path)
    const wanted =
      inventory.identities.find((one) => one.id === id)?.nickname ?? (keyFile === undefined ? undefined : nicknameOf(keyFile, id))
    const nickname = wanted === undefined || nicknames.has(wanted) ? undefined : wanted
    if (nickname !== undefined) nicknames.add(nickname)
    return { id, colour: at % 12, ...(nickname === undefined ? {} : { nickname }), ...(keyFile === undefined ? {} : { keyFile }) }
  })
  return { identities, problems: [...bad, ...noKeys] }
}

const badKey = ({ path, problem, form }: KeyCopy): string =>
  `${path}: ${problem ?? 'no key can be read from it'}. The node does not start with it; ${form === 'repairable' ? 'the key itself is whole' : 'look for a backup of it'}.`

/** How an identity is called in sentences. */
export const called = (identities: readonly SetupIdentity[]): ((id: string) => string) => {
  const names = new Map(identities.map(({ id, nickname }) => [id, nickname ?? shortId(id)]))
  return (id) => names.get(id) ?? shortId(id)
}
