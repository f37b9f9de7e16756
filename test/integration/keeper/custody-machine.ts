import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { apiOver, connectKeeper, type KeeperLink } from '../../../electron/ipc/index.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { homeAt, type Home } from '../../../electron/lib/home.ts'
import { preparePractice } from '../../../electron/practice/index.ts'
import { BACKUP_PARTS } from '../../../shared/domain/backup.ts'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { ScanState } from '../../../shared/domain/inventory.ts'
import { contract } from '../../../shared/ipc/contract.ts'
import type { AppSnapshot, IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { secretsIn, secretsInText } from '../../secrets/search.ts'
import { endLater, eventually, isAlive, newHome, startCli, type Running } from './running.ts'

const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))

/** One identity of the machine; `hex` is what its key file holds. */
export interface MachineKey {
  readonly id: string
  readonly hex: string
  readonly file: string
}

/** A user's machine with a real set-up of ours (no practice) whose node and services are the practice programs. */
export interface Machine {
  readonly home: Home
  readonly user: string
  readonly setup: Setup
  readonly dataFolder: string
  readonly keys: readonly MachineKey[]
  readonly env: Readonly<Record<string, string>>
  /** Every key and passphrase that must be nowhere but in its own file. */
  readonly secrets: { readonly keys: string[]; readonly passphrases: string[] }
  writeScript(node: object): void
  /** A second node folder with copies of keys, with ports of its own. */
  secondNode(name: string, keys: readonly MachineKey[]): Promise<SecondNode>
}

export interface SecondNode {
  readonly dataFolder: string
  readonly configFile: string
  readonly files: readonly string[]
  /** Runs it as somebody else would. */
  start(): number
}

interface Asked {
  readonly identities: number
  readonly epochSeconds: number
  /** So long ago the network was made: its first epochs are over. */
  readonly agoSeconds?: number
  readonly services?: boolean
}

export async function aMachine({ identities, epochSeconds, agoSeconds = 0, services = true }: Asked): Promise<Machine> {
  const home = newHome()
  const user = path.join(home.root, 'user')
  const practice = homeAt(home.practice)
  for (const folder of [home.config, home.state, practice.state, path.join(user, '.config')]) mkdirSync(folder, { recursive: true })
  const network = { root: path.join(user, 'spacemesh'), state: path.join(user, 'spacemesh', 'state') }
  const prepared = await preparePractice({ home: network, identities, epochSeconds, now: Date.now() - agoSeconds * 1_000 })
  if (!prepared.ok) throw new Error(prepared.fault.detail)
  const script = path.join(practice.state, 'script.json')
  const { node, ...rest } = prepared.value.setup
  if (node.mode !== 'managed') throw new Error('practice manages its node')
  const setup: Setup = { ...rest, node: { ...node, wanted: 'down' }, services: services ? rest.services : [] }
  writeFileSync(path.join(home.config, 'setup.json'), JSON.stringify(setup))
  const practiceEnv = { ...prepared.value.env, SMESHKEEPER_PRACTICE_SCRIPT: script }
  writeFileSync(path.join(practice.state, 'practice-env.json'), JSON.stringify(practiceEnv))
  const keys = setup.identities.map(({ id, keyFile = '' }): MachineKey => {
    const file = path.join(node.dataFolder, 'identities', keyFile)
    return { id, file, hex: readFileSync(file, 'latin1') }
  })
  return {
    home,
    user,
    setup,
    dataFolder: node.dataFolder,
    keys,
    env: { HOME: user, XDG_CONFIG_HOME: path.join(user, '.config'), XDG_DATA_HOME: path.join(user, '.local', 'share') },
    secrets: { keys: keys.map(({ hex }) => hex), passphrases: [] },
    writeScript(what) {
      writeFileSync(`${script}.new`, JSON.stringify({ node: what }))
      renameSync(`${script}.new`, script)
    },
    secondNode: (name, theirs) => secondNode(path.join(user, name), { keys: theirs, epochSeconds, env: practiceEnv }),
  }
}

async function secondNode(
  folder: string,
  like: { readonly keys: readonly MachineKey[]; readonly epochSeconds: number; readonly env: Readonly<Record<string, string>> },
): Promise<SecondNode> {
  const prepared = await preparePractice({
    home: { root: folder, state: path.join(folder, 'state') },
    identities: 1,
    epochSeconds: like.epochSeconds,
    now: Date.now(),
  })
  if (!prepared.ok || prepared.value.setup.node.mode !== 'managed') throw new Error('no second node')
  const { dataFolder, configFile } = prepared.value.setup.node
  const identities = path.join(dataFolder, 'identities')
  for (const name of readdirSync(identities)) renameSync(path.join(identities, name), path.join(folder, name))
  const files = like.keys.map(({ file, hex }) => {
    const copy = path.join(identities, path.basename(file))
    writeFileSync(copy, hex, { mode: 0o600 })
    return copy
  })
  return {
    dataFolder,
    configFile,
    files,
    start() {
      const own = launch('go-spacemesh')
      const log = openSync(path.join(folder, 'node.log'), 'a')
      const { pid = 0 } = spawn(own.file, [...own.prefixArgs, '--config', configFile], {
        cwd: folder,
        env: { ...process.env, ...own.env, ...like.env },
        stdio: ['ignore', log, log],
        detached: true,
      })
      closeSync(log)
      endLater(pid)
      return pid
    },
  }
}

/** A unit of systemd, enabled at log-in, that would start this node. */
export function writeUnit(machine: Machine, name: string, node: SecondNode): string {
  const units = path.join(machine.user, '.config', 'systemd', 'user')
  mkdirSync(path.join(units, 'default.target.wants'), { recursive: true })
  const text = `[Unit]\nDescription=Old node\n[Service]\nExecStart=/opt/spacemesh/go-spacemesh --config ${node.configFile}\n[Install]\nWantedBy=default.target\n`
  for (const folder of [units, path.join(units, 'default.target.wants')]) writeFileSync(path.join(folder, name), text)
  return name
}

export interface Keeper {
  readonly running: Running
  readonly api: ReturnType<typeof apiOver<typeof contract>>
  snapshot(): Promise<AppSnapshot>
  identity(id: string): Promise<IdentitySnapshot>
  /** Pid of our node as the process table has it. */
  nodePid(): number | undefined
  /** Searches the machine to the end. */
  scan(): Promise<void>
  /** Ends the keeper and all that it runs. */
  stop(): Promise<void>
}

type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

/** The value of an answer that must be good. */
export async function value<T>(answer: Promise<Answered<T>> | Answered<T>): Promise<T> {
  const got = await answer
  if (!got.ok) throw new Error(`${got.fault.code}: ${got.fault.detail}`)
  return got.value
}

/** The fault of an answer that must be refused. */
export async function refusal(answer: Promise<Answered<unknown>> | Answered<unknown>): Promise<Fault> {
  const got = await answer
  if (got.ok) throw new Error(`it was not refused: ${JSON.stringify(got.value)}`)
  return got.fault
}

const crossings = new Map<Home, string[]>()

/** The keeper as a user starts it; all that crosses its socket is written down. */
export async function startKeeper(machine: Machine): Promise<Keeper> {
  const { home } = machine
  const running = startCli(home, ['run', '--json'], machine.env)
  let link: KeeperLink | undefined
  await eventually('the keeper answers', async () => {
    const connected = await connectKeeper(home.socket, 'test')
    if (connected.ok) link = connected.value
    return connected.ok
  })
  if (link === undefined) throw new Error('no keeper')
  const open = link
  const crossed = crossings.get(home) ?? []
  crossings.set(home, crossed)
  open.onTopic((name, told) => void crossed.push(JSON.stringify([name, told])))
  const api = apiOver(contract, {
    onTopic: (listener) => open.onTopic(listener),
    async call(name, input) {
      const answer = await open.call(name, input)
      crossed.push(JSON.stringify([name, answer]))
      return answer
    },
  })
  const snapshot = (): Promise<AppSnapshot> => value(api.app.snapshot())
  const table = path.join(home.state, 'processes.json')
  return {
    running,
    api,
    snapshot,
    async identity(id) {
      const found = (await snapshot()).identities.find((one) => one.id === id)
      if (found === undefined) throw new Error(`${id} is not shown`)
      return found
    },
    nodePid() {
      try {
        const { records } = JSON.parse(readFileSync(table, 'utf8')) as { records: { name: string; pid?: number }[] }
        const pid = records.find(({ name }) => name === 'node')?.pid
        return pid !== undefined && isAlive(pid) ? pid : undefined
      } catch {
        return undefined
      }
    },
    async scan() {
      const state = async (): Promise<ScanState> => value(api.scan.state())
      await value(api.scan.begin({ folders: [] }))
      await eventually('the machine is searched', async () => (await state()).is !== 'running', 60_000)
      expect((await state()).is).toBe('done')
    },
    async stop() {
      await value(api.app.quit({ outcome: 'stop-all' }))
      await running.exit
    },
  }
}

/** Nothing that crossed and no file of ours but the keys' own holds a key or a passphrase. */
export function expectNoSecrets({ home, secrets }: Machine): void {
  const crossed = crossings.get(home) ?? []
  expect(crossed.length).toBeGreaterThan(5)
  expect(secretsInText(crossed.join('\n'), secrets)).toEqual([])
  expect(secretsIn(home.root, secrets)).toEqual([])
}

/** The input of a whole backup. */
export const backupTo = (folder: string, secret: { readonly passphrase?: string; readonly recipients?: string[] }) => ({
  folder,
  parts: [...BACKUP_PARTS],
  extraFiles: [],
  recipients: [],
  remember: false,
  withHistory: false,
  ...secret,
})

export const hasAge = spawnSync('age-keygen', ['--version']).error === undefined
if (!hasAge) console.log('skipped: needs age and age-keygen (Debian: age)')

/** A pair of age, made by age-keygen. */
export function ageIdentity(folder: string): { readonly file: string; readonly recipient: string } {
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'age-identity.txt')
  spawnSync('age-keygen', ['-o', file])
  return { file, recipient: /age1\w+/.exec(readFileSync(file, 'utf8'))?.[0] ?? '' }
}
