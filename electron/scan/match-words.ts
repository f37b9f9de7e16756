import { assertNever } from '../../shared/domain/fault.ts'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import type { Inventory, InventoryIdentity, KeyCopy, MatchAnswer } from '../../shared/domain/inventory.ts'
import { dataWords, shownPath } from '../../shared/domain/inventory-words.ts'
import { plural } from '../../shared/domain/words.ts'
import type { LookedAt } from './looked-at.ts'

/** What the answer is compared with. */
export interface MatchContext {
  /** Of the last scan; without one only the thing itself is told. */
  readonly inventory: Inventory | undefined
  readonly homedir: string
}

const SEARCH_FIRST = 'Search this machine first: then this can be compared with what is on it.'
const knownOf = (id: IdentityId, { inventory }: MatchContext): InventoryIdentity | undefined =>
  inventory?.identities.find((one) => one.id === id)

/** `identity ab12…cd34 ("Amber")` */
export function identityWords(id: IdentityId, context: MatchContext): string {
  const nickname = knownOf(id, context)?.nickname
  return nickname === undefined ? `identity ${shortId(id)}` : `identity ${shortId(id)} ("${nickname}")`
}

/** An id alone, and what is known of it. */
export function explainIdentity(id: IdentityId, context: MatchContext): MatchAnswer {
  const known = knownOf(id, context)
  const first = `This is ${identityWords(id, context)}.`
  if (context.inventory === undefined) return { is: 'identity', identity: id, sentences: [first, SEARCH_FIRST], next: 'none' }
  if (known === undefined) {
    const nothing = 'Neither its key nor its data was found on this machine.'
    return { is: 'identity', identity: id, sentences: [first, nothing], next: 'none' }
  }
  return { is: 'identity', identity: id, sentences: [first, `${known.sentence}.`], next: known.key === 'missing' ? 'restore' : 'none' }
}

/** The answer for what was seen at a path. */
export function explainPath(looked: LookedAt, context: MatchContext): MatchAnswer {
  const at = shownPath(looked.path, context.homedir)
  switch (looked.is) {
    case 'key':
      return explainKey(looked.key, context)
    case 'keys':
      return explainKeys(at, looked.keys, context)
    case 'pos-folder':
      return explainPosFolder(looked, context)
    case 'node-folder':
      return explainNode(looked, context)
    case 'smapp':
      return {
        is: 'node-folder',
        sentences: [`This is Smapp's folder.`, 'Its node and its identity can be brought in as they are.'],
        next: 'import',
      }
    case 'age-file':
      return explainAge(looked.isOurs)
    case 'absent':
      return { is: 'unknown', sentences: [`${at} does not exist any more.`], next: 'none' }
    case 'unreadable':
      return { is: 'unknown', sentences: [`${at} cannot be read: ${looked.text}.`], next: 'none' }
    case 'other':
      return { is: 'unknown', sentences: [otherWords(looked.what)], next: 'none' }
    default:
      return assertNever(looked)
  }
}

function otherWords(what: 'file' | 'folder' | 'special'): string {
  if (what === 'special') return 'This is a pipe, a socket or a device: it holds no key and no data.'
  return `This ${what} is no key, no PoS data, no node folder and no backup that Smeshkeeper knows.`
}

function explainKey(key: KeyCopy, context: MatchContext): MatchAnswer {
  const { identity, form, problem } = key
  if (identity === undefined) {
    return { is: 'key', sentences: [`This should be a key, but no key can be read from it: ${problem ?? 'it is damaged'}.`], next: 'none' }
  }
  const first = `This is the key of ${identityWords(identity, context)}.`
  const wrong = form === 'good' ? [] : [`The node would refuse the file: ${problem ?? 'it is not in its form'}.`]
  const known = knownOf(identity, context)
  const here = known?.copies.filter((copy) => copy.path !== key.path) ?? []
  const isArmed = known?.copies.some((copy) => copy.grade !== 'at-rest') === true
  return {
    is: 'key',
    identity,
    sentences: [first, ...wrong, keyDataWords(known, context), ...otherCopies(here, context)],
    next: context.inventory === undefined || isArmed ? 'none' : 'add-key',
  }
}

function keyDataWords(known: InventoryIdentity | undefined, context: MatchContext): string {
  if (context.inventory === undefined) return SEARCH_FIRST
  const folder = known?.posFolders[0]
  if (known === undefined || folder === undefined) return 'This key has no data here.'
  const state = context.inventory.posFolders.find((one) => one.path === folder)?.state
  if (state?.is !== 'present') return `Its data in ${shownPath(folder, context.homedir)} cannot be judged.`
  const words = dataWords(folder, state, context.homedir)
  return known.data === 'complete' ? `Its data is in ${shownPath(folder, context.homedir)}: ${words}.` : `Its data: ${words}.`
}

function otherCopies(copies: InventoryIdentity['copies'], { homedir }: MatchContext): string[] {
  const [first] = copies
  if (first === undefined) return []
  const by =
    first.grade === 'at-rest'
      ? 'a copy at rest'
      : first.grade === 'running'
        ? `${first.by ?? 'a node'} runs with it`
        : `${first.by ?? 'a node'} starts it`
  const more = copies.length > 1 ? ` and in ${plural(copies.length - 1, 'other place')}` : ''
  return [`The same key is also in ${shownPath(first.path, homedir)} (${by})${more}.`]
}

function explainKeys(at: string, keys: readonly KeyCopy[], context: MatchContext): MatchAnswer {
  const [only] = keys
  if (only !== undefined && keys.length === 1) return explainKey(only, context)
  const whole = keys.flatMap(({ identity }) => identity ?? [])
  const names = [...new Set(whole)].slice(0, 5).map((id) => identityWords(id, context))
  const rest = new Set(whole).size - names.length
  const bad = keys.length - whole.length
  return {
    is: 'key',
    sentences: [
      `${at} holds ${plural(keys.length, 'key file')}.`,
      ...(names.length > 0 ? [`They are of ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`] : []),
      ...(bad > 0 ? [`From ${bad} of them no key can be read.`] : []),
    ],
    next: whole.length > 0 ? 'add-key' : 'none',
  }
}

function explainPosFolder(looked: Extract<LookedAt, { is: 'pos-folder' }>, context: MatchContext): MatchAnswer {
  const { state, folder, file } = looked
  const at = shownPath(folder, context.homedir)
  const part = file === undefined ? [] : [`This is one file of the PoS data in ${at}: the whole folder belongs together.`]
  switch (state.is) {
    case 'present': {
      const known = knownOf(state.identity, context)
      const words = `PoS data of ${identityWords(state.identity, context)}: ${dataWords(folder, state, context.homedir)}.`
      return {
        is: 'pos-folder',
        identity: state.identity,
        sentences: [...part, words, keyPlaceWords(known, context)],
        next: context.inventory !== undefined && (known === undefined || known.key === 'missing') ? 'restore' : 'none',
      }
    }
    case 'no-metadata':
      return {
        is: 'pos-folder',
        sentences: [
          ...part,
          `${at} holds PoS data, but postdata_metadata.json is missing: it is not known whose it is. Look for that file in a backup.`,
        ],
        next: 'restore',
      }
    case 'bad-metadata':
      return {
        is: 'pos-folder',
        sentences: [...part, `postdata_metadata.json in ${at} cannot be used: ${state.text}. Bring it back from a backup.`],
        next: 'restore',
      }
    case 'unreadable':
      return { is: 'pos-folder', sentences: [...part, `${at} cannot be read: ${state.text}.`], next: 'none' }
    default:
      return assertNever(state)
  }
}

function keyPlaceWords(known: InventoryIdentity | undefined, context: MatchContext): string {
  if (context.inventory === undefined) return SEARCH_FIRST
  const copy = known?.copies[0]
  if (copy === undefined) return 'Its key was not found on this machine: without it the data is worthless.'
  const by = copy.by === undefined ? '' : ` (${copy.by})`
  return `Its key is in ${shownPath(copy.path, context.homedir)}${by}.`
}

function explainNode({ node, keys }: Extract<LookedAt, { is: 'node-folder' }>, context: MatchContext): MatchAnswer {
  const names = node.identities.slice(0, 5).map((id) => identityWords(id, context))
  const rest = node.identities.length - names.length
  const more = rest > 0 ? ` and ${rest} more` : ''
  const bad = keys.filter((key) => key.form !== 'good' && key.isLoaded === true).length
  const found = context.inventory?.nodes.find((one) => one.dataFolder === node.dataFolder)
  const starters = (found ?? node).starters.map((one) => one.label)
  return {
    is: 'node-folder',
    sentences: [
      `This is the data folder of a node${node.mode === 'supervised' ? ' that runs its only identity itself' : ''}.`,
      names.length === 0 ? 'It holds no key.' : `It holds the keys of ${names.join(', ')}${more}.`,
      ...(bad > 0 ? [`${plural(bad, 'key file')} would keep it from starting.`] : []),
      ...('text' in node.local ? [`${node.local.text}.`] : []),
      ...(starters.length > 0 ? [`It is started by ${[...new Set(starters)].join(' and ')}.`] : []),
    ],
    next: 'import',
  }
}

function explainAge(isOurs: boolean): MatchAnswer {
  if (isOurs)
    return { is: 'backup', sentences: ['This is a backup made by Smeshkeeper.', 'Its passphrase or age key opens it.'], next: 'restore' }
  const words =
    'This is a file encrypted with age. Whether it is a backup of Smeshkeeper shows when it is opened with its passphrase or age key.'
  return { is: 'backup', sentences: [words], next: 'restore' }
}
