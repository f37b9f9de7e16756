import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach } from 'vitest'
import type { CustodyContext } from '../../../../electron/keeper/custody/context.ts'
import { noKeyring } from '../../../../electron/keeper/keyring.ts'
import type { Session } from '../../../../electron/keeper/session.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import { homeAt, type Home } from '../../../../electron/lib/home.ts'
import { ok } from '../../../../shared/domain/fault.ts'
import { emptyIdentity, emptyWorld, type IdentityBelief, type Seen, type World } from '../../../../shared/domain/world.ts'
import type { AppSnapshot } from '../../../../shared/ipc/snapshot.ts'
import type { ProcessState } from '../../../../shared/domain/process.ts'
import type { Setup } from '../../../../shared/setup/schema.ts'
import { silentLog, type TestKey } from '../../identities/keys.ts'
import { aSetup } from '../builders.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder of the test's own, gone after it. */
export function aFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sk-custody-'))
  folders.push(folder)
  return folder
}

/** A session as far as the custody looks at it. */
export class FakeSession {
  world: World = emptyWorld()
  shown: AppSnapshot | undefined
  node: ProcessState | undefined = { at: 'ready', since: 0, pid: 4711 }
  readonly said: string[] = []
  readonly processes = {
    state: (name: string) => (name === 'node' ? this.node : undefined),
    states: () => new Map(this.node === undefined ? [] : [['node', this.node]]),
    restartAnew: (name: string) => void this.said.push(`restart ${name}`),
    setDesired: (name: string, desired: 'up' | 'down') => {
      this.said.push(`${desired} ${name}`)
      if (desired === 'down' && name === 'node') this.node = { at: 'stopped' }
    },
    start: (name: string) => {
      this.said.push(`start ${name}`)
      return Promise.resolve(ok(undefined))
    },
  }
  readonly setup: () => Setup
  constructor(setup: () => Setup) {
    this.setup = setup
  }
  emit = (): void => {}
  snapshot = () => this.shown
  /** The part that is played is all that the custody uses. */
  asSession = (): Session => this as unknown as Session
  knows(belief: Partial<IdentityBelief> & Pick<IdentityBelief, 'id'>): void {
    this.world = {
      ...this.world,
      identities: new Map([...this.world.identities, [belief.id, { ...emptyIdentity(belief.id), ...belief }]]),
    }
  }
}

export const seen = <T>(value: T, at: number): Seen<T> => ({ value, source: 'smesher-ids', at, steady: at })

export interface TestCustody {
  readonly context: CustodyContext
  readonly home: Home
  readonly clock: FakeClock
  readonly session: FakeSession
  readonly dataFolder: string
  readonly published: { readonly topic: string; readonly value: unknown }[]
  readonly lines: string[]
  readonly setup: () => Setup
  readonly change: (setup: Setup) => void
}

/** What all desks share, over a home and a node folder of the test's own; `keys` are in the set-up, not in the folder. */
export function aCustody(keys: readonly TestKey[] = [], change: Partial<CustodyContext> = {}): TestCustody {
  const root = aFolder()
  const home = homeAt(path.join(root, 'home'))
  const dataFolder = path.join(root, 'node')
  for (const folder of [home.state, home.config, path.join(dataFolder, 'identities')]) mkdirSync(folder, { recursive: true })
  const plain = aSetup()
  let setup: Setup = {
    ...plain,
    node: { ...plain.node, dataFolder },
    identities: keys.map(({ id }, i) => ({ id, nickname: ['Amber', 'Birch', 'Cedar'][i] ?? `No ${i}`, keyFile: `k${i}.key` })),
    services: [],
  }
  const clock = new FakeClock()
  const session = new FakeSession(() => setup)
  const published: { topic: string; value: unknown }[] = []
  const lines: string[] = []
  const context: CustodyContext = {
    home,
    clock,
    log: silentLog(lines),
    mode: 'real',
    keyring: noKeyring,
    version: '0.0.0',
    launch: () => ({ file: '/nowhere', prefixArgs: [], env: {} }),
    setup: () => setup,
    session: () => session.asSession(),
    diskSpeeds: () => [],
    editSetup: (edit) => {
      setup = edit(setup)
      return Promise.resolve(ok(undefined))
    },
    rereadSetup: () => Promise.resolve(ok(undefined)),
    changeSetup: (next) => {
      setup = next
      return Promise.resolve(ok(undefined))
    },
    publish: (topic, value) => void published.push({ topic, value }),
    ...change,
  }
  return { context, home, clock, session, dataFolder, published, lines, setup: () => setup, change: (next) => void (setup = next) }
}

/** Puts a key where the node would load it. */
export function arm(dataFolder: string, key: TestKey, name = `${key.id.slice(0, 8)}.key`): string {
  const file = path.join(dataFolder, 'identities', name)
  writeFileSync(file, key.hex, { mode: 0o600 })
  return file
}
