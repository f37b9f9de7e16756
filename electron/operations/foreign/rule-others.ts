import { OperationStopped, type StepTools } from '../types.ts'
import type { StopData, Target } from './data.ts'
import { containerState, setPolicy, startContainer, stopContainer } from './docker.ts'
import { until, type ForeignManagers } from './managers.ts'
import { beforeOf, nameOf } from './remembered.ts'
import { stillUsed, usersOf } from './users.ts'

const LOOK_MS = 500

type DockerTarget = Extract<Target, { is: 'docker' }>
type ProcessTarget = Extract<Target, { is: 'program' | 'script' }>

/** The policy first: a container that stops under `always` comes back with the next start of docker. */
export async function stopDocker(
  { target, folders, patienceMs }: StopData & { readonly target: DockerTarget },
  managers: ForeignManagers,
  tools: StepTools,
): Promise<string> {
  beforeOf(target, 'docker', tools)
  const state = await containerState(managers, target.container, target.name)
  if (state === undefined) return `The container ${target.name} is not there any more: nothing starts it`
  if (state.policy !== 'no') await setPolicy(managers, target.container, 'no')
  if (state.isRunning) await stopContainer(managers, target.container, patienceMs)
  const now = await containerState(managers, target.container, target.name)
  if (now?.isRunning === true)
    throw new OperationStopped(
      'foreign/not-stopped',
      `The container ${target.name} still runs although docker stopped it: something starts it again. Find out what does (docker events), then finish it or roll it back`,
    )
  const users = await usersOf(managers, { folders, withOurs: false })
  if (users.length > 0) throw stillUsed(users, 'the take-over does not go on')
  return `Container ${target.name}: restart policy no, not running`
}

export async function putBackDocker(
  { target, folders }: StopData & { readonly target: DockerTarget },
  managers: ForeignManagers,
  tools: StepTools,
): Promise<string> {
  const before = beforeOf(target, 'docker', tools)
  const state = await containerState(managers, target.container, target.name)
  if (state === undefined)
    throw new OperationStopped(
      'foreign/vanished',
      `The container ${target.name} was removed meanwhile, so it cannot be put back. Make it again with “docker compose up -d”, then roll back again`,
    )
  if (before.isRunning && !state.isRunning) {
    const users = await usersOf(managers, { folders, withOurs: true })
    if (users.length > 0) throw stillUsed(users, `the container ${target.name} is not started again`)
  }
  if (state.policy !== before.policy) await setPolicy(managers, target.container, before.policy)
  if (before.isRunning && !state.isRunning) await startContainer(managers, target.container)
  return `Container ${target.name} is as before: restart policy ${before.policy}, ${before.isRunning ? 'running' : 'not running'}`
}

/** Whether the process is still the one that the plan saw: its number may be another's by now. */
async function isStillIt(target: ProcessTarget, managers: ForeignManagers): Promise<boolean> {
  if (target.is === 'program')
    return (await managers.programs()).some(
      ({ pid, program, folder }) => pid === target.pid && program === target.program && folder === target.folder,
    )
  const argv = managers.commandOf(target.pid)
  return argv !== undefined && argv.length === target.argv.length && argv.every((word, at) => word === target.argv[at])
}

export async function stopProcess(
  { target, patienceMs }: StopData & { readonly target: ProcessTarget },
  managers: ForeignManagers,
  tools: StepTools,
): Promise<string> {
  beforeOf(target, 'process', tools)
  const isGone = async (): Promise<boolean> => !(await isStillIt(target, managers))
  if (await isGone()) return `${nameOf(target)} does not run any more`
  managers.terminate(target.pid)
  if (await until(managers, { withinMs: patienceMs, everyMs: LOOK_MS }, isGone)) return `${nameOf(target)} was ended by the gentle signal`
  throw new OperationStopped(
    'foreign/not-stopped',
    `${nameOf(target)} has not ended yet. It is not killed, it may still be writing: wait for it or end it yourself, then finish it or roll it back`,
  )
}

/** What somebody started by hand is his to start again: its terminal, environment and log are not ours to invent. */
export async function putBackProcess(
  { target }: StopData & { readonly target: ProcessTarget },
  managers: ForeignManagers,
  tools: StepTools,
): Promise<string> {
  const before = beforeOf(target, 'process', tools)
  if (!before.isRunning || (await isStillIt(target, managers))) return `${nameOf(target)} is as before`
  return `${nameOf(target)} was ended and had no manager: start it again as before with ${target.argv.join(' ')}`
}
