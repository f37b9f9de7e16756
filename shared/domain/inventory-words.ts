import { assertNever } from './fault.ts'
import type { IdentityId } from './ids.ts'
import type { CopyGrade, InventoryIdentity, KeyCopy, ScannedVolume } from './inventory.ts'
import type { PosFolderState } from './observation.ts'
import { bytes, plural } from './words.ts'

export type PresentFolder = Extract<PosFolderState, { is: 'present' }>

export interface GradedCopy {
  readonly path: string
  readonly grade: CopyGrade
  /** What runs or starts the node of its folder. */
  readonly by?: string
  readonly copy: KeyCopy
}

/** Everything that was found of one identity. */
export interface Joined {
  readonly id: IdentityId
  readonly key: InventoryIdentity['key']
  /** The most dangerous first. */
  readonly copies: readonly GradedCopy[]
  /** One of each node folder that starts or runs with the key. */
  readonly armed: readonly GradedCopy[]
  readonly data: InventoryIdentity['data']
  /** The best first. */
  readonly folders: readonly { readonly path: string; readonly state: PresentFolder }[]
  /** Why the folder that should hold its data tells nothing. */
  readonly unreadable?: { readonly path: string; readonly text: string }
  readonly knownBy: readonly string[]
}

export interface Surroundings {
  readonly homedir: string
  readonly isWhole: boolean
  readonly volumes: readonly ScannedVolume[]
}

/** A path as the user writes it. */
export function shownPath(path: string, homedir: string): string {
  const rest = path.slice(homedir.length)
  return homedir !== '' && path.startsWith(homedir) && /^[\\/]/.test(rest) ? `~${rest}` : path
}

/** Something was not looked at: what was not found may still be there. */
const isBlind = ({ isWhole, volumes }: Surroundings): boolean => !isWhole || volumes.some((one) => one.is === 'not-answering')

const notFound = (around: Surroundings): string =>
  isBlind(around) ? 'was not found, but this search could not look everywhere' : 'was not found on this machine'

/** What is wrong with the files: `3 files missing, 1 too short`. */
export function fileTrouble(problems: PresentFolder['problems']): string {
  const count = (is: PresentFolder['problems'][number]['is']): number => problems.filter((one) => one.is === is).length
  const parts = [
    { files: count('missing'), are: 'missing' },
    { files: count('short'), are: 'too short' },
    { files: count('long'), are: 'too long or not part of it' },
  ].filter((one) => one.files > 0)
  return parts.map(({ files, are }, i) => (i === 0 ? `${plural(files, 'file')} ${are}` : `${files} ${are}`)).join(', ')
}

/** What is there of PoS data: `4.0 TiB, complete`. */
export function dataWords(path: string, state: PresentFolder, homedir: string): string {
  const size = bytes(state.expectedBytes)
  const at = shownPath(path, homedir)
  if (state.problems.length > 0) {
    const first = state.problems[0]?.file ?? ''
    const which = state.problems.length === 1 ? ` (${first})` : `, the first ${first}`
    return (
      `${bytes(state.actualBytes)} of ${size} in ${at}: ${fileTrouble(state.problems)}${which}. ` +
      'It cannot prove like this: bring the files back or finish it with postcli'
    )
  }
  if (!state.hasVrfNonce) return `${size} in ${at}, all files there, but not finished: no VRF nonce was found yet. Let postcli finish it`
  return `${size}, complete`
}

const startsIt = ({ grade, by }: GradedCopy): string =>
  grade === 'running' ? `${by ?? 'a node'} runs with it` : `${by ?? 'something'} starts it`

function twinSentence({ armed }: Joined, around: Surroundings): string {
  const places = armed.map((one) => `${shownPath(one.path, around.homedir)} (${startsIt(one)})`)
  return (
    `The same key is armed in ${armed.length} node folders: ${places.join(' and ')}. ` +
    'Two nodes with one key are banned for ever: disarm it in all but one'
  )
}

function keyWords({ copies }: Joined, around: Surroundings): string {
  const [first] = copies
  const more = copies.length - 1
  const place = first === undefined ? '' : `its key is in ${shownPath(first.path, around.homedir)}`
  return more > 0 ? `${place} and ${plural(more, 'other place')}` : place
}

const twice = ({ folders }: Joined): string => (folders.length > 1 ? `. ${folders.length} folders hold data of it` : '')

/** Capital letter, for a clause that begins a sentence. */
const begin = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function withoutKey(joined: Joined, around: Surroundings): string {
  const [best] = joined.folders
  if (best !== undefined) {
    return (
      `${dataWords(best.path, best.state, around.homedir)}; its key ${notFound(around)}. ` +
      'Without the key the data is worthless: look for a backup of it'
    )
  }
  const [folder] = joined.knownBy
  if (folder !== undefined) {
    return `The node in ${shownPath(folder, around.homedir)} has worked for it; neither its key nor its data ${notFound(around)}`
  }
  if (joined.unreadable !== undefined) return `Its key ${notFound(around)}, and ${unreadableWords(joined, around)}`
  return `Neither its key nor its data ${notFound(around)}. Look for a backup`
}

const unreadableWords = ({ unreadable }: Joined, around: Surroundings): string =>
  unreadable === undefined ? '' : `its data in ${shownPath(unreadable.path, around.homedir)} cannot be judged: ${unreadable.text}`

/** One sentence, or two, without a full stop at the end: what is here, what is missing, what to do. */
export function sentenceOf(joined: Joined, around: Surroundings): string {
  if (joined.armed.length > 1) return twinSentence(joined, around)
  if (joined.key === 'missing') return withoutKey(joined, around)
  const [best] = joined.folders
  const key =
    joined.key === 'here'
      ? keyWords(joined, around)
      : `${keyWords(joined, around)}, but ${joined.copies[0]?.copy.problem ?? 'the node refuses it'}`
  switch (joined.data) {
    case 'complete':
    case 'incomplete': {
      if (best === undefined) return begin(key)
      const data = dataWords(best.path, best.state, around.homedir)
      return joined.data === 'complete' ? `${data}; ${key}${twice(joined)}` : `${data}. ${begin(key)}${twice(joined)}`
    }
    case 'unreadable':
      return `${begin(unreadableWords(joined, around))}. ${begin(key)}`
    case 'missing':
      return `${begin(key)}; its data ${notFound(around)}`
    default:
      return assertNever(joined.data)
  }
}
