import type { UnixMs } from './ids.ts'
import type { Observation } from './observation.ts'
import type { IdentityBelief, Trouble, TroubleCode, World } from './world.ts'

/** Seen again within this time it is the same trouble that went on. */
const SAME_MS = 120_000

function withTrouble(belief: IdentityBelief, code: TroubleCode, at: UnixMs, text?: string): IdentityBelief {
  const known = belief.troubles.get(code)
  const goesOn = known !== undefined && at - known.at < SAME_MS
  const trouble: Trouble = { from: goesOn ? known.from : at, at, ...(text === undefined ? {} : { text }) }
  return { ...belief, troubles: new Map(belief.troubles).set(code, trouble) }
}

/** What this observation says to stand in the way of a proof that the node asks for. */
function troubleOf(belief: IdentityBelief, seen: Observation): readonly [TroubleCode, string?] | undefined {
  switch (seen.kind) {
    case 'volume':
      return seen.volume.is === 'mounted' ? undefined : ['drive']
    case 'pos-folder':
      return seen.folder.is !== 'present' || seen.folder.problems.some((problem) => problem.is !== 'long') ? ['data'] : undefined
    case 'service-process': {
      const { state } = seen
      if (state.at === 'ready' || state.at === 'starting' || state.at === 'stopping') return undefined
      return 'last' in state && state.last.cause !== undefined ? ['service-down', state.last.cause] : ['service-down']
    }
    case 'operator':
      if (seen.answer.is === 'none' && belief.process === undefined) return ['service-down']
      return seen.answer.is === 'idle' && belief.link?.is === 'refused' ? ['not-connected', belief.link.text] : undefined
    case 'service-log':
      return seen.fact.fact === 'file-read-failed' ? ['data', seen.fact.text] : undefined
    default:
      return undefined
  }
}

/** Keeps what stands in the way while the node asks (or last asked), beside the belief itself. */
export function rememberTrouble(before: World, after: World, seen: Observation): World {
  if (!('identity' in seen) && seen.kind !== 'node-event') return after
  const id = seen.kind === 'node-event' ? ('identity' in seen.event ? seen.event.identity : undefined) : seen.identity
  const belief = id === undefined ? undefined : after.identities.get(id)
  if (id === undefined || belief === undefined || (belief.postState ?? belief.formerPostState)?.value !== 'proving') return after
  const { failure } = belief
  const isNewFailure = failure !== undefined && failure !== before.identities.get(id)?.failure
  const isOutdated = seen.kind === 'service-log' && seen.fact.fact === 'proof-failed' && seen.fact.why === 'different-challenge'
  const found = isNewFailure ? ([failure.code] as const) : isOutdated ? (['outdated'] as const) : troubleOf(belief, seen)
  if (found === undefined) return after
  const identities = new Map(after.identities)
  identities.set(id, withTrouble(belief, found[0], seen.at, found[1]))
  return { ...after, identities }
}
