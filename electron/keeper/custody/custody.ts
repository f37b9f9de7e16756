import { ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { RestorePlan } from '../../../shared/domain/backup.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { newKey } from '../../identities/index.ts'
import type { KeyWarden, Session } from '../session.ts'
import { backupDesk, type BackupDesk } from './backup-desk.ts'
import type { CustodyContext } from './context.ts'
import { operationQuestion } from '../operations/run-question.ts'
import { operationsDesk, type OperationsDesk } from '../operations/operations-desk.ts'
import { importCalls } from './import-desk.ts'
import { keyDesk, type KeyDesk } from './key-desk.ts'
import { scanDesk, type ScanDesk } from './scan-desk.ts'

export type CustodyHandlers = Pick<AppHandlers, 'scan' | 'keys' | 'backup' | 'imports' | 'operations'>

/** Looks after the keys of one home: what is here, what may be armed, what is backed up. */
export interface Custody {
  readonly handlers: CustodyHandlers
  readonly warden: KeyWarden
  /** Makes a key, keeps it out of every node until it is released, and puts it into a backup where a place for one is set. */
  makeKey(name: string, reason: string): Result<IdentityId, 'keys/conflict' | 'keys/not-moved'>
  /** A session runs now: its evidence is used, and it is told what is seen. */
  begin(session: Session): void
  /** No session: nothing runs, but keys and backups are looked after when asked. @param isQuiet only a verb is at work */
  open(isQuiet: boolean): void
  close(): void
}

class TheCustody implements Custody {
  readonly handlers: CustodyHandlers
  readonly warden: KeyWarden
  readonly #scan: ScanDesk
  readonly #keys: KeyDesk
  readonly #backup: BackupDesk
  readonly #operations: OperationsDesk
  readonly #context: CustodyContext

  constructor(context: CustodyContext) {
    this.#context = context
    this.#scan = scanDesk(context, () => {
      void this.#keys.refresh()
      this.#backup.keysSeen()
    })
    const inventory = (): ReturnType<ScanDesk['inventory']> => this.#scan.inventory()
    this.#keys = keyDesk({
      context,
      inventory,
      planOf: (token): RestorePlan | undefined => this.#backup.plan(token),
      onKeysMoved: () => this.#backup.keysChanged(),
    })
    this.#backup = backupDesk(context, this.#keys, inventory)
    this.#operations = operationsDesk({
      context,
      inventory,
      keys: this.#keys,
      backup: () => this.#backup.state(),
      onMoved: () => {
        void this.#keys.refresh()
        this.#backup.keysChanged()
      },
    })
    const { warden } = this.#keys
    this.warden = { ...warden, guardNode: async () => (await this.#operations.refusal()) ?? (await warden.guardNode()) }
    this.handlers = {
      scan: this.#scan.handlers,
      keys: {
        ...this.#keys.handlers,
        question: (asked) => operationQuestion(this.#operations, asked) ?? this.#keys.handlers.question(asked),
      },
      backup: this.#backup.handlers,
      imports: importCalls(context, inventory),
      operations: this.#operations.handlers,
    }
  }

  makeKey(name: string, reason: string): Result<IdentityId, 'keys/conflict' | 'keys/not-moved'> {
    const { identity, canonical } = newKey()
    const hold = { code: 'by-user' as const, reason, since: this.#context.clock.now() }
    const held = this.#keys.store.hold(canonical, { identity, hold, name: fileName(name) })
    if (!held.ok) return held
    void this.#keys.refresh()
    this.#backup.keysChanged()
    this.#backup.makeNow().catch((cause: unknown) => this.#context.log.error('backup.not-made', { error: textOf(cause) }))
    return ok(identity)
  }

  begin(session: Session): void {
    this.#keys.begin(session)
    this.#backup.begin(false)
  }

  open(isQuiet: boolean): void {
    this.#backup.begin(isQuiet)
  }

  close(): void {
    this.#scan.close()
    this.#keys.end()
    this.#backup.end()
    this.#operations.end()
  }
}

/** As a file may be called on every system; empty = the store finds one. */
const fileName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

export const openCustody = (context: CustodyContext): Custody => new TheCustody(context)
