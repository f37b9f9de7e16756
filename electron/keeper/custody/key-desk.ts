import path from 'node:path'
import type { RestorePlan } from '../../../shared/domain/backup.ts'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import type { Inventory, KeyCopy } from '../../../shared/domain/inventory.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { foldPublication } from '../../../shared/domain/publication-record.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import {
  createKeyStore,
  openPublicationStore,
  readIdentitiesFolder,
  type HeldKey,
  type KeyStore,
  type PublicationStore,
} from '../../identities/index.ts'
import type { Session, KeyWarden } from '../session.ts'
import { judgeBy, repeat, rowsReader } from './arming.ts'
import { watchConflicts, type ConflictWatch } from './conflicts.ts'
import { dataFolderOf, nameOf, type CustodyContext } from './context.ts'
import { watchKeys, type KeyWatch } from './key-watch.ts'
import { keyQuestion } from './questions.ts'
import { reachable } from './reachable.ts'
import { nodeRestarter, releaseKey, type Released, type ReleaseFault } from './release.ts'

const CONFLICTS_MS = 30_000
const ARMING_MS = 3_000
const FLUSH_MS = 2_000
const WATCHED_FLUSH_MS = 60_000
/** Observations that a publication record is made of. */
const OF_RECORD: ReadonlySet<Observation['kind']> = new Set(['activations', 'node-event', 'node-log'])

/** Keys: what may be armed, what is held and why, what would run twice. */
export interface KeyDesk {
  readonly handlers: AppHandlers['keys']
  readonly warden: KeyWarden
  readonly store: KeyStore
  readonly records: PublicationStore
  /** Holds every held key for this reason. */
  holdAll(hold: Hold): void
  /** Keys that another node runs with, or would be started with, whether we have them or not. */
  armedElsewhere(): Promise<readonly { readonly identity: IdentityId; readonly why: string }[]>
  /** What may be said of arming each held key now. */
  verdicts(): Promise<Readonly<Record<string, { readonly is: 'clear' | 'hold' | 'wait'; readonly why: string }>>>
  /** Keys in the `identities` of our node, as they are now; empty where it cannot be looked into. */
  nodeKeys(): Promise<readonly KeyCopy[]>
  /** Takes every key that our node would load out of it and holds it. */
  holdArmed(hold: Hold): Promise<Result<number, 'keys/running' | 'keys/not-moved'>>
  begin(session: Session): void
  /** Looks at everything now: after a scan, a restore or a change of keys. */
  refresh(): Promise<void>
  end(): void
}

interface KeyDeskParts {
  readonly context: CustodyContext
  readonly inventory: () => Inventory | undefined
  /** An opened backup, for the words of a restore. */
  readonly planOf: (token: string) => RestorePlan | undefined
  /** A key was moved, placed or disarmed. */
  readonly onKeysMoved: () => void
}

class TheKeyDesk implements KeyDesk {
  readonly store: KeyStore
  readonly records: PublicationStore
  readonly warden: KeyWarden
  readonly handlers: AppHandlers['keys']
  readonly #context: CustodyContext
  readonly #inventory: () => Inventory | undefined
  readonly #planOf: KeyDeskParts['planOf']
  readonly #onKeysMoved: () => void
  readonly #conflicts: ConflictWatch
  readonly #judge: ReturnType<typeof judgeBy>
  readonly #restarter: ReturnType<typeof nodeRestarter>
  /** Since when an identity's key is known to be in no node of ours. */
  readonly #outSince = new Map<string, UnixMs>()
  readonly #keyIs = new Map<IdentityId, Extract<Observation, { kind: 'key-file' }>['is']>()
  #held: ReadonlyMap<string, Hold> = new Map()
  #keys: KeyWatch | undefined
  #isNews = false
  #flushedAt = Number.NEGATIVE_INFINITY
  #stops: (() => void)[] = []

  constructor({ context, inventory, planOf, onKeysMoved }: KeyDeskParts) {
    const { home, clock, log } = context
    this.#context = context
    this.#inventory = inventory
    this.#planOf = planOf
    this.#onKeysMoved = onKeysMoved
    this.store = createKeyStore({ folder: home.quarantine, now: () => clock.now(), log })
    this.records = openPublicationStore(path.join(home.state, 'publication-record.json'), { log })
    this.#conflicts = watchConflicts(context, inventory)
    this.#judge = judgeBy(context, rowsReader(context))
    this.#restarter = nodeRestarter(context)
    const recovered = this.store.recover([dataFolderOf(context.setup()) ?? []].flat())
    for (const problem of recovered.problems) log.error('keys.not-recovered', { problem })
    this.#readHeld()
    this.warden = { guardNode: () => this.#guardNode(), observed: (seen) => this.#observed(seen), holds: () => this.#held }
    this.handlers = this.#makeHandlers()
  }

  begin(session: Session): void {
    const { clock } = this.#context
    this.#keys = watchKeys({
      clock,
      setup: () => this.#context.setup(),
      holds: () => this.#held,
      emit: (seen) => session.emit(seen),
    })
    this.#stops = [
      () => this.#keys?.close(),
      repeat(clock, CONFLICTS_MS, () => this.#tellConflicts()),
      repeat(clock, ARMING_MS, () => this.#armWhatMay()),
      clock.every(FLUSH_MS, () => this.#flush(false)),
      clock.every(ARMING_MS, () => this.#restarter.tick()),
    ]
    void this.#tellConflicts()
  }

  async refresh(): Promise<void> {
    this.#readHeld()
    await this.#keys?.look()
    await this.#tellConflicts()
  }

  end(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#keys = undefined
    this.#flush(true)
  }

  async nodeKeys(): Promise<readonly KeyCopy[]> {
    if (this.#keys !== undefined) {
      await this.#keys.look()
      return this.#keys.keys() ?? []
    }
    const dataFolder = dataFolderOf(this.#context.setup())
    return dataFolder !== undefined && (await reachable(dataFolder)) ? readIdentitiesFolder(dataFolder).keys : []
  }

  async holdArmed(hold: Hold): Promise<Result<number, 'keys/running' | 'keys/not-moved'>> {
    const state = this.#context.session()?.processes.state('node')?.at
    if (state === 'starting' || state === 'ready' || state === 'stopping')
      return fail('keys/running', 'Stop the node first: it has its keys loaded, and a database must not come back under a running node.')
    let count = 0
    for (const key of await this.nodeKeys()) {
      if (key.isLoaded !== true || key.identity === undefined) continue
      const taken = this.store.holdFile(key.path, { identity: key.identity, hold })
      if (!taken.ok) return fail('keys/not-moved', taken.fault.detail)
      count += 1
    }
    await this.refresh()
    return ok(count)
  }

  holdAll(hold: Hold): void {
    for (const { identity } of this.store.held()) {
      const kept = this.store.setHold(identity, hold)
      if (!kept.ok) this.#context.log.warn('keys.hold-not-kept', { identity, why: kept.fault.detail })
    }
    this.#readHeld()
  }

  async armedElsewhere(): Promise<readonly { readonly identity: IdentityId; readonly why: string }[]> {
    const known = [
      ...new Set([
        ...(this.#inventory()?.keys ?? []).flatMap((key) => key.identity ?? []),
        ...this.store.held().map((key) => key.identity),
      ]),
    ]
    const found = await this.#conflicts.look(known)
    return found.filter((one) => one.overriddenAt === undefined).map((one) => ({ identity: one.identity, why: one.sentence }))
  }

  async verdicts(): ReturnType<KeyDesk['verdicts']> {
    const judged = await Promise.all(
      this.store.held().map(async (key) => {
        const verdict = await this.#verdictOf(key)
        if (verdict.is === 'clear') return [key.identity, { is: 'clear' as const, why: '' }] as const
        return [
          key.identity,
          verdict.is === 'hold' ? { is: 'hold' as const, why: verdict.hold.reason } : { is: 'wait' as const, why: verdict.why },
        ] as const
      }),
    )
    return Object.fromEntries(judged)
  }

  #readHeld(): void {
    this.#held = new Map(this.store.held().map(({ identity, hold }) => [identity, hold]))
  }

  /** What was published is written at once; how far it was watched, once a minute. */
  #flush(isEnd: boolean): void {
    const { clock } = this.#context
    if (!isEnd && !this.#isNews && clock.monotonic() - this.#flushedAt < WATCHED_FLUSH_MS) return
    this.#isNews = false
    this.#flushedAt = clock.monotonic()
    const flushed = this.records.flush()
    if (!flushed.ok) this.#context.log.warn('publication.not-written', { why: flushed.fault.detail })
  }

  async #tellConflicts(): Promise<void> {
    try {
      const conflicts = await this.#conflicts.look()
      this.#context.session()?.emit({ at: this.#context.clock.now(), kind: 'key-conflicts', conflicts })
    } catch (cause: unknown) {
      this.#context.log.error('keys.conflicts-not-read', { error: textOf(cause) })
    }
  }

  /** Before every start of our node: no key that runs elsewhere, would be started elsewhere, or is held. */
  async #guardNode(): Promise<string | undefined> {
    const conflicts = (await this.#conflicts.look()).filter((one) => one.overriddenAt === undefined)
    const [first] = conflicts
    if (first !== undefined) {
      const more = conflicts.length > 1 ? ` ${conflicts.length - 1} more of its keys are in the same danger.` : ''
      return `The node is not started: ${first.sentence}${more}`
    }
    const wrong = (await this.nodeKeys()).find((key) => key.isLoaded === true && key.identity !== undefined && this.#held.has(key.identity))
    if (wrong?.identity === undefined) return undefined
    return (
      `The node is not started: ${wrong.path} holds a key that is kept out of the node (${this.#held.get(wrong.identity)?.reason ?? ''}). ` +
      'Move that file away, or arm the key on its page.'
    )
  }

  #observed(seen: Observation): void {
    if (seen.kind === 'key-file') this.#keyIs.set(seen.identity, seen.is)
    if (seen.kind === 'key-file' || seen.kind === 'post-states') this.#noteOut(seen.at)
    if (!OF_RECORD.has(seen.kind)) return
    const session = this.#context.session()
    if (session === undefined) return
    const net = resolveNetwork(session.setup().network)
    for (const { id } of session.setup().identities) {
      const identity = id as IdentityId
      const before = this.records.record(identity)
      const isArmedHere = session.world.identities.get(identity)?.isListed?.value === true && !this.#held.has(identity)
      const after = foldPublication(before, seen, { world: session.world, net, isArmedHere })
      if (after === before) continue
      if (after.atxs !== before.atxs || after.registered !== before.registered || after.twin !== before.twin) this.#isNews = true
      const { identity: _id, ...change } = after
      this.records.note(identity, change)
    }
  }

  /** A key that neither the folder nor the running node has: what appears of it from now on is not from here. */
  #noteOut(at: UnixMs): void {
    const world = this.#context.session()?.world
    for (const [identity, is] of this.#keyIs) {
      const isLoaded = world?.identities.get(identity)?.isListed?.value === true
      if (is === 'present' || isLoaded) this.#outSince.delete(identity)
      else if (!this.#outSince.has(identity)) this.#outSince.set(identity, at)
    }
  }

  async #armWhatMay(): Promise<void> {
    for (const key of this.store.held()) {
      if (key.hold.code === 'by-user' || this.#context.session() === undefined) continue
      const verdict = await this.#verdictOf(key)
      if (verdict.is === 'clear') await this.#arm(key)
      else if (verdict.is === 'hold' && JSON.stringify(verdict.hold) !== JSON.stringify(key.hold)) {
        const kept = this.store.setHold(key.identity, verdict.hold)
        if (!kept.ok) this.#context.log.warn('keys.hold-not-kept', { identity: key.identity, why: kept.fault.detail })
        this.#readHeld()
      }
    }
  }

  #verdictOf(key: HeldKey) {
    const out = Math.min(key.hold.since, this.#outSince.get(key.identity) ?? Number.POSITIVE_INFINITY)
    return this.#judge({
      identity: key.identity,
      hold: key.hold,
      record: this.records.record(key.identity),
      outSince: out,
    })
  }

  async #arm(key: HeldKey): Promise<Awaited<ReturnType<typeof releaseKey>>> {
    const inDanger = (await this.#conflicts.look([key.identity])).find(
      (one) => one.identity === key.identity && one.overriddenAt === undefined,
    )
    if (inDanger !== undefined) return fail('keys/conflict', inDanger.sentence)
    const released = await releaseKey(this.#context, this.store, key)
    if (!released.ok) {
      this.#context.log.warn('keys.not-armed', { identity: key.identity, why: released.fault.detail })
      return released
    }
    this.#outSince.delete(key.identity)
    if (released.value.needsRestart) this.#restarter.want()
    this.#restarter.tick()
    await this.refresh()
    this.#onKeysMoved()
    return released
  }

  #makeHandlers(): AppHandlers['keys'] {
    return {
      conflicts: async () => ok(await this.#conflicts.look()),
      blindSpots: async () => {
        await this.#conflicts.look()
        return ok(this.#conflicts.blindSpots())
      },
      held: () => ok(this.store.held().map((key) => ({ ...key, name: nameOf(this.#context, key.identity) }))),
      question: async ({ call, input }) =>
        call === 'operations.run' || call === 'operations.removeLeftover'
          ? fail('keys/not-found', 'this is no question about a key')
          : call === 'backup.restore'
            ? keyQuestion(this.#context, { call, input, plan: this.#planOf })
            : keyQuestion(this.#context, { call, input, conflicts: await this.#conflicts.look(), held: this.store.held() }),
      disarm: async ({ identity, path: file }) => {
        const conflict = (await this.#conflicts.look()).find((one) => one.identity === identity && one.there === file)
        if (conflict === undefined)
          return fail('keys/not-found', 'This copy is no danger any more, or it is another file now. Search again.')
        if (conflict.grade === 'running')
          return fail('keys/running', `${conflict.by} runs with this key now: stop that node first, then disarm the copy.`)
        const moved = this.store.quarantine(file, {
          why: `disarmed: ${conflict.by} would have started it a second time`,
          identity: conflict.identity,
        })
        if (!moved.ok) return moved
        await this.refresh()
        this.#onKeysMoved()
        return ok({ quarantined: moved.value.path })
      },
      override: async ({ conflict: key, typed }) => {
        const conflict = (await this.#conflicts.look()).find((one) => one.key === key)
        if (conflict === undefined) return fail('keys/not-found', 'This danger is over, or the copy is at another place now.')
        if (conflict.grade === 'running') return fail('keys/running', `${conflict.by} runs with this key now: nothing can allow that.`)
        if (typed.trim().toLowerCase() !== conflict.identity.slice(-8))
          return fail('keys/not-typed', 'Type the last eight characters of the id.')
        const kept = this.#conflicts.overrides.add(conflict, this.#context.clock.now())
        if (!kept.ok) return kept
        await this.refresh()
        return ok(undefined)
      },
      release: ({ identity, typed }) => this.#release(identity as IdentityId, typed),
      record: ({ identity }) => ok(this.records.record(identity as IdentityId)),
    }
  }

  async #release(
    identity: IdentityId,
    typed: string | undefined,
  ): Promise<{ readonly ok: true; readonly value: Released } | ReturnType<typeof fail<ReleaseFault | 'keys/not-typed'>>> {
    const key = this.store.held().find((one) => one.identity === identity)
    if (key === undefined) return fail('keys/not-held', 'This key is not held.')
    const verdict = key.hold.code === 'by-user' ? { is: 'clear' as const } : await this.#verdictOf(key)
    if (verdict.is !== 'clear' && typed?.trim().toLowerCase() !== identity.slice(-8)) {
      const why = verdict.is === 'hold' ? verdict.hold.reason : verdict.why
      return fail('keys/not-typed', `It is not safe yet: ${why}. Type the last eight characters of the id to arm it all the same.`)
    }
    const armed = await this.#arm(key)
    return armed.ok ? armed : fail(armed.fault.code, armed.fault.detail)
  }
}

export const keyDesk = (parts: KeyDeskParts): KeyDesk => new TheKeyDesk(parts)
