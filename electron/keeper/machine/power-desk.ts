import type { InitState } from '../../../shared/domain/initialization.ts'
import type { Result } from '../../../shared/domain/fault.ts'
import { plural } from '../../../shared/domain/words.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import type { Session } from '../session.ts'
import type { Desk, MachineContext } from './context.ts'

const EVERY_MS = 5_000

/** Why the system must not sleep now; undefined = it may. */
export function awakeFor(snapshot: AppSnapshot | undefined, init: InitState | undefined): string | undefined {
  const proofs = (snapshot?.identities ?? []).filter(({ status }) => ['proving', 'handing-over', 'queued'].includes(status.kind)).length
  const writing = (init?.jobs ?? []).filter(({ stage }) =>
    ['writing', 'pausing', 'merging', 'searching-nonce', 'verifying'].includes(stage.is),
  ).length
  const parts = [
    ...(proofs === 0 ? [] : [`${plural(proofs, 'proof')} to make`]),
    ...(writing === 0 ? [] : [`PoS data of ${plural(writing, 'identity', 'identities')} is written`]),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** Keeps the system awake while proofs are made or PoS data is written, and no longer. */
export function powerDesk(context: MachineContext, initState: () => Result<InitState> | Promise<Result<InitState>>): Desk<undefined> {
  const { clock, keepAwake } = context
  let session: Session | undefined
  let stop: (() => void) | undefined
  let isHeld = false
  const look = async (): Promise<void> => {
    const init = await initState()
    const wanted =
      session === undefined || !session.setup().machine.keepsAwake
        ? undefined
        : awakeFor(session.snapshot(), init.ok ? init.value : undefined)
    if ((wanted !== undefined) === isHeld) return
    isHeld = wanted !== undefined
    keepAwake.set(isHeld, wanted ?? '')
  }
  return {
    handlers: undefined,
    begin(next) {
      session = next
      stop?.()
      stop = clock.every(EVERY_MS, () => void look())
    },
    close() {
      stop?.()
      session = undefined
      if (isHeld) keepAwake.set(false, '')
      isHeld = false
    },
  }
}
