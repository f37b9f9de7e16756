import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import path from 'node:path'
import type { VaultProgress } from '../../../shared/domain/backup.ts'
import { fail, ok, type Fault, type Result } from '../../../shared/domain/fault.ts'
import type { Secret } from '../../../shared/ipc/keys-contract.ts'
import type { Launcher } from '../../programs/index.ts'
import { runVaultJob, type SecretSource, type VaultRequest, type VaultRun } from '../../vault/index.ts'
import type { CustodyContext } from './context.ts'

const SHOW_MS = 250

type Job = 'backup' | 'drill' | 'open' | 'restore'
export const busy = fail('backup/busy', 'another backup, drill or restore is running')

/** Runs one job of the vault at a time, in a process of its own, and shows how far it is. */
export class VaultRunner {
  readonly #context: CustodyContext
  readonly #onChange: () => void
  #isTaken = false
  #running: { readonly cancel: () => void; progress: VaultProgress } | undefined

  constructor(context: CustodyContext, onChange: () => void) {
    this.#context = context
    this.#onChange = onChange
  }

  /** Does `work` when nothing else of this kind is being done; planning and asking count as well as the job itself. */
  async alone<T>(work: () => Promise<T>): Promise<T | typeof busy> {
    if (this.#isTaken) return busy
    this.#isTaken = true
    try {
      return await work()
    } finally {
      this.#isTaken = false
    }
  }

  get isTaken(): boolean {
    return this.#isTaken
  }

  get progress(): VaultProgress | undefined {
    return this.#running?.progress
  }

  cancel(): void {
    this.#running?.cancel()
  }

  launcher(): Launcher {
    return this.#context.launch('vault')
  }

  /** Private folder for copies of databases on their way into an archive. */
  temporary(): string {
    return path.join(this.#context.home.state, 'vault')
  }

  /** Tells unfinished files of this home from those of another machine in the same folder. */
  mark(): string {
    return createHash('sha256').update(`${hostname()} ${this.#context.home.root}`).digest('hex').slice(0, 10)
  }

  async run<J extends Job>(job: J, request: Extract<VaultRequest, { readonly job: J }>): Promise<Awaited<VaultRun<J>['done']>> {
    const { clock } = this.#context
    let shownAt = Number.NEGATIVE_INFINITY
    const run = runVaultJob<J>({
      launch: this.launcher(),
      request,
      now: () => clock.now(),
      onProgress: (progress) => {
        if (this.#running === undefined) return
        this.#running.progress = progress
        if (clock.monotonic() - shownAt < SHOW_MS) return
        shownAt = clock.monotonic()
        this.#onChange()
      },
    })
    const step = job === 'backup' ? 'collecting' : 'decrypting'
    this.#running = { cancel: () => run.cancel(), progress: { job, step, doneBytes: 0, startedAt: clock.now() } }
    this.#onChange()
    try {
      return await run.done
    } finally {
      this.#running = undefined
      this.#onChange()
    }
  }

  /** What opens an age file, from what the user gave; `isTyped`: a remembered one proves the file only. */
  secretOf(secret: Secret): Result<{ readonly source: SecretSource; readonly isTyped: boolean }, 'backup/no-secret'> {
    if (secret.passphrase !== undefined) return ok({ source: { passphrase: secret.passphrase }, isTyped: secret.isTyped !== false })
    if (secret.identityFile !== undefined) return ok({ source: { identityFile: secret.identityFile }, isTyped: false })
    if (!secret.useRemembered) return fail('backup/no-secret', 'Give the passphrase or an age identity file.')
    const remembered = this.#context.keyring.recall()
    if (remembered === undefined) return fail('backup/no-secret', 'The keyring has no passphrase for this: type it.')
    return ok({ source: { passphrase: remembered }, isTyped: false })
  }
}

/** A process that died is told as the fault that fits the call. */
export function notInternal<Code extends string, Instead extends string>(
  fault: Fault<Code>,
  instead: Instead,
): { readonly ok: false; readonly fault: Fault<Exclude<Code, 'internal'> | Instead> } {
  return { ok: false, fault: { ...fault, code: fault.code === 'internal' ? instead : (fault.code as Exclude<Code, 'internal'>) } }
}
