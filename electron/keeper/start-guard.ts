import { readdir, readFile, readlink } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { Setup, SetupService } from '../../shared/setup/schema.ts'
import { readOperator } from '../programs/index.ts'
import type { StartGuard } from './own-processes.ts'
import { serviceName } from './snapshot.ts'

/** Why the node must not start with the keys that it would load, as one sentence; `undefined` = it may. */
export type KeyGuard = () => Promise<string | undefined>

/** What the guard looks at; injected, so that every answer can be tested. */
export interface GuardEyes {
  /** Whether somebody takes connections at `host:port`. */
  isListening(address: string): Promise<boolean>
  /** Pids of post-services, not ours, that serve this folder; empty where the system does not tell. */
  servers(posFolder: string): Promise<readonly number[]>
}

const CONNECT_MS = 500
const ASK_MS = 1_000

/** Whether somebody takes connections at `host:port`. */
export function takesConnections(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
  return new Promise((resolve) => {
    const socket = connect({ host: host === '0.0.0.0' ? '127.0.0.1' : host, port: Number(port) })
    const finish = (answer: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => finish(false), CONNECT_MS)
    socket.on('connect', () => finish(true))
    socket.on('error', () => finish(false))
  })
}

/** The folder that a post-service's command line names. */
export function folderOf(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === '--dir' || arg === '-d' || arg.startsWith('--dir='))
  const isService = args.slice(0, at < 0 ? undefined : at).some((arg) => arg.includes('post-service'))
  if (at < 0 || !isService) return undefined
  const arg = args[at] ?? ''
  return arg.startsWith('--dir=') ? arg.slice('--dir='.length) : args[at + 1]
}

async function serversOnLinux(posFolder: string, isOurs: (pid: number) => boolean): Promise<readonly number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      const folder = folderOf(line.split('\0'))
      if (folder === undefined || isOurs(Number(pid))) return []
      const cwd = path.isAbsolute(folder) ? '/' : await readlink(`/proc/${pid}/cwd`).catch(() => '/')
      return path.resolve(cwd, folder) === path.resolve(posFolder) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

export const systemEyes = (isOurs: (pid: number) => boolean): GuardEyes => ({
  isListening: takesConnections,
  servers: (posFolder) => (process.platform === 'linux' ? serversOnLinux(posFolder, isOurs) : Promise.resolve([])),
})

/** These must not run at all, whoever asks. */
const NEVER: ReadonlySet<string> = new Set(['banned', 'twin-suspected', 'held'])

async function serviceRefusal(service: SetupService, name: string, eyes: GuardEyes): Promise<string | undefined> {
  const [{ answer }, servers] = await Promise.all([readOperator(service.operator, { deadlineMs: ASK_MS }), eyes.servers(service.posFolder)])
  if (servers[0] !== undefined) {
    return (
      `The service of ${name} is not started: process ${servers.join(', ')} already serves ${service.posFolder}, and a second one would only ` +
      'stand by. Stop that process, or say in Settings who runs it.'
    )
  }
  if (answer.is === 'none') return undefined
  const who = answer.is === 'garbage' || answer.is === 'silent' ? 'another program uses' : 'another PoST service answers at'
  return (
    `The service of ${name} is not started: ${who} its operator address ${service.operator}, and nobody could see what it does. ` +
    'Stop that program, or give this service another operator address.'
  )
}

async function nodeRefusal({ node }: Setup, eyes: GuardEyes): Promise<string | undefined> {
  if (node.mode !== 'managed') return undefined
  for (const [listener, address] of Object.entries(node.listeners)) {
    if (!(await eyes.isListening(address))) continue
    return (
      `The node is not started: another program uses ${address}, which is to be its ${listener} listener. Services that prove go on, but ` +
      'nothing is handed over or published. Stop that program, or choose another port in the set-up.'
    )
  }
  return undefined
}

/** A start is refused when it would make a second copy of something, or something that nobody can watch. */
export function startGuard(
  setup: () => Setup,
  snapshot: () => AppSnapshot | undefined,
  eyes: GuardEyes,
  keyGuard: KeyGuard = () => Promise.resolve(undefined),
): StartGuard {
  return async (name, isEnding) => {
    if (name === 'node') return (await keyGuard()) ?? (isEnding ? undefined : await nodeRefusal(setup(), eyes))
    const service = setup().services.find((one) => serviceName(one.identity) === name)
    if (service === undefined) return undefined
    const listed = setup().identities.find((one) => one.id === service.identity)
    const shown = snapshot()?.identities.find((one) => one.id === service.identity)
    const called = listed?.nickname ?? shown?.name ?? name
    if (listed?.held !== undefined)
      return `The service of ${called} is not started: its key is kept out of the node (${listed.held.reason}). Release the key first.`
    if (shown !== undefined && NEVER.has(shown.status.kind)) return `The service of ${called} is not started: ${shown.status.sentence}`
    return isEnding ? undefined : serviceRefusal(service, called, eyes)
  }
}
