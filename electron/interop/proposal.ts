import type { Inventory } from '../../shared/domain/inventory.ts'
import { plural } from '../../shared/domain/words.ts'
import type { ImportProposal } from '../../shared/ipc/keys-contract.ts'
import { crossCheck } from '../../shared/setup/parse.ts'
import { setupSchema, SETUP_VERSION, type Setup, type SetupService } from '../../shared/setup/schema.ts'
import { proposeNetwork } from './proposal-network.ts'
import { called, candidates, proposeIdentities, proposeNode, sameFolder, type Candidate } from './proposal-node.ts'
import { offeredServices, proposeService, withoutClashes, type Offered } from './proposal-services.ts'

/** Parts of one proposal before they are put together. */
interface Parts {
  readonly candidate: Candidate
  readonly node: ReturnType<typeof proposeNode>['node']
  readonly network: ReturnType<typeof proposeNetwork>['network']
  readonly identities: Setup['identities']
  readonly services: Setup['services']
  readonly sentences: readonly string[]
  readonly problems: readonly string[]
}

const list = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`

/** Long lists are cut: the whole stands in the set-up. */
const shortList = (names: readonly string[], most = 8): string =>
  names.length <= most ? list(names) : `${names.slice(0, most).join(', ')} and ${plural(names.length - most, 'more', 'more')}`

function nodeSentence({ folder, setups: [setup] }: Candidate): string {
  const where = folder === undefined ? '' : ` on ${folder}`
  if (setup === undefined)
    return `A node folder, ${folder ?? ''}: nothing was found that runs or starts it. It is watched, and not started by Smeshkeeper.`
  if (setup.node?.pid !== undefined) return `The node runs${where} (${setup.label}, process ${setup.node.pid}) and is watched as it is.`
  return `The node${where} does not run now; ${setup.label} starts it${setup.isAutomatic ? ' by itself' : ''}. It is watched as it is.`
}

const OWNERS: Readonly<Record<Setup['services'][number]['owner'], string>> = {
  smeshkeeper: 'Smeshkeeper',
  systemd: 'systemd',
  docker: 'docker',
  psm: 'PSM',
  smapp: 'Smapp',
  someone: 'whoever started it',
}

function serviceSentence(services: readonly SetupService[], nameOf: (id: string) => string): readonly string[] {
  if (services.length === 0) return []
  const owners = list([...new Set(services.map(({ owner }) => OWNERS[owner]))])
  const are = services.length === 1 ? 'is' : 'are'
  return [
    `${plural(services.length, 'service')} ${are} watched: ${shortList(services.map(({ identity }) => nameOf(identity)))}. ${owners} keeps starting and stopping ${services.length === 1 ? 'it' : 'them'}.`,
  ]
}

/** A node that starts post-service itself has one identity, and nothing that could be watched apart from it. */
const isSupervised = ({ found, setups }: Candidate): boolean => setups[0]?.node?.isSmeshing ?? found?.mode === 'supervised'

/** Keys and smeshing-start that do not go together. @source facts/identity-and-keys.md §4 */
function modeProblems({ found, setups: [setup] }: Candidate): readonly string[] {
  const isSmeshing = setup?.node?.isSmeshing
  if (isSmeshing === true && found?.mode === 'remote') {
    return [
      'Its config has smeshing-start on, but its key is not local.key alone: the node refuses to start so. Switch smeshing-start off, and give each identity a service.',
    ]
  }
  if (isSmeshing === false && found?.mode === 'supervised') {
    return [
      'Its only key is local.key and smeshing-start is off: the identity stands idle and earns nothing. Converting it is a later step.',
    ]
  }
  return []
}

function missingServices(parts: Pick<Parts, 'identities'>, served: ReadonlySet<string>, nameOf: (id: string) => string): readonly string[] {
  const without = parts.identities.filter(({ id }) => !served.has(id)).map(({ id }) => nameOf(id))
  if (without.length === 0) return []
  return [
    `No service was found for ${shortList(without)}: it does not run, or it runs on another machine. Nothing proves for ${without.length === 1 ? 'it' : 'them'} from here.`,
  ]
}

function partsOf(candidate: Candidate, inventory: Inventory, offered: readonly Offered[]): Parts {
  const supervised = isSupervised(candidate)
  const [setup] = candidate.setups
  const { identities, problems: keyProblems } = proposeIdentities(candidate, inventory, offered)
  const ids = new Set<string>(identities.map(({ id }) => id))
  const nameOf = called(identities)
  const own = supervised ? [] : offered.filter(({ identity }) => ids.has(identity))
  const { node, problems: nodeProblems } = proposeNode(candidate, own)
  const answers = own.map((one) => proposeService(one, nameOf(one.identity)))
  const { kept, problems: clashes } = withoutClashes(
    answers.flatMap((one) => (one.is === 'service' ? [one.value] : [])),
    [node.public, node.private, node.post],
    nameOf,
  )
  const network = proposeNetwork(
    setup?.node?.network,
    candidate.found?.genesisId,
    own.map(({ service }) => service.args),
  )
  const served = new Set<string>(own.map(({ identity }) => identity))
  const coinbase = setup?.node?.coinbase
  const others = candidate.setups.slice(1).map(({ label }) => label)
  return {
    candidate,
    node,
    network: network.network,
    identities: [...identities],
    services: [...kept],
    sentences: [
      nodeSentence(candidate),
      ...(network.sentence === undefined ? [] : [network.sentence]),
      ...(identities.length === 0
        ? []
        : [`It has ${plural(identities.length, 'identity', 'identities')}: ${shortList(identities.map(({ id }) => nameOf(id)))}.`]),
      ...(coinbase === undefined ? [] : [`Rewards go to ${coinbase}.`]),
      ...serviceSentence(kept, nameOf),
      ...(supervised
        ? [
            'The node runs the service of its identity itself, so it is watched through the node. Converting it to a service of its own is a later step.',
          ]
        : []),
    ],
    problems: [
      ...(others.length === 0
        ? []
        : [
            `${list([setup?.label ?? '', ...others])} all start this node: only one should. Find out which one is wanted and disable the rest.`,
          ]),
      ...(setup?.problems ?? []),
      ...network.problems,
      ...keyProblems,
      ...modeProblems(candidate),
      ...nodeProblems,
      ...answers.flatMap((one) => (one.is === 'refused' ? [one.problem] : [])),
      ...clashes,
      ...(supervised ? [] : missingServices({ identities: [...identities] }, served, nameOf)),
      ...(identities.length === 0 ? ['No identity of this node was found: its keys are missing, or they may not be read.'] : []),
    ],
  }
}

/** Whether the node of the present set-up is this one. */
function isPresent({ candidate, node }: Parts, { node: present }: Setup): boolean {
  if (present.dataFolder !== undefined && candidate.folder !== undefined) return sameFolder(present.dataFolder, candidate.folder)
  return present.mode === 'attached' && !node.private.endsWith(':0') && present.private === node.private
}

/** What the present set-up lacks of its own node; undefined when nothing. */
function merged(parts: Parts, present: Setup): { readonly setup: unknown; readonly sentence: string } | undefined {
  const nameOf = called([...present.identities, ...parts.identities])
  const knownIds = new Set(present.identities.map(({ id }) => id))
  const identities = parts.identities.filter(({ id }) => !knownIds.has(id))
  const taken = (['operator', 'posFolder', 'identity'] as const).map((key) => new Set<string>(present.services.map((one) => one[key])))
  const services = parts.services.filter(
    (one) => ![one.operator, one.posFolder, one.identity].some((value, at) => taken[at]?.has(value) === true),
  )
  if (identities.length === 0 && services.length === 0) return undefined
  const added = [...new Set([...identities.map(({ id }) => id), ...services.map(({ identity }) => identity)])].map(nameOf)
  return {
    setup: { ...present, identities: [...present.identities, ...identities], services: [...present.services, ...services] },
    sentence: `The present set-up already has this node: ${shortList(added)} would be added to it, and nothing else changes.`,
  }
}

function replaced(parts: Parts, present: Setup | undefined): { readonly setup: unknown; readonly sentences: readonly string[] } {
  const kept = present === undefined ? {} : { alerts: present.alerts, keep: present.keep, onQuit: present.onQuit }
  return {
    setup: {
      version: SETUP_VERSION,
      network: parts.network,
      node: parts.node,
      identities: parts.identities,
      services: parts.services,
      ...kept,
    },
    sentences:
      present === undefined
        ? []
        : [
            `It replaces the present set-up with its ${plural(present.identities.length, 'identity', 'identities')}: one Smeshkeeper watches one node. Nothing of what runs now is stopped.`,
          ],
  }
}

/** A set-up as it would be written, or why it would not be taken. */
function checked(raw: unknown): { readonly setup: Setup | null; readonly problems: readonly string[] } {
  const parsed = setupSchema.safeParse(raw)
  const wrong = parsed.success
    ? crossCheck(parsed.data).find(({ severity }) => severity === 'error')
    : { at: parsed.error.issues[0]?.path.join('.') ?? '', message: parsed.error.issues[0]?.message ?? '' }
  if (parsed.success && wrong === undefined) return { setup: parsed.data, problems: [] }
  return {
    setup: null,
    problems: [`It cannot be brought in as it is: ${wrong?.at ?? ''}: ${wrong?.message ?? ''}. Set it up by hand in Settings.`],
  }
}

const labelOf = ({ candidate, services }: Parts): string => {
  const [setup] = candidate.setups
  const name = setup?.label ?? `Node in ${candidate.folder ?? ''}`
  return services.length === 0 ? name : `${name} with ${plural(services.length, 'service')}`
}

function proposalOf(parts: Parts, present: Setup | undefined): ImportProposal | undefined {
  const { candidate, problems, sentences } = parts
  const [setup] = candidate.setups
  const about = { id: `import:${candidate.folder ?? `${setup?.file ?? ''}:${setup?.label ?? ''}`}`, label: labelOf(parts) }
  if (present !== undefined && isPresent(parts, present)) {
    const added = merged(parts, present)
    if (added === undefined) return undefined
    const { setup: whole, problems: wrong } = checked(added.setup)
    return { ...about, setup: whole, sentences: [added.sentence, ...sentences], problems: [...problems, ...wrong] }
  }
  const fresh = replaced(parts, present)
  // Without its network there is no set-up, and the problem says what is missing.
  const { setup: whole, problems: wrong } = parts.network === undefined ? { setup: null, problems: [] } : checked(fresh.setup)
  return { ...about, setup: whole, sentences: [...sentences, ...fresh.sentences], problems: [...problems, ...wrong] }
}

/**
 * What of an inventory could be brought in, one proposal a node, running ones first. Everything keeps its owner and stays
 * where it is; only our set-up would be written. Pure.
 * @param present the set-up in use: a node that it has already is added to, any other would replace it
 */
export function proposeImports(inventory: Inventory, present: Setup | undefined): ImportProposal[] {
  const offered = offeredServices(inventory)
  return candidates(inventory).flatMap((candidate) => proposalOf(partsOf(candidate, inventory, offered), present) ?? [])
}
