import { z } from 'zod'
import { assertNever, fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { KeyConflict } from '../../../shared/domain/guard.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { RestorePlan } from '../../../shared/domain/backup.ts'
import { moment, plural } from '../../../shared/domain/words.ts'
import type { DrawnCall, DrawnQuestion } from '../../../shared/ipc/keys-contract.ts'
import type { HeldKey } from '../../identities/index.ts'
import { nameOf, type CustodyContext } from './context.ts'

const disarmInput = z.object({ identity: z.string(), path: z.string() })
const overrideInput = z.object({ conflict: z.string() })
const releaseInput = z.object({ identity: z.string() })
const rewriteInput = z.object({ identity: z.string(), file: z.number() })
const restoreInput = z.object({ token: z.string(), items: z.array(z.string()) })

interface Asked {
  readonly call: Exclude<DrawnCall, 'backup.restore' | 'operations.run' | 'operations.removeLeftover'>
  readonly input: unknown
  readonly conflicts: readonly KeyConflict[]
  readonly held: readonly HeldKey[]
}

const gone = fail('keys/not-found', 'What this was about is not there any more. Look again.')

/** The words that main draws for a call that touches a key: from what is here, not from what the page said. */
export function keyQuestion(
  context: CustodyContext,
  asked: Asked | { readonly call: 'backup.restore'; readonly input: unknown; readonly plan: (token: string) => RestorePlan | undefined },
): Result<DrawnQuestion, 'keys/not-found'> {
  switch (asked.call) {
    case 'keys.disarm': {
      const input = disarmInput.safeParse(asked.input).data
      const conflict = asked.conflicts.find((one) => one.identity === input?.identity && one.there === input.path)
      if (conflict === undefined) return gone
      return ok({
        message: `Disarm the copy of ${nameOf(context, conflict.identity)} in ${conflict.otherFolder}?`,
        detail: `${conflict.there} moves to the quarantine of Smeshkeeper; nothing is deleted. ${conflict.by} cannot start it a second time then. The copy that stays is ${conflict.here}.`,
        yes: 'Disarm the copy',
      })
    }
    case 'keys.override': {
      const input = overrideInput.safeParse(asked.input).data
      const conflict = asked.conflicts.find((one) => one.key === input?.conflict)
      if (conflict === undefined) return gone
      return ok({
        message: `Start ${nameOf(context, conflict.identity)} although a second copy could start?`,
        detail: `${conflict.sentence} If both ever run, the identity is banned for ever. You say that ${conflict.by} will not start it.`,
        yes: 'I take the risk',
      })
    }
    case 'keys.release': {
      const input = releaseInput.safeParse(asked.input).data
      const key = asked.held.find((one) => one.identity === input?.identity)
      if (key === undefined) return gone
      const now = context.clock.now()
      const isEarly = key.hold.until === undefined || key.hold.until > now
      const end = key.hold.until === undefined ? '' : ` The window ends ${moment(key.hold.until, now)}.`
      return ok({
        message: `Arm ${nameOf(context, key.identity)} ${isEarly ? 'before it is known to be safe' : 'again'}?`,
        detail: isEarly
          ? `${key.hold.reason.replace(/\.$/, '')}.${end} If another node runs with this key, the identity is banned for ever.`
          : `Nothing was seen of it elsewhere. Its key goes back into the node, which loads it at its next start.`,
        yes: isEarly ? 'Arm it all the same' : 'Arm it',
      })
    }
    case 'verify.rewriteFile': {
      const input = rewriteInput.safeParse(asked.input).data
      const service = context.setup()?.services.find(({ identity }) => identity === input?.identity)
      if (input === undefined || service === undefined) return gone
      return ok({
        message: `Make file ${input.file} of ${nameOf(context, service.identity as IdentityId)} anew?`,
        detail: `postcli makes it in a folder aside, which takes hours on a processor and waits for proofs; then it is compared and takes the place of postdata_${input.file}.bin in ${service.posFolder}. The bad file is kept in smeshkeeper-replaced there; nothing is deleted.`,
        yes: 'Make it anew',
      })
    }
    case 'backup.restore': {
      const input = restoreInput.safeParse(asked.input).data
      const plan = input === undefined ? undefined : asked.plan(input.token)
      if (input === undefined || plan === undefined) return gone
      const chosen = plan.items.filter((item) => input.items.includes(item.id) && item.is === 'missing')
      const keys = chosen.filter((item) => item.part === 'keys').map((item) => nameOf(context, item.identity ?? ('' as IdentityId)))
      const held = chosen.filter((item) => item.holdUntil !== undefined).length
      return ok({
        message: `Restore ${plural(chosen.length, 'item')} from the backup of ${moment(plan.madeAt, context.clock.now())}?`,
        detail: [
          keys.length === 0
            ? 'No key is among them.'
            : `Keys: ${keys.join(', ')}. Each is armed only when the network shows no second copy.`,
          held === 0 ? '' : `${plural(held, 'identity', 'identities')} will be held for up to two epochs: the database is old.`,
          ...plan.risks.slice(0, 2),
          'Nothing that is here is overwritten.',
        ]
          .filter((part) => part !== '')
          .join(' '),
        yes: 'Restore',
      })
    }
    default:
      return assertNever(asked)
  }
}
