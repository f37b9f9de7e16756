import type { Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Home } from '../../lib/home.ts'
import type { Logger } from '../../lib/logger.ts'
import type { DiskSpeed } from '../../operations/index.ts'
import type { Launcher } from '../../programs/index.ts'
import type { Keyring } from '../keyring.ts'
import type { Session } from '../session.ts'

/** What all desks of the custody share. */
export interface CustodyContext {
  readonly home: Home
  readonly clock: Clock
  readonly log: Logger
  readonly mode: 'real' | 'practice'
  readonly keyring: Keyring
  readonly version: string
  launch(program: 'scan' | 'vault' | 'operations'): Launcher
  /** With `~` and links of paths filled in; undefined while nothing is set up. */
  setup(): Setup | undefined
  session(): Session | undefined
  /** Changes the set-up as the user wrote it; nothing happens while there is none. */
  editSetup(change: (setup: Setup) => Setup): Promise<Result<void, 'setup/not-written'>>
  /** Puts into effect what an operation wrote to the set-up's file. */
  rereadSetup(): Promise<Result<void, 'setup/not-written'>>
  /** What the machine's desk measured. */
  diskSpeeds(): readonly DiskSpeed[]
  /** Saves and puts into effect. */
  changeSetup(setup: Setup): Promise<Result<void, 'setup/not-written'>>
  publish(topic: 'scan.changed' | 'backup.changed' | 'operations.changed', value: unknown): void
}

/** Data folder of the set-up's node, where we may look into it. */
export const dataFolderOf = (setup: Setup | undefined): string | undefined => setup?.node.dataFolder

/** How the user knows an identity. */
export function nameOf(context: CustodyContext, identity: IdentityId): string {
  const shown = context
    .session()
    ?.snapshot()
    ?.identities.find((one) => one.id === identity)?.name
  const listed = context.setup()?.identities.find((one) => one.id === identity)?.nickname
  return shown ?? listed ?? `${identity.slice(0, 4)}…${identity.slice(-4)}`
}

/** Pids of our own children: they are no second node. */
export const ownPids = (context: CustodyContext): readonly number[] =>
  [...(context.session()?.processes.states().values() ?? [])].flatMap((state) =>
    'pid' in state && state.pid !== undefined ? [state.pid] : [],
  )
