import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import { containers, type ContainerState } from './docker.ts'
import type { Target } from './data.ts'
import { NOTHING_FOUND, refusal, type FoundTargets, type TargetSearch } from './found-targets.ts'

const asTarget = ({ id, name }: ContainerState): Target => ({ is: 'docker', container: id, name })

/** A container by its own name, or by its service in this compose file. */
const isNamed = (state: ContainerState, name: string, file: string): boolean =>
  state.name === name || (state.composeService === name && (state.composeFiles.length === 0 || state.composeFiles.includes(file)))

/** Names of the containers of a set-up, or the id of the one that a bare process runs in. */
const namesOf = ({ node, services }: FoundSetup): readonly string[] => [
  ...new Set([...services.map(({ unit }) => unit), node?.unit].filter((name) => name !== undefined)),
]

const idIn = (label: string): string | undefined => /container ([0-9a-f]{12,64})\)?$/.exec(label)?.[1]

function whyNot(found: readonly ContainerState[]): FoundTargets | undefined {
  const swarm = found.find(({ isSwarm }) => isSwarm)
  if (swarm !== undefined)
    return refusal(
      'foreign/cannot-disable',
      `${swarm.name} is a task of a docker swarm, which makes a new one when it stops. Scale its service to 0 (docker service scale NAME=0) and bring its folder in then`,
    )
  const removed = found.find(({ isRemoved }) => isRemoved)
  if (removed !== undefined)
    return refusal(
      'foreign/container-vanishes',
      `The container ${removed.name} was started with --rm: it is deleted when it stops, and no undo could start it again. Start it without --rm, then plan again`,
    )
  return undefined
}

/** Containers of a compose file, or of one running program. Services before the node, so that none of them waits for it. */
export async function findDocker({ setup, managers }: TargetSearch): Promise<FoundTargets> {
  const listed = await containers(managers)
  if (listed.is === 'unreachable')
    return refusal(
      'foreign/docker-unreachable',
      `${setup.label} runs in docker, and docker is not reached: ${listed.why}. Start docker, or give your user the right to ask it (group docker), until “docker ps” answers, then plan again`,
    )
  const id = idIn(setup.label)
  const found =
    id === undefined
      ? namesOf(setup).flatMap((name) => listed.all.filter((state) => isNamed(state, name, setup.file)))
      : listed.all.filter((state) => state.id.startsWith(id))
  if (found.length === 0)
    return refusal(
      'foreign/not-found',
      `Docker has no container of ${setup.label}: it was never started or is removed. Nothing starts it, so there is nothing to take over; bring its folder in as it is`,
    )
  return whyNot(found) ?? containerTargets(found)
}

const containerTargets = (found: readonly ContainerState[]): FoundTargets => ({
  ...NOTHING_FOUND,
  targets: found.map(asTarget),
  checks: found.map(({ name, isRunning, policy }) => ({
    is: 'pass' as const,
    text: `Container ${name}: ${isRunning ? 'running' : 'not running'}, restart policy ${policy}`,
  })),
  risks: [
    {
      grade: 'note',
      text: 'Its compose file stays as it is: “docker compose up” starts the containers again, with their own restart policy. Take them out of the file, or do not use it any more',
    },
  ],
})

/** The PSM in a container: itself first, so that it starts nothing again, then what it runs. */
export async function findContainerPsm(search: TargetSearch, folder: string): Promise<FoundTargets> {
  const listed = await containers(search.managers)
  const own =
    listed.is === 'listed'
      ? listed.all.filter(({ mounts }) => mounts.some(({ source, target }) => source === folder && /^\/psm\/?$/.test(target)))
      : []
  const rest = await findDocker(search)
  if (rest.refusals.length > 0) return rest
  if (own.length === 0)
    return refusal(
      'foreign/not-found',
      `No container with ${folder} as its /psm was found, so PSM cannot be kept from starting services again. Stop PSM yourself and remove its container, then search again`,
    )
  return whyNot(own) ?? { ...rest, targets: [...own.map(asTarget), ...rest.targets] }
}
