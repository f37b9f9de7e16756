import { existsSync } from 'node:fs'
import path from 'node:path'
import os from 'node:os'
import { serviceSchema, type Setup, type SetupService } from '../../../shared/setup/schema.ts'
import { takesConnections } from '../start-guard.ts'

const FIRST_OPERATOR_PORT = 50_051
const LAST_PORT = 65_535

/** post-service for a new identity: the one that the others use, else beside the node, as releases bring it. */
export function serviceBinary(setup: Setup): string | undefined {
  const own = setup.services.find(({ owner }) => owner === 'smeshkeeper') ?? setup.services[0]
  if (own !== undefined) return own.binary
  const { node } = setup
  if (node.mode !== 'managed') return undefined
  if (node.binary.startsWith('practice:')) return 'practice:post-service'
  const names = process.platform === 'win32' ? ['post-service.exe', 'service.exe'] : ['post-service', 'service']
  return names.map((name) => path.join(path.dirname(node.binary), name)).find((file) => existsSync(file))
}

export interface NewService {
  readonly binary: string
  /** See `freeOperator`. */
  readonly operator: string
  readonly identity: string
  readonly name: string
  readonly posFolder: string
  readonly nonces: number
  readonly threads?: number | undefined
  readonly randomx: 'fast' | 'light'
}

/** Address for the operator API of one service more: of no program of the set-up, and nobody else here listens there. */
export async function freeOperator(setup: Setup): Promise<string> {
  const { node } = setup
  const listeners = node.mode === 'managed' ? Object.values(node.listeners) : [node.public, node.private, node.post]
  const taken = new Set([...setup.services.map(({ operator }) => operator), ...listeners].map((address) => address.split(':').at(-1)))
  let port = FIRST_OPERATOR_PORT
  while (port < LAST_PORT && (taken.has(String(port)) || (await takesConnections(`127.0.0.1:${port}`)))) port += 1
  return `127.0.0.1:${port}`
}

/** The set-up with one identity and its service more; both stay as they are where they are there already. */
export function withService(setup: Setup, made: NewService): Setup {
  const { identity, name } = made
  const known = setup.identities.find(({ id }) => id === identity)
  const listed =
    known === undefined
      ? { id: identity, ...(name === '' ? {} : { nickname: name }) }
      : { ...known, ...(name === '' ? {} : { nickname: name }) }
  const identities =
    known === undefined ? [...setup.identities, listed] : setup.identities.map((one) => (one.id === identity ? listed : one))
  if (setup.services.some((one) => one.identity === identity)) return { ...setup, identities }
  return { ...setup, identities, services: [...setup.services, serviceFor(setup, made)] }
}

function serviceFor(setup: Setup, { identity, binary, operator, posFolder, nonces, threads, randomx }: NewService): SetupService {
  const { node } = setup
  const like = setup.services.find(({ owner }) => owner === 'smeshkeeper')
  return serviceSchema.parse({
    identity,
    binary,
    posFolder,
    nonces,
    threads: threads ?? Math.max(1, Math.floor((os.availableParallelism() * 3) / 4)),
    randomx,
    operator,
    nodeAddress: like?.nodeAddress ?? `http://${node.mode === 'managed' ? node.listeners.post : node.post}`,
    tls: like?.tls ?? null,
  })
}
