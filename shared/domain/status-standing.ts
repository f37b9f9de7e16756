import { assertNever } from './fault.ts'
import { epochLengthMs } from './network.ts'
import { common, neededWords, type Rule } from './status-rule.ts'
import { ago, bytes, moment } from './words.ts'
import type { View } from './view.ts'

export const banned: Rule = (v) => {
  const ban = v.belief.ban
  if (ban?.value.isBanned !== true) return undefined
  const reason = ban.value.reason
  return {
    kind: 'banned',
    ...common(v, {
      sentence: 'Banned for ever: the network holds a proof of malfeasance. It earns nothing; its PoS data needs a new key.',
      since: ban.at,
      timing: 'lost',
      cause: reason,
      causeCode: 'malfeasance',
    }),
  }
}

const SIGN_WORDS = {
  'already-published': 'the node saw another ATX of it for the same epoch',
  'same-previous-atx': 'another ATX of it with the same previous ATX exists',
  'managed-by-node': 'the node found two ATXs of its own identity',
  'two-ballots': 'two ballots of it were made for one layer',
  'poet-conflict': 'a PoET holds another registration of it for this round',
} as const

/** Signs stay for two epochs: that is how long a second copy may go unseen. */
export const twinSuspected: Rule = (v) => {
  const twin = v.belief.twin
  if (twin === undefined || v.now - twin.at > 2 * epochLengthMs(v.net)) return undefined
  return {
    kind: 'twin-suspected',
    ...common(v, {
      sentence: `A second node seems to run with this key: ${SIGN_WORDS[twin.sign]}. Two live copies mean a ban for ever. Stop one of the two now.`,
      since: twin.at,
      cause: twin.text,
      causeCode: `twin/${twin.sign}`,
    }),
  }
}

export const held: Rule = (v) => {
  const kept = v.identity?.held
  const key = v.belief.key
  if (kept === undefined && key?.value.is !== 'held') return undefined
  const reason = kept?.reason ?? key?.value.text ?? 'kept out of the node'
  const end = kept?.until ?? key?.value.until
  const until = end === undefined ? '' : ` until ${moment(end, v.now)}`
  return {
    kind: 'held',
    ...common(v, { sentence: `Its key is kept out of the node${until}: ${reason}.`, since: key?.at ?? v.world.firstAt ?? v.now }),
  }
}

export const driveMissing: Rule = (v) => {
  const volume = v.belief.volume
  if (volume === undefined || volume.value.is === 'mounted') return undefined
  const isDead = volume.value.is === 'not-answering'
  return {
    kind: 'drive-missing',
    ...common(v, {
      sentence: `The drive with its PoS data ${isDead ? 'does not answer' : 'is gone'}. Nothing is lost. ${neededWords(v)} Connect the drive again.`,
      since: volume.at,
      cause: isDead ? 'the drive does not answer' : 'the drive is gone',
      causeCode: isDead ? 'volume/not-answering' : 'volume/gone',
    }),
  }
}

export const stopped: Rule = (v) => {
  const { service, alive, operator } = v
  if (service === undefined || service.wanted !== 'down' || alive === 'yes' || alive === 'starting') return undefined
  if (operator !== undefined && operator.is !== 'none') return undefined
  const stoppedBy = service.stoppedBy ?? 'user'
  const since = v.belief.process?.at ?? v.world.firstAt ?? v.now
  const who = stoppedBy === 'user' ? 'You stopped its service' : 'Its service is stopped for an operation'
  return { kind: 'stopped', stoppedBy, ...common(v, { sentence: `${who} ${ago(since, v.now)}. ${neededWords(v)}`, since }) }
}

interface Gap {
  readonly what: string
  readonly code: string
  readonly since: number
}

function folderGap(v: View): Gap | undefined {
  const folder = v.belief.folder
  if (folder === undefined) return undefined
  const since = folder.at
  switch (folder.value.is) {
    case 'no-metadata':
      return { what: 'Its PoS folder holds no PoS data', code: 'pos-folder/no-metadata', since }
    case 'bad-metadata':
      return { what: `The metadata of its PoS folder cannot be read (${folder.value.text})`, code: 'pos-folder/bad-metadata', since }
    case 'unreadable':
      return { what: `Its PoS folder cannot be read (${folder.value.text})`, code: 'pos-folder/unreadable', since }
    case 'present': {
      if (folder.value.identity !== v.id)
        return { what: 'Its PoS folder belongs to another identity', code: 'pos-folder/other-identity', since }
      const bad = folder.value.problems.filter((problem) => problem.is !== 'long')
      const first = bad[0]
      if (first === undefined) return undefined
      const more = bad.length > 1 ? ` and ${bad.length - 1} more` : ''
      const lacking = bytes(first.expectedBytes - first.actualBytes)
      const what = first.is === 'missing' ? `${first.file}${more} is missing` : `${first.file}${more} is ${lacking} short`
      return { what: `PoS data is not whole: ${what}; a proof would never end`, code: `pos-folder/${first.is}`, since }
    }
    default:
      return assertNever(folder.value)
  }
}

function gapOf(v: View): Gap | undefined {
  const key = v.belief.key
  if (key?.value.is === 'missing' && v.belief.isListed?.value !== true)
    return { what: 'Its key is not in the node', code: 'key/missing', since: key.at }
  if (key?.value.is === 'invalid') {
    return {
      what: `Its key file is damaged${key.value.text === undefined ? '' : ` (${key.value.text})`}`,
      code: 'key/invalid',
      since: key.at,
    }
  }
  if (v.service !== undefined) return folderGap(v)
  const sinceSeen = v.belief.postStateSince ?? v.world.firstAt ?? v.now
  return { what: 'No PoS folder and no service are known for this key', code: 'service/none', since: sinceSeen }
}

/** Key without PoS data, or the reverse. Without a service here, what the node says of a finished proof comes first. */
export const incomplete: Rule = (v) => {
  const gap = gapOf(v)
  if (gap === undefined) return undefined
  if (gap.code === 'service/none' && isElsewhere(v)) return undefined
  return {
    kind: 'incomplete',
    ...common(v, { sentence: `${gap.what}. ${neededWords(v)}`, since: gap.since, cause: gap.what, causeCode: gap.code }),
  }
}

/** A service that the set-up does not list makes proofs all the same: the node says so. */
function isElsewhere(v: View): boolean {
  const { complete, atxs, link } = v.belief
  return complete !== undefined || atxs.size > 0 || link?.is === 'connected'
}
