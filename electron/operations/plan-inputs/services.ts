import os from 'node:os'
import type { FoundServiceSetup } from '../../../shared/domain/inventory.ts'
import type { Setup, SetupService } from '../../../shared/setup/schema.ts'
import type { PlanContext } from '../context.ts'

/** What a node proves with when nothing is configured. @source facts/smapp-and-migration.md §4 step 10 */
const NODE_NONCES = 288
const nodeThreads = (): number => Math.max(1, Math.floor(os.cpus().length * 0.75))

/** Folder of an identity's PoS data, as the last search found it; the first of several. */
export function posFolderOf({ posFolders }: Pick<PlanContext, 'posFolders'>, identity: string): string | undefined {
  return posFolders.find(({ state }) => state.is === 'present' && state.identity === identity)?.path
}

/** How somebody else serves this folder, for its nonces and threads. */
const foundFor = ({ setups }: Pick<PlanContext, 'setups'>, posFolder: string): FoundServiceSetup | undefined =>
  setups.flatMap(({ services }) => services).find((one) => one.posFolder === posFolder)

/** The next loopback port that no service of the set-up uses. */
function freeOperator(services: readonly SetupService[]): string {
  const used = services.map(({ operator }) => Number(operator.split(':').at(-1)))
  return `127.0.0.1:${used.length === 0 ? 50_051 : Math.max(...used) + 1}`
}

/**
 * The set-up with these identities and a service for each whose PoS data is known. A service is made like the first one that
 * is there; nonces and threads are those with which the data was proved before.
 */
export function withIdentities(
  setup: Setup,
  added: readonly { readonly id: string; readonly keyFile: string; readonly nickname?: string }[],
  context: PlanContext,
): Setup {
  const known = new Set(setup.identities.map(({ id }) => id))
  const identities = added.map(({ id, keyFile, nickname }) => ({
    id,
    keyFile,
    ...(nickname === undefined ? {} : { nickname: nickname.slice(0, 60) }),
  }))
  let services = [...setup.services]
  for (const { id } of added) {
    const made = services.some(({ identity }) => identity === id) ? undefined : serviceFor(id, { setup, services, context })
    if (made !== undefined) services = [...services, made]
  }
  const kept = setup.identities.map((one) => identities.find(({ id }) => id === one.id) ?? one)
  return { ...setup, identities: [...kept, ...identities.filter(({ id }) => !known.has(id))], services }
}

function serviceFor(
  identity: string,
  { setup, services, context }: { readonly setup: Setup; readonly services: readonly SetupService[]; readonly context: PlanContext },
): SetupService | undefined {
  const posFolder = posFolderOf(context, identity)
  const model = services[0]
  const found = posFolder === undefined ? undefined : foundFor(context, posFolder)
  const binary = model?.binary ?? found?.binary
  if (posFolder === undefined || binary === undefined || setup.node.mode !== 'managed') return undefined
  const nodeAddress = `http://${setup.node.listeners.post}`
  const cores =
    model?.pinnedCores === undefined ? { threads: found?.threads ?? model?.threads ?? nodeThreads() } : { threads: nodeThreads() }
  return {
    identity,
    owner: 'smeshkeeper',
    binary,
    posFolder,
    nonces: found?.nonces ?? model?.nonces ?? NODE_NONCES,
    ...cores,
    randomx: found?.randomx ?? model?.randomx ?? 'fast',
    operator: freeOperator(services),
    nodeAddress,
    tls: model?.tls ?? null,
    remoteK2pow: model?.remoteK2pow ?? null,
    k2powParallelism: model?.k2powParallelism ?? null,
    rustLog: model?.rustLog ?? 'info',
    extraArgs: [...(model?.extraArgs ?? [])],
    policy: model?.policy ?? 'always',
    wanted: 'up',
    stoppedBy: null,
  }
}

/** The set-up without these identities and their services. */
export const withoutIdentities = (setup: Setup, ids: ReadonlySet<string>): Setup => ({
  ...setup,
  identities: setup.identities.filter(({ id }) => !ids.has(id)),
  services: setup.services.filter(({ identity }) => !ids.has(identity)),
})
