import { z } from 'zod'
import { OperationStopped } from '../types.ts'
import { saidBy, type ForeignManagers, type Ran } from './managers.ts'

const inspectSchema = z.array(
  z.looseObject({
    Id: z.string().regex(/^[0-9a-f]{12,64}$/),
    Name: z.string(),
    State: z.looseObject({ Running: z.boolean(), Restarting: z.boolean().default(false), Pid: z.number().default(0) }),
    HostConfig: z.looseObject({
      RestartPolicy: z
        .looseObject({ Name: z.string(), MaximumRetryCount: z.number().default(0) })
        .default({ Name: 'no', MaximumRetryCount: 0 }),
      AutoRemove: z.boolean().default(false),
    }),
    Config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }),
    Mounts: z.array(z.looseObject({ Source: z.string().default(''), Destination: z.string().default('') })).nullish(),
  }),
)

/** A container as docker has it. */
export interface ContainerState {
  readonly id: string
  readonly name: string
  readonly isRunning: boolean
  readonly pid: number
  /** As `docker update --restart` takes it: `no`, `always`, `unless-stopped`, `on-failure:3`. */
  readonly policy: string
  /** It is deleted when it stops. */
  readonly isRemoved: boolean
  readonly composeService?: string
  readonly composeFiles: readonly string[]
  readonly isSwarm: boolean
  readonly mounts: readonly { readonly source: string; readonly target: string }[]
}

const QUICK_MS = 30_000

const docker = (managers: ForeignManagers, args: readonly string[], withinMs = QUICK_MS): Promise<Ran> =>
  managers.run({ program: 'docker', args, withinMs })

/** Docker gives an empty policy for `no`. */
const policyOf = ({ Name, MaximumRetryCount }: { readonly Name: string; readonly MaximumRetryCount: number }): string =>
  Name === '' || Name === 'no' ? 'no' : Name === 'on-failure' && MaximumRetryCount > 0 ? `on-failure:${MaximumRetryCount}` : Name

function parseInspect(text: string): readonly ContainerState[] {
  return inspectSchema.parse(JSON.parse(text)).map(({ Id, Name, State, HostConfig, Config, Mounts }) => {
    const labels = Config.Labels ?? {}
    const service = labels['com.docker.compose.service']
    return {
      id: Id,
      name: Name.replace(/^\//, ''),
      isRunning: State.Running || State.Restarting,
      pid: State.Pid,
      policy: policyOf(HostConfig.RestartPolicy),
      isRemoved: HostConfig.AutoRemove,
      ...(service === undefined ? {} : { composeService: service }),
      composeFiles: (labels['com.docker.compose.project.config_files'] ?? '').split(',').filter((file) => file !== ''),
      isSwarm: labels['com.docker.swarm.service.name'] !== undefined,
      mounts: (Mounts ?? []).map(({ Source, Destination }) => ({ source: Source, target: Destination })),
    }
  })
}

export type Containers =
  { readonly is: 'listed'; readonly all: readonly ContainerState[] } | { readonly is: 'unreachable'; readonly why: string }

const parsed = (text: string): Containers => {
  try {
    return { is: 'listed', all: parseInspect(text) }
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return { is: 'unreachable', why: 'its answer is not understood' }
    throw cause
  }
}

/** Every container, the stopped ones too. */
export async function containers(managers: ForeignManagers): Promise<Containers> {
  const listed = await docker(managers, ['ps', '--all', '--quiet', '--no-trunc'])
  if (listed.code !== 0) return { is: 'unreachable', why: saidBy(listed) }
  const ids = listed.stdout.split(/\s+/).filter((id) => id !== '')
  if (ids.length === 0) return { is: 'listed', all: [] }
  const inspected = await docker(managers, ['inspect', '--type', 'container', ...ids])
  return inspected.code === 0 ? parsed(inspected.stdout) : { is: 'unreachable', why: saidBy(inspected) }
}

/** One container; undefined when docker answers that there is none. @throws OperationStopped when docker does not answer */
export async function containerState(managers: ForeignManagers, id: string, name: string): Promise<ContainerState | undefined> {
  const ran = await docker(managers, ['inspect', '--type', 'container', id])
  const answer: Containers = ran.code === 0 ? parsed(ran.stdout) : { is: 'unreachable', why: saidBy(ran) }
  if (answer.is === 'listed') return answer.all[0]
  if (/no such (container|object)/i.test(answer.why)) return undefined
  throw new OperationStopped(
    'foreign/docker-unreachable',
    `Docker does not tell what becomes of the container ${name}: ${answer.why}. When “docker ps” works again, finish it or roll it back`,
  )
}

async function must(managers: ForeignManagers, args: readonly string[], withinMs?: number): Promise<void> {
  const ran = await docker(managers, args, withinMs)
  if (ran.code !== 0)
    throw new OperationStopped(
      'foreign/manager-refused',
      `Docker did not do “${args.join(' ')}”: ${saidBy(ran)}. Mend that, then finish it or roll it back`,
    )
}

export const setPolicy = (managers: ForeignManagers, id: string, policy: string): Promise<void> =>
  must(managers, ['update', `--restart=${policy}`, id])

/** The gentle signal, and docker's kill only after all of the patience. */
export const stopContainer = (managers: ForeignManagers, id: string, patienceMs: number): Promise<void> =>
  must(managers, ['stop', '-t', String(Math.ceil(patienceMs / 1000)), id], patienceMs + QUICK_MS)

export const startContainer = (managers: ForeignManagers, id: string): Promise<void> => must(managers, ['start', id], 2 * QUICK_MS)
