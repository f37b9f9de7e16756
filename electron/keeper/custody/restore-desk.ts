import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import path from 'node:path'
import type { RestorePlan } from '../../../shared/domain/backup.ts'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { epochAt } from '../../../shared/domain/network.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { riskEnd } from '../../../shared/domain/publication-record.ts'
import { moment } from '../../../shared/domain/words.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Secret } from '../../../shared/ipc/keys-contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { RestoreHere, RestoreOutcome, SecretSource, VaultRequest } from '../../vault/index.ts'
import { ownKeys } from './backup-sources.ts'
import { dataFolderOf, type CustodyContext } from './context.ts'
import type { KeyDesk } from './key-desk.ts'
import { reachable } from './reachable.ts'
import { notInternal, type VaultRunner } from './vault-runner.ts'

/** An opened plan is forgotten after this, and the secret that opened it. */
const OPEN_MS = 600_000

interface Opened {
  readonly plan: RestorePlan
  readonly secret: SecretSource
  readonly forget: () => void
}

interface Parts {
  readonly context: CustodyContext
  readonly desk: KeyDesk
  readonly inventory: () => Inventory | undefined
  readonly vault: VaultRunner
  readonly keysChanged: () => void
}

/** Opens backups, compares them with what is here, and brings chosen items back. */
export class RestoreDesk {
  readonly #context: CustodyContext
  readonly #desk: KeyDesk
  readonly #inventory: Parts['inventory']
  readonly #vault: VaultRunner
  readonly #keysChanged: () => void
  readonly #opened = new Map<string, Opened>()

  constructor({ context, desk, inventory, vault, keysChanged }: Parts) {
    this.#context = context
    this.#desk = desk
    this.#inventory = inventory
    this.#vault = vault
    this.#keysChanged = keysChanged
  }

  plan(token: string): RestorePlan | undefined {
    return this.#opened.get(token)?.plan
  }

  /** Drops every secret. */
  close(): void {
    for (const opened of this.#opened.values()) opened.forget()
    this.#opened.clear()
  }

  /** What is here now, to be compared with. */
  async #here(): Promise<RestoreHere> {
    const { home, clock } = this.#context
    const setup = this.#context.setup()
    const dataFolder = dataFolderOf(setup)
    const keys = await ownKeys(this.#desk)
    const elsewhere = (this.#inventory()?.keys ?? []).filter((key) => key.place === 'node' && key.isLoaded === true)
    const armed = await this.#desk.armedElsewhere()
    const configFile = setup?.node.mode === 'managed' ? setup.node.configFile : undefined
    const isOldDatabase = dataFolder !== undefined && !(await reachable(path.join(dataFolder, 'local.sql')))
    const until =
      setup === undefined ? undefined : riskEnd(resolveNetwork(setup.network), epochAt(resolveNetwork(setup.network), clock.now()))
    return {
      keys: [...keys, ...elsewhere].flatMap((key) => (key.identity === undefined ? [] : [{ identity: key.identity, path: key.path }])),
      refused: armed,
      heldFolder: path.join(home.quarantine, 'held'),
      ...(dataFolder === undefined ? {} : { dataFolder }),
      ...(configFile === undefined ? {} : { configFile }),
      posFolders: (setup?.services ?? []).map((one) => ({ identity: one.identity as IdentityId, path: one.posFolder })),
      setupFile: path.join(home.config, 'setup.json'),
      home: homedir(),
      now: clock.now(),
      ...(isOldDatabase && until !== undefined
        ? { holdUntil: Object.fromEntries((setup?.identities ?? []).map(({ id }) => [id, until])) as Record<IdentityId, UnixMs> }
        : {}),
    }
  }

  async open(file: string, asked: Secret): Promise<Awaited<ReturnType<AppHandlers['backup']['open']>>> {
    const secret = this.#vault.secretOf(asked)
    if (!secret.ok) return secret
    const here = await this.#here()
    const opened = await this.#vault.run('open', { job: 'open', file, secret: secret.value.source, here })
    if (!opened.ok) return notInternal(opened.fault, 'backup/not-there')
    const { identities: _identities, ...outlook } = opened.value
    const token = randomUUID()
    const plan: RestorePlan = { token, file, ...outlook }
    const cancel = this.#context.clock.after(OPEN_MS, () => this.#opened.delete(token))
    this.#opened.set(token, { plan, secret: secret.value.source, forget: cancel })
    return ok(plan)
  }

  async restore(token: string, items: readonly string[]): Promise<Awaited<ReturnType<AppHandlers['backup']['restore']>>> {
    const opened = this.#opened.get(token)
    if (opened === undefined) return fail('backup/unknown', 'This plan is forgotten by now: open the backup again.')
    const way = await this.#makeWay(opened.plan, items)
    if (!way.ok) return fail('backup/not-written', way.fault.detail)
    const here = await this.#here()
    const request: Extract<VaultRequest, { job: 'restore' }> = {
      job: 'restore',
      file: opened.plan.file,
      secret: opened.secret,
      here,
      ids: items,
      quarantine: this.#context.home.quarantine,
      mark: this.#vault.mark(),
    }
    const restored = await this.#vault.run('restore', request)
    if (!restored.ok) return notInternal(restored.fault, 'backup/not-written')
    opened.forget()
    this.#opened.delete(token)
    await this.#settle(restored.value)
    return ok(restored.value.report)
  }

  /** An old database comes back only under keys that are held: a node that loads one would go on from it. */
  async #makeWay(plan: RestorePlan, items: readonly string[]): Promise<Result<number, string>> {
    const database = plan.items.find((item) => item.part === 'local-database' && item.is === 'missing' && items.includes(item.id))
    const hold = database === undefined ? undefined : this.#oldDatabase(plan.madeAt)
    return hold === undefined ? ok(0) : this.#desk.holdArmed(hold)
  }

  #oldDatabase(madeAt: UnixMs): Hold | undefined {
    const setup = this.#context.setup()
    if (setup === undefined) return undefined
    const net = resolveNetwork(setup.network)
    const now = this.#context.clock.now()
    const reason =
      `its local.sql is the one of the backup of ${moment(madeAt, now)}, and what it registered or published after that is not in it. ` +
      'A second ATX for one epoch is a ban for ever, so two epochs must pass without one'
    return { code: 'database-too-old', reason, until: riskEnd(net, epochAt(net, now)), since: now }
  }

  /** What came back is known here from now on: records merged, keys of an old database held over the risk window. */
  async #settle({ keys, databases, records }: RestoreOutcome): Promise<void> {
    const { log } = this.#context
    this.#desk.records.merge(records)
    const flushed = this.#desk.records.flush()
    if (!flushed.ok) log.warn('publication.not-written', { why: flushed.fault.detail })
    const [database] = databases
    const hold = database === undefined ? undefined : this.#oldDatabase(database.madeAt)
    if (hold !== undefined) this.#desk.holdAll(hold)
    if (keys.length > 0) this.#keysChanged()
    await this.#desk.refresh()
  }
}
