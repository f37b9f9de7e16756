import { homedir } from 'node:os'
import path from 'node:path'
import { BACKUP_PARTS, type BackupPlace, type BackupState, type DrillResult, type RestorePlan } from '../../../shared/domain/backup.ts'
import { isBackupDue, nextToDrill, summaryOf } from '../../../shared/domain/backup-summary.ts'
import { fail, ok, textOf } from '../../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import type { Inventory, KeyCopy } from '../../../shared/domain/inventory.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import {
  entryOf,
  openBackupBook,
  runVaultJob,
  suggestPassphrase,
  type BackupBook,
  type BackupSources,
  type VaultRequest,
} from '../../vault/index.ts'
import { backupSources, identitiesHere, knownKeys, ownKeys } from './backup-sources.ts'
import { dataFolderOf, nameOf, type CustodyContext } from './context.ts'
import type { KeyDesk } from './key-desk.ts'
import { reachable } from './reachable.ts'
import { RestoreDesk } from './restore-desk.ts'
import { notInternal, VaultRunner } from './vault-runner.ts'

const LOOK_MS = 60_000
const STICKS_MS = 300_000
/** A process of its own: not while the window starts. */
const SWEEP_AFTER_MS = 5_000

export interface BackupDesk {
  readonly handlers: AppHandlers['backup']
  /** Of an opened backup that is not forgotten yet. */
  plan(token: string): RestorePlan | undefined
  state(): BackupState
  /** A scan may have found keys that are in no backup. */
  keysSeen(): void
  /** Keys were added, moved or restored: what is on the list may not hold them. */
  keysChanged(): void
  /** Makes a backup now where its place and its secret are known. */
  makeNow(): Promise<void>
  /** @param isQuiet nothing is made by itself: only a verb is at work */
  begin(isQuiet: boolean): void
  end(): void
}

type BeginInput = Parameters<AppHandlers['backup']['begin']>[0]
type BeginAnswer = Awaited<ReturnType<AppHandlers['backup']['begin']>>

class TheBackupDesk implements BackupDesk {
  readonly handlers: AppHandlers['backup']
  readonly #context: CustodyContext
  readonly #desk: KeyDesk
  readonly #inventory: () => Inventory | undefined
  readonly #book: BackupBook
  readonly #vault: VaultRunner
  readonly #restore: RestoreDesk
  #keysChangedAt: UnixMs | undefined
  #lastTriedAt: UnixMs | undefined
  #known: readonly KeyCopy[] = []
  #isQuiet = false
  #sticksAt = Number.NEGATIVE_INFINITY
  #swept: Promise<void> | undefined
  #toldSummary = ''
  #stops: (() => void)[] = []

  constructor(context: CustodyContext, desk: KeyDesk, inventory: () => Inventory | undefined) {
    const { home, clock, log } = context
    this.#context = context
    this.#desk = desk
    this.#inventory = inventory
    this.#book = openBackupBook(path.join(home.state, 'backups.json'), { log, now: () => clock.now() })
    this.#vault = new VaultRunner(context, () => context.publish('backup.changed', this.#state()))
    this.#restore = new RestoreDesk({ context, desk, inventory, vault: this.#vault, keysChanged: () => this.keysChanged() })
    this.handlers = this.#makeHandlers()
  }

  plan(token: string): RestorePlan | undefined {
    return this.#restore.plan(token)
  }

  state(): BackupState {
    return this.#state()
  }

  keysSeen(): void {
    void this.#refresh()
  }

  keysChanged(): void {
    this.#keysChangedAt = this.#context.clock.now()
    void this.#refresh()
  }

  begin(isQuiet: boolean): void {
    const { clock } = this.#context
    this.#isQuiet = isQuiet
    const look = (): void =>
      void this.#look().catch((cause: unknown) => this.#context.log.error('backup.look-failed', { error: textOf(cause) }))
    const sweep = clock.after(SWEEP_AFTER_MS, () => void this.#sweepOnce())
    this.#stops = [clock.every(LOOK_MS, look), sweep]
    look()
  }

  end(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#vault.cancel()
    this.#restore.close()
  }

  #sweepOnce(): Promise<void> {
    return (this.#swept ??= this.#sweep())
  }

  /** What a killed job left. */
  async #sweep(): Promise<void> {
    const folders = [...new Set(this.#book.entries().map((entry) => path.dirname(entry.file)))]
    const settings = this.#book.settings().folder
    const request: Extract<VaultRequest, { job: 'sweep' }> = {
      job: 'sweep',
      folders: settings === null ? folders : [...new Set([...folders, settings])],
      temporary: this.#vault.temporary(),
      mark: this.#vault.mark(),
    }
    await runVaultJob({ launch: this.#vault.launcher(), request }).done
  }

  /** The keys of this moment, then what follows from them. */
  async #refresh(): Promise<void> {
    this.#known = await knownKeys(this.#desk, this.#inventory())
    this.#toldSummary = ''
    this.#show()
  }

  #summaryInput() {
    return {
      entries: this.#book.entries(),
      settings: this.#book.settings(),
      identities: identitiesHere(this.#known),
      now: this.#context.clock.now(),
      ...(this.#keysChangedAt === undefined ? {} : { keysChangedAt: this.#keysChangedAt }),
    }
  }

  #state(): BackupState {
    const { keyring } = this.#context
    return {
      summary: summaryOf(this.#summaryInput()),
      entries: this.#book.entries(),
      settings: this.#book.settings(),
      ...(this.#vault.progress === undefined ? {} : { running: this.#vault.progress }),
      keyring: keyring.state(),
    }
  }

  #show(): void {
    const state = this.#state()
    this.#context.publish('backup.changed', state)
    const text = JSON.stringify(state.summary)
    // Practice keys are thrown away: nobody needs to be told to back them up.
    if (text === this.#toldSummary || this.#context.mode === 'practice') return
    this.#toldSummary = text
    this.#context.session()?.emit({ at: this.#context.clock.now(), kind: 'backup', summary: state.summary })
  }

  /** Once a minute: which files are at their place, and whether one is to be made by itself. */
  async #look(): Promise<void> {
    const { clock } = this.#context
    for (const entry of this.#book.entries()) {
      const isThere = await reachable(entry.file)
      if (isThere || entry.isThere) this.#book.noteLook(entry.id, { isThere, at: clock.now() })
    }
    await this.#lookForSticks()
    await this.#refresh()
    if (!this.#isQuiet) await this.#makeIfDue()
  }

  /** A stick that is mounted at another place than the last time is known by its volume. */
  async #lookForSticks(): Promise<void> {
    const { clock } = this.#context
    const away = this.#book.entries().filter((entry) => !entry.isThere && entry.volumeId !== undefined)
    if (away.length === 0 || clock.monotonic() - this.#sticksAt < STICKS_MS) return
    this.#sticksAt = clock.monotonic()
    const places = await this.#places([], true)
    for (const entry of away) {
      const place = places.find((one) => one.volumeId === entry.volumeId)
      if (place === undefined) continue
      const parts = entry.file.split(path.sep)
      for (let from = 1; from < parts.length; from += 1) {
        const file = path.join(place.folder, ...parts.slice(from))
        if (!(await reachable(file))) continue
        this.#book.noteLook(entry.id, { isThere: true, at: clock.now(), file })
        break
      }
    }
  }

  async #makeIfDue(): Promise<void> {
    const tried = this.#lastTriedAt === undefined ? {} : { lastTriedAt: this.#lastTriedAt }
    if (isBackupDue({ ...this.#summaryInput(), ...tried })) await this.makeNow()
  }

  async makeNow(): Promise<void> {
    const settings = this.#book.settings()
    const { folder } = settings
    if (this.#vault.isTaken || folder === null || this.#context.mode === 'practice') return
    const passphrase = settings.isRemembered ? this.#context.keyring.recall() : undefined
    if (passphrase === undefined && settings.recipients.length === 0) return // told by the summary: it is old
    this.#lastTriedAt = this.#context.clock.now()
    const made = await this.#vault.alone(() =>
      this.#make({
        folder,
        parts: [...BACKUP_PARTS],
        extraFiles: [...settings.extraFiles],
        recipients: [...settings.recipients],
        remember: false,
        withHistory: settings.withHistory,
        ...(passphrase === undefined ? {} : { passphrase }),
      }),
    )
    if (!made.ok) return this.#context.log.warn('backup.scheduled-failed', { code: made.fault.code, why: made.fault.detail })
    this.#lastTriedAt = undefined // only a failure is to be waited for
    const kept = this.#book.retain(folder, settings.keep)
    if (kept.ok && kept.value.removed.length > 0) this.#context.log.info('backup.old-removed', { files: kept.value.removed.length })
    this.#show()
  }

  async #placeOf(folder: string): Promise<BackupPlace | undefined> {
    const places = await this.#places([folder], false)
    return places.find((one) => one.folder === folder) ?? places[0]
  }

  async #places(folders: readonly string[], withVolumes: boolean): Promise<readonly BackupPlace[]> {
    const setup = this.#context.setup()
    const keys = await knownKeys(this.#desk, this.#inventory())
    const pos = (setup?.services ?? []).map((one) => ({ path: one.posFolder, name: nameOf(this.#context, one.identity as IdentityId) }))
    const request: Extract<VaultRequest, { job: 'places' }> = {
      job: 'places',
      places: {
        folders,
        withVolumes,
        keyFolders: [...new Set([this.#context.home.root, ...keys.map((key) => path.dirname(key.path))])],
        posFolders: pos,
        home: homedir(),
      },
    }
    const asked = await runVaultJob({ launch: this.#vault.launcher(), request }).done
    return asked.ok ? asked.value : []
  }

  /** What would be in a backup: looked at in the vault process, as one of the drives may be dead. */
  async #plan(parts: BackupSources['parts'], extraFiles: readonly string[]) {
    const inventory = this.#inventory()
    const keys = await knownKeys(this.#desk, inventory)
    const sources = backupSources(this.#context, this.#desk.records, inventory, { keys, parts, extraFiles })
    return runVaultJob<'plan'>({ launch: this.#vault.launcher(), request: { job: 'plan', sources } }).done
  }

  async #make(input: BeginInput): Promise<BeginAnswer> {
    const { clock, version, home, log } = this.#context
    await this.#sweepOnce()
    if (input.passphrase === undefined && input.recipients.length === 0)
      return fail('backup/no-secret', 'Give a passphrase or an age recipient: a backup in clear is never made.')
    const inventory = this.#inventory()
    const planned = await this.#plan(input.parts, input.extraFiles)
    if (!planned.ok) return notInternal(planned.fault, 'backup/nothing')
    const place = await this.#placeOf(input.folder)
    if (place === undefined) return fail('backup/no-place', `${input.folder} could not be looked at`)
    const setup = this.#context.setup()
    const genesisId = inventory?.nodes.find((node) => node.dataFolder === dataFolderOf(setup))?.genesisId
    const make = {
      folder: input.folder,
      recipients: input.recipients,
      madeAt: clock.now(),
      madeBy: `Smeshkeeper ${version}`,
      mark: this.#vault.mark(),
      ...(input.passphrase === undefined ? {} : { passphrase: input.passphrase }),
      ...(genesisId === undefined ? {} : { genesisId }),
    }
    const request: Extract<VaultRequest, { job: 'backup' }> = {
      job: 'backup',
      make: { ...make, kind: 'backup', items: planned.value.items },
      temporary: this.#vault.temporary(),
    }
    const made = await this.#vault.run('backup', request)
    if (!made.ok) return notInternal(made.fault, 'backup/not-written')
    const entry = entryOf(made.value, place)
    const added = this.#book.add(entry)
    if (!added.ok) log.warn('backup.not-listed', { why: added.fault.detail })
    const history = input.withHistory ? await this.#makeHistory(request, home.state) : []
    const isForgotten = input.remember && input.passphrase !== undefined && !this.#remember(input.passphrase)
    const forgotten = isForgotten ? ['the keyring did not take the passphrase: it is not remembered'] : []
    log.info('backup.made', { file: entry.file, bytes: entry.bytes, identities: entry.identities.length })
    await this.#refresh()
    return ok({ ...entry, leftOut: [...planned.value.plan.problems, ...made.value.leftOut, ...history, ...forgotten] })
  }

  /** History has its own archive: it is large and no key needs it. */
  async #makeHistory(like: Extract<VaultRequest, { job: 'backup' }>, stateFolder: string): Promise<readonly string[]> {
    const item = { is: 'database' as const, name: 'history/history.sqlite', path: path.join(stateFolder, 'history.sqlite'), bytes: 0 }
    const made = await this.#vault.run('backup', { ...like, make: { ...like.make, kind: 'history', items: [item] } })
    if (made.ok) return []
    this.#context.log.warn('backup.history-not-made', { code: made.fault.code, why: made.fault.detail })
    return [`the history has no archive: ${made.fault.detail}`]
  }

  #remember(passphrase: string): boolean {
    const isKept = this.#context.keyring.remember(passphrase)
    if (isKept) this.#book.configure({ ...this.#book.settings(), isRemembered: true })
    return isKept
  }

  async #drill(input: Parameters<AppHandlers['backup']['drill']>[0]): Promise<Awaited<ReturnType<AppHandlers['backup']['drill']>>> {
    const entries = this.#book.entries()
    const entry =
      input.id !== undefined
        ? entries.find((one) => one.id === input.id)
        : input.file !== undefined
          ? entries.find((one) => one.file === input.file)
          : nextToDrill(entries)
    const file = entry?.file ?? input.file
    if (file === undefined) return fail('backup/unknown', 'This backup is not on the list any more.')
    const secret = this.#vault.secretOf(input.secret)
    if (!secret.ok) return secret
    const live = (await ownKeys(this.#desk)).flatMap((key) =>
      key.identity === undefined ? [] : [{ identity: key.identity, path: key.path, name: nameOf(this.#context, key.identity) }],
    )
    const { source, isTyped } = secret.value
    const known = entry === undefined ? {} : { sha256: entry.sha256, identities: entry.identities }
    const request: Extract<VaultRequest, { job: 'drill' }> = {
      job: 'drill',
      drill: { file, live, isTyped, at: this.#context.clock.now(), ...known },
      secret: source,
    }
    const drilled = await this.#vault.run('drill', request)
    if (!drilled.ok)
      return drilled.fault.code === 'internal'
        ? fail('backup/not-there', drilled.fault.detail)
        : notInternal(drilled.fault, 'backup/not-there')
    const { result, broken } = drilled.value
    const told: DrillResult = broken.length === 0 ? result : { ...result, sentence: [result.sentence, ...broken].join(' ') }
    if (entry !== undefined) this.#book.noteDrill(entry.id, told)
    await this.#refresh()
    return ok(told)
  }

  #makeHandlers(): AppHandlers['backup'] {
    return {
      state: async () => {
        await this.#refresh()
        return ok(this.#state())
      },
      plan: async ({ extraFiles }) => {
        const planned = await this.#plan(BACKUP_PARTS, extraFiles)
        return planned.ok ? ok(planned.value.plan) : fail('backup/nothing', planned.fault.detail)
      },
      places: async () => {
        const { folder } = this.#book.settings()
        return ok(await this.#places(folder === null ? [] : [folder], true))
      },
      place: async ({ folder }) => {
        const place = await this.#placeOf(folder)
        return place === undefined ? fail('backup/no-place', `${folder} could not be looked at`) : ok(place)
      },
      suggest: async () => ok(await suggestPassphrase()),
      begin: (input) => this.#vault.alone(() => this.#make(input)),
      cancel: () => {
        this.#vault.cancel()
        return ok(undefined)
      },
      drill: (input) => this.#vault.alone(() => this.#drill(input)),
      open: ({ file, secret }) => this.#vault.alone(() => this.#restore.open(file, secret)),
      restore: ({ token, items }) => this.#vault.alone(() => this.#restore.restore(token, items)),
      forget: ({ id }) => {
        const forgotten = this.#book.forget(id)
        this.#show()
        return forgotten.ok ? forgotten : fail('backup/unknown', forgotten.fault.detail)
      },
      configure: ({ passphrase, ...settings }) => this.#configure(settings, passphrase),
    }
  }

  #configure(
    settings: Omit<BackupState['settings'], 'isRemembered'>,
    passphrase: string | null | undefined,
  ): Awaited<ReturnType<AppHandlers['backup']['configure']>> {
    const { keyring } = this.#context
    if (typeof passphrase === 'string' && !keyring.remember(passphrase)) return fail('backup/no-keyring', keyring.state().sentence)
    if (passphrase === null) keyring.forget()
    const isRemembered = passphrase === undefined ? this.#book.settings().isRemembered : passphrase !== null
    if (settings.folder !== null && !isRemembered && settings.recipients.length === 0)
      return fail('backup/no-secret', 'Backups on a schedule need a remembered passphrase or an age recipient.')
    const written = this.#book.configure({ ...settings, isRemembered })
    this.#show()
    return written
  }
}

export const backupDesk = (context: CustodyContext, desk: KeyDesk, inventory: () => Inventory | undefined): BackupDesk =>
  new TheBackupDesk(context, desk, inventory)
