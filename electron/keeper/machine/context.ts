import type { Result } from '../../../shared/domain/fault.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Home } from '../../lib/home.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Launcher, ResolveLauncher } from '../../programs/index.ts'
import type { KeepAwake } from '../keep-awake.ts'
import type { Custody } from '../custody/custody.ts'
import type { OwnProgram } from '../keeper.ts'
import type { Session } from '../session.ts'

/** What all desks of the machinery share. */
export interface MachineContext {
  readonly home: Home
  readonly clock: Clock
  readonly log: Logger
  readonly mode: 'real' | 'practice'
  /** Programs of ours, the isolated probes among them. */
  launch(program: OwnProgram): Launcher
  /** A binary of the set-up, `practice:…` included. */
  readonly launcher: ResolveLauncher
  /** With `~` and links of paths filled in; undefined while nothing is set up. */
  setup(): Setup | undefined
  session(): Session | undefined
  /** Changes the set-up as the user wrote it; nothing happens while there is none. */
  editSetup(change: (setup: Setup) => Setup): Promise<Result<void, 'setup/not-written'>>
  custody(): Custody
  readonly keepAwake: KeepAwake
  publish(topic: 'machine.changed' | 'ready.changed' | 'init.changed' | 'verify.changed', value: unknown): void
}

/** One desk: its calls, and a life as long as the home that it serves. */
export interface Desk<H> {
  readonly handlers: H
  /** A session runs now. */
  begin(session: Session): void
  /** No session: only a verb, or a first run. */
  open?(isQuiet: boolean): void
  close(outcome: 'leave-running' | 'stop-all'): void | Promise<void>
}
