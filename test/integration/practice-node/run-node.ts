import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const entry = path.join(root, 'electron/practice/node/main.ts')
export const recordings = path.join(root, 'test/fixtures/recordings')

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  stdout(): string
  stderr(): string
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ran>
  /** Resolves when the output holds `text`; rejects when the process ends or the deadline passes before. */
  until(text: string | RegExp, deadlineMs?: number): Promise<void>
}

/** Starts the simulated node as a process of its own. */
export function startNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', SMESHKEEPER_PRACTICE_TIME_SCALE: '0.01', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let isOver = false
  const watchers = new Set<() => void>()
  const tell = (): void => watchers.forEach((run) => run())
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    tell()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    tell()
  })
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code, signal) => {
      isOver = true
      tell()
      resolve({ code, signal, stdout, stderr })
    })
  })
  const matches = (text: string | RegExp): boolean => (typeof text === 'string' ? stdout.includes(text) : text.test(stdout))
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    ended,
    until: (text, deadlineMs = 20_000) => {
      let resolve = (): void => undefined
      let reject: (why: Error) => void = () => undefined
      const promise = new Promise<void>((yes, no) => {
        resolve = yes
        reject = no
      })
      const end = (): void => {
        clearTimeout(timer)
        watchers.delete(look)
      }
      const missing = (why: string): Error => new Error(`${why} ${String(text)}:\n${stdout.slice(-3000)}\n${stderr}`)
      const timer = setTimeout(() => {
        end()
        reject(missing('not in time'))
      }, deadlineMs)
      const look = (): void => {
        if (matches(text)) {
          end()
          resolve()
        } else if (isOver) {
          end()
          reject(missing('ended before'))
        }
      }
      watchers.add(look)
      look()
      return promise
    },
  }
}

/** A folder that goes away with the test. */
export interface Place {
  readonly folder: string
  readonly data: string
  readonly identities: string
  remove(): void
}

/** A data folder with the four recorded throw-away keys. */
export function makePlace(keys = true): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'practice-node-'))
  const data = path.join(folder, 'node')
  const identities = path.join(data, 'identities')
  mkdirSync(identities, { recursive: true, mode: 0o700 })
  const source = path.join(recordings, 'data-folders/1.7.6-remote-after-sigterm/identities')
  if (keys) {
    for (const name of readdirSync(source)) {
      cpSync(path.join(source, name), path.join(identities, name))
      chmodSync(path.join(identities, name), 0o600)
    }
  }
  return { folder, data, identities, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A port is given out once only: tests run side by side. */
const given = new Set<number>()

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map((s) => new Promise<number>((resolve) => s.listen(0, '127.0.0.1', () => resolve((s.address() as AddressInfo).port)))),
  )
  await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))))
  const fresh = ports.filter((port) => !given.has(port))
  for (const port of fresh) given.add(port)
  return fresh.length === count ? fresh : [...fresh, ...(await freePorts(count - fresh.length))]
}

type Section = Readonly<Record<string, unknown>>
export type NodeConfigFile = Readonly<Record<string, Section | string>>

export const COINBASE = 'standalone1qqqqqqp3qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvqtwcg'

/** The recorded kind of config: preset standalone, all on loopback; `timing` shortens its epochs. */
export async function baseConfig(place: Place, genesisMs = Date.parse('2026-11-21T00:32:14Z')): Promise<NodeConfigFile> {
  const [pub, priv, post, p2p, poet] = await freePorts(5)
  return {
    preset: 'standalone',
    genesis: { 'genesis-time': `${new Date(genesisMs).toISOString().slice(0, 19)}Z`, 'genesis-extra-data': 'standalone' },
    main: {
      'data-folder': place.data,
      filelock: path.join(place.data, 'LOCK'),
      'poet-servers': [{ address: `http://127.0.0.1:${poet}`, pubkey: 'xYRhjZJBBk3jQl4efSvBvTGezlSzGErnKM9MUkR9DHM=' }],
    },
    poet: { 'retry-delay': '5ms' },
    api: {
      'grpc-public-listener': `127.0.0.1:${pub}`,
      'grpc-private-listener': `127.0.0.1:${priv}`,
      'grpc-post-listener': `127.0.0.1:${post}`,
    },
    p2p: { listen: `/ip4/127.0.0.1/tcp/${p2p}`, bootnodes: [], 'disable-natport': true },
    smeshing: { 'smeshing-start': false, 'smeshing-coinbase': COINBASE },
    logging: { 'log-encoder': 'json' },
  }
}

/** As {@link baseConfig}, with ports that the system chooses: for starts that nobody connects to. */
export const anyPortConfig = async (place: Place): Promise<NodeConfigFile> =>
  withValues(await baseConfig(place), {
    'api.grpc-public-listener': '127.0.0.1:0',
    'api.grpc-private-listener': '127.0.0.1:0',
    'api.grpc-post-listener': '127.0.0.1:0',
    'p2p.listen': '/ip4/127.0.0.1/tcp/0',
  })

/** Sets dotted values in a copy. */
export function withValues(config: NodeConfigFile, values: Readonly<Record<string, unknown>>): NodeConfigFile {
  const copy: Record<string, unknown> = structuredClone(config)
  for (const [dotted, value] of Object.entries(values)) {
    const parts = dotted.split('.')
    const last = parts.pop() ?? ''
    let at: Record<string, unknown> = copy
    for (const part of parts) at = (at[part] ??= {}) as Record<string, unknown>
    at[last] = value
  }
  return copy as NodeConfigFile
}

export function writeConfig(place: Place, config: NodeConfigFile | string, name = 'config.json'): string {
  const file = path.join(place.folder, name)
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config))
  return file
}
