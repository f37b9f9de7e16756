import { assertNever } from './fault.ts'
import { asEpoch, shortId, type IdentityId, type UnixMs } from './ids.ts'
import { epochStart, type NetworkTiming } from './network.ts'
import { moment, plural } from './words.ts'

interface SeenAtx {
  readonly publishEpoch: number
  readonly atxId: string
}

/** What speaks against arming a key. */
export type Finding =
  /** The network has an ATX that nothing here explains. */
  | { readonly is: 'unexplained'; readonly atx: SeenAtx; readonly challengeEpoch?: number }
  /** The database would publish beside or before an ATX that exists. */
  | { readonly is: 'challenge-outdated'; readonly atx: SeenAtx; readonly challengeEpoch: number }
  /** The database is from before the newest ATX. */
  | { readonly is: 'backup-older'; readonly atx: SeenAtx; readonly madeAt: UnixMs | undefined }
  /** We registered it in a PoET, and the database does not know of it. */
  | { readonly is: 'registration-lost'; readonly publishEpoch: number; readonly at: UnixMs; readonly from: 'backup' | 'none' }
  /** A node of ours gave a sign of a second one. */
  | { readonly is: 'twin-sign'; readonly at: UnixMs; readonly text: string; readonly epoch: number }

interface Surroundings {
  readonly net: NetworkTiming
  readonly setMembers?: readonly IdentityId[]
  readonly network?: { readonly isBanned?: boolean } | undefined
}

/** With its day always: the text is kept and read later. */
const day = (at: UnixMs): string => moment(at, Number.NEGATIVE_INFINITY)

const ELSEWHERE =
  'Another node may be running with this key, and two at once are banned for ever. Stop the other node, or release the key when you know that no other node will start with it again'
const TOO_OLD =
  'A node that goes on from it could publish twice for one epoch, which is a ban for ever. Use the newest local.sql if you have it, or wait'

function seenWords({ net }: Surroundings, { publishEpoch, atxId }: SeenAtx): string {
  const from = day(epochStart(net, asEpoch(publishEpoch)))
  return `the network has an activation of it for epoch ${publishEpoch} (${shortId(atxId)}, published after ${from})`
}

function causeOf(finding: Finding, around: Surroundings): string {
  switch (finding.is) {
    case 'unexplained':
      return `${seenWords(around, finding.atx)} that no node here is known to have made. ${ELSEWHERE}`
    case 'challenge-outdated':
      return `its local.sql wants to publish for epoch ${finding.challengeEpoch} without knowing the newest activation: ${seenWords(around, finding.atx)}. ${TOO_OLD}`
    case 'backup-older': {
      const made = finding.madeAt === undefined ? 'unknown when' : `from ${day(finding.madeAt)}`
      return `${seenWords(around, finding.atx)}, and the backed-up local.sql (${made}) may be older. ${TOO_OLD}`
    }
    case 'registration-lost': {
      const database = finding.from === 'none' ? 'there is no local.sql that knows it' : 'the backed-up local.sql is older'
      return `it was registered in a PoET for epoch ${finding.publishEpoch} (${day(finding.at)}), and ${database}. ${TOO_OLD}`
    }
    case 'twin-sign':
      return `its node gave a sign of a second node on ${day(finding.at)} (${finding.text}). ${ELSEWHERE}`
    default:
      return assertNever(finding)
  }
}

/** The user's sentence of a hold, without a full stop and without its end, which every place shows by itself. */
export function holdReason(finding: Finding, around: Surroundings): string {
  const ban = around.network?.isBanned === true ? '. The network has banned it already: it earns nothing any more' : ''
  const members = around.setMembers ?? []
  const set =
    members.length === 0
      ? ''
      : `. A ban would also hit the ${plural(members.length, 'identity', 'identities')} married to it: ${members.map(shortId).join(', ')}`
  return `${causeOf(finding, around)}${set}${ban}`
}
