import type { FoundServiceSetup, FoundSetup, Inventory } from '../../shared/domain/inventory.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { serviceSchema, type SetupService } from '../../shared/setup/schema.ts'
import { flagNumber, flagText, readFlags } from './flags.ts'

/** Built-in values of post-service: a node that runs its own service has others. @source facts/post-service.md §1 */
const BUILT_IN = { nonces: 128, randomx: 'fast' } as const

export interface Offered {
  readonly identity: IdentityId
  readonly setup: FoundSetup
  readonly service: FoundServiceSetup
}

/** Of two that tell of one service: whoever decides over it first, then the one that runs. */
const rank = ({ setup, service }: Offered): number =>
  (setup.kind === 'psm' ? 0 : setup.kind === 'process' ? 4 : 2) + (service.pid === undefined ? 1 : 0)

/** Every service that was found, by the identity that its PoS folder belongs to; one each. */
export function offeredServices(inventory: Inventory): readonly Offered[] {
  const identities = new Map(
    inventory.posFolders.flatMap(({ path, state }) => (state.is === 'present' ? [[path, state.identity] as const] : [])),
  )
  const all = inventory.setups.flatMap((setup) =>
    setup.node?.isSmeshing === true
      ? []
      : setup.services.flatMap((service): Offered[] => {
          const identity = service.posFolder === undefined ? undefined : identities.get(service.posFolder)
          return identity === undefined ? [] : [{ identity, setup, service }]
        }),
  )
  const best = new Map<IdentityId, Offered>()
  for (const offered of all.toSorted((a, b) => rank(a) - rank(b))) if (!best.has(offered.identity)) best.set(offered.identity, offered)
  return [...best.values()]
}

/** An address as it is reached from this machine. */
export const reached = (address: string): string =>
  address.replace(/^(0\.0\.0\.0|\*|)(?=:\d+$)/, '127.0.0.1').replace(/^\[::\](?=:\d+$)/, '[::1]')

/** What the command line says beyond the common: TLS, retries, parallel k2pow. */
function extras(args: readonly string[]): Pick<SetupService, 'tls' | 'k2powParallelism' | 'extraArgs'> {
  const flags = readFlags(args)
  const [caCert, cert, key, domain] = ['ca-cert', 'cert', 'key', 'domain'].map((name) => flagText(flags, name))
  return {
    tls:
      caCert === undefined || cert === undefined || key === undefined
        ? null
        : { caCert, cert, key, ...(domain === undefined ? {} : { domain }) },
    k2powParallelism: flagNumber(flags, 'remote-k2pow-parallelism') ?? null,
    extraArgs: ['reconnect-interval-s', 'max-retries'].flatMap((name) => {
      const value = flagNumber(flags, name)
      return value === undefined ? [] : [`--${name}`, String(value)]
    }),
  }
}

/** Why a service cannot be watched as it is: cause, consequence, action. */
function refusal({ service }: Offered, name: string): string | undefined {
  const { operator, nodeAddress, threads, pinnedCores } = service
  if (operator === undefined) {
    return `The service of ${name} has no operator address that is reached from here: its progress cannot be watched. Start it with --operator-address 127.0.0.1:PORT and search again; the node still tells whether it proves.`
  }
  if (!/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\]):\d{1,5}$/.test(operator)) {
    return `The operator address of the service of ${name} is ${operator}: post-service takes a literal address with a port only. Correct its command line.`
  }
  if (/:0+$/.test(operator)) {
    return `The service of ${name} takes another operator port at every start (${operator}): its progress cannot be watched. Give it a fixed port.`
  }
  if (nodeAddress === undefined || !/^https?:\/\/\S+$/.test(nodeAddress)) {
    return `The service of ${name} connects to "${nodeAddress ?? ''}", which has no http:// or https:// in front: it never reaches a node. Correct its command line.`
  }
  if (threads === undefined && pinnedCores === undefined) {
    return `The service of ${name} is given neither --threads nor --pinned-cores: post-service refuses to start so. Correct its command line.`
  }
  return undefined
}

export type ServiceProposal =
  { readonly is: 'service'; readonly value: SetupService } | { readonly is: 'refused'; readonly problem: string }

/** A found service for the set-up: its owner kept, its flags carried, nothing of it changed. */
export function proposeService(offered: Offered, name: string): ServiceProposal {
  const { identity, setup, service } = offered
  const problem = refusal(offered, name)
  if (problem !== undefined) return { is: 'refused', problem }
  const parsed = serviceSchema.safeParse({
    identity,
    owner: setup.owner,
    binary: service.binary ?? 'post-service',
    posFolder: service.posFolder,
    nonces: service.nonces ?? BUILT_IN.nonces,
    ...(service.pinnedCores === undefined ? { threads: service.threads } : { pinnedCores: service.pinnedCores }),
    randomx: service.randomx ?? BUILT_IN.randomx,
    operator: reached(service.operator ?? ''),
    nodeAddress: service.nodeAddress,
    remoteK2pow: service.remoteK2pow ?? null,
    ...extras(service.args),
    policy: 'always',
    ...(service.logFile === undefined ? {} : { logFile: service.logFile }),
  })
  if (parsed.success) return { is: 'service', value: parsed.data }
  const [issue] = parsed.error.issues
  return {
    is: 'refused',
    problem: `The service of ${name} is not brought in: its ${issue?.path.join('.') ?? 'command line'} is not usable (${issue?.message ?? 'unknown'}).`,
  }
}

/** Services of one set-up: no address and no folder twice. */
export function withoutClashes(
  services: readonly SetupService[],
  taken: readonly string[],
  nameOf: (id: string) => string,
): { readonly kept: readonly SetupService[]; readonly problems: readonly string[] } {
  const [addresses, folders] = [new Set(taken), new Set<string>()]
  const [kept, problems]: [SetupService[], string[]] = [[], []]
  for (const service of services) {
    if (addresses.has(service.operator)) {
      problems.push(
        `The operator address ${service.operator} of the service of ${nameOf(service.identity)} is used twice: only one of them is watched. Give each its own.`,
      )
    } else if (folders.has(service.posFolder)) {
      problems.push(`Two services are set up on ${service.posFolder}: only one of them is watched.`)
    } else {
      kept.push(service)
      addresses.add(service.operator)
      folders.add(service.posFolder)
    }
  }
  return { kept, problems }
}
