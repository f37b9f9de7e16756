import { LOCAL_KEY } from '../../identities/index.ts'
import { isSupervised } from '../facts/folder-facts.ts'
import type { MergeFacts } from './merge-facts.ts'
import { freeKeyName, keyNameFor } from './plan-parts.ts'

/** One key on its way: what it is called where it comes from and at the target. */
export interface MergeKey {
  readonly identity: string
  /** Index of its source; -1: it is the target's own local.key. */
  readonly source: number
  readonly from: string
  readonly to: string
  /** Why it gets another name. */
  readonly renamed?: 'by-the-user' | 'name-taken' | 'supervised'
}

export interface NameProblem {
  readonly identity: string
  readonly name: string
  readonly is: 'taken' | 'invalid'
}

export interface MergeNames {
  readonly keys: readonly MergeKey[]
  readonly problems: readonly NameProblem[]
}

/** Folders of macOS and Windows do not tell case apart. */
const folded = (name: string): string => name.normalize('NFC').toLowerCase()
const isValid = (name: string): boolean => /^[^/\\\0]{1,200}\.key$/.test(name) && !name.startsWith('.') && folded(name) !== LOCAL_KEY

/** What every key is called at the target: as the user says, else as it is, else a name that nobody has there. */
export function mergeNames({ request, input, target, sources }: Pick<MergeFacts, 'request' | 'input' | 'target' | 'sources'>): MergeNames {
  const local = isSupervised(target) ? target.keys[0] : undefined
  const taken = target.names.filter((name) => local === undefined || name !== LOCAL_KEY)
  const takenFolded = new Set(taken.map(folded))
  const isTaken = (name: string): boolean => takenFolded.has(folded(name))
  const keys: MergeKey[] = []
  const problems: NameProblem[] = []
  const take = (key: MergeKey): void => {
    taken.push(key.to)
    takenFolded.add(folded(key.to))
    keys.push(key)
  }
  const incoming: readonly Pick<MergeKey, 'identity' | 'source' | 'from'>[] = [
    ...(local?.identity === undefined ? [] : [{ identity: local.identity, from: LOCAL_KEY, source: -1 }]),
    ...sources.flatMap((node, source) =>
      node.keys.flatMap(({ identity, name }) => (identity === undefined ? [] : [{ identity, from: name, source }])),
    ),
  ]
  // Names that the user chose come first: a proposed one gives way.
  for (const one of incoming) {
    const wanted = request.names[one.identity]
    if (wanted === undefined) continue
    if (!isValid(wanted)) problems.push({ identity: one.identity, name: wanted, is: 'invalid' })
    else if (isTaken(wanted)) problems.push({ identity: one.identity, name: wanted, is: 'taken' })
    take({ ...one, to: wanted, ...(wanted === one.from ? {} : { renamed: 'by-the-user' }) })
  }
  for (const one of incoming) {
    if (request.names[one.identity] !== undefined) continue
    if (one.from === LOCAL_KEY) take({ ...one, to: keyNameFor(input, one.identity, taken), renamed: 'supervised' })
    else if (!isTaken(one.from)) take({ ...one, to: one.from })
    else take({ ...one, to: freeKeyName(one.from, one.identity, taken), renamed: 'name-taken' })
  }
  return { keys: keys.toSorted((one, other) => one.source - other.source || (one.from < other.from ? -1 : 1)), problems }
}
