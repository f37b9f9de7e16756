import type { IdentityId } from './ids.ts'
import type { CopyGrade, FoundNode, FoundProcess, FoundSetup, Inventory, InventoryIdentity, KeyCopy, NodeStarter } from './inventory.ts'
import { sentenceOf, type GradedCopy, type Joined, type PresentFolder } from './inventory-words.ts'

/** What a scan found, with what the set-up knows of it. */
export interface InventoryFacts extends Pick<Inventory, 'keys' | 'posFolders' | 'nodes' | 'processes' | 'setups' | 'volumes' | 'isWhole'> {
  readonly nicknames: Readonly<Record<string, string>>
  /** PoS folders of the set-up, by identity. */
  readonly ownPosFolders: Readonly<Record<string, string>>
  /** Shown as `~`. */
  readonly homedir: string
}

/** Without a separator at its end. */
const plain = (path: string): string => (path.length > 1 ? path.replace(/[\\/]+$/, '') : path)
const isSame = (a: string | undefined, b: string): boolean => a !== undefined && plain(a) === plain(b)
const isIn = (path: string, folder: string): boolean =>
  isSame(path, folder) || (/^[\\/]/.test(path.slice(plain(folder).length)) && path.startsWith(plain(folder)))

/** A process as it is named to the user. */
const processName = (process: FoundProcess): string => process.ownerLabel ?? `${process.program}, process ${process.pid}`

/**
 * How dangerous one copy is. A node has loaded the keys of its folder when it started; a folder that something would start
 * is as good as loaded. A file that the node does not load by its name, or that holds no key, is at rest.
 */
export function gradeCopy(
  copy: KeyCopy,
  facts: { readonly nodes: readonly FoundNode[]; readonly processes: readonly FoundProcess[] },
): GradedCopy {
  const { path, nodeFolder, isLoaded } = copy
  if (nodeFolder === undefined || isLoaded !== true || copy.form === 'bad') return { path, grade: 'at-rest', copy }
  const running = facts.processes.find((one) => one.program === 'go-spacemesh' && isSame(one.folder, nodeFolder))
  if (running !== undefined) return { path, grade: 'running', by: processName(running), copy }
  const starters = facts.nodes.find((node) => isSame(node.dataFolder, nodeFolder))?.starters ?? []
  if (starters.length === 0) return { path, grade: 'at-rest', copy }
  return { path, grade: 'configured', by: labelsOf(starters), copy }
}

const labelsOf = (starters: readonly NodeStarter[]): string => [...new Set(starters.map((one) => one.label))].join(' and ')

const isComplete = (state: PresentFolder): boolean => state.problems.length === 0 && state.hasVrfNonce

/** The folder that serves the identity best: complete before incomplete, then the most data. */
const byWorth = (a: { readonly state: PresentFolder }, b: { readonly state: PresentFolder }): number =>
  Number(isComplete(b.state)) - Number(isComplete(a.state)) || b.state.actualBytes - a.state.actualBytes

/** All identities that anything on this machine names. */
function identitiesOf(facts: InventoryFacts): Set<IdentityId> {
  const all = new Set<IdentityId>()
  for (const { identity } of facts.keys) if (identity !== undefined) all.add(identity)
  for (const { state } of facts.posFolders) if (state.is === 'present') all.add(state.identity)
  for (const { local, identities } of facts.nodes) {
    for (const id of identities) all.add(id)
    if (local.is === 'read') for (const { identity } of local.rows) all.add(identity)
  }
  for (const id of [...Object.keys(facts.ownPosFolders), ...Object.keys(facts.nicknames)]) all.add(id as IdentityId)
  return all
}

/** A folder that should hold the identity's data, but tells nothing of it: its place in the set-up, or its key beside it. */
function unreadableOf(id: IdentityId, facts: InventoryFacts, copies: readonly GradedCopy[]): { path: string; text: string } | undefined {
  const own = facts.ownPosFolders[id]
  for (const { path, state } of facts.posFolders) {
    const isIts = isSame(own, path) || copies.some(({ copy }) => copy.place === 'pos-folder' && isIn(copy.path, path))
    if (isIts && state.is !== 'present')
      return { path, text: state.is === 'no-metadata' ? 'postdata_metadata.json is missing' : state.text }
  }
  const silent = own === undefined ? undefined : facts.volumes.find((one) => one.is === 'not-answering' && isIn(own, one.mountPoint))
  return own === undefined || silent === undefined ? undefined : { path: own, text: `${silent.label} does not answer` }
}

function dataOf(id: IdentityId, facts: InventoryFacts, copies: readonly GradedCopy[]): Pick<Joined, 'folders' | 'unreadable' | 'data'> {
  const folders = facts.posFolders
    .flatMap(({ path, state }) => (state.is === 'present' && state.identity === id ? [{ path, state }] : []))
    .sort(byWorth)
  const [best] = folders
  if (best !== undefined) return { folders, data: isComplete(best.state) ? 'complete' : 'incomplete' }
  const unreadable = unreadableOf(id, facts, copies)
  return unreadable === undefined ? { folders, data: 'missing' } : { folders, unreadable, data: 'unreadable' }
}

function servedBy(folders: readonly string[], processes: readonly FoundProcess[], setups: readonly FoundSetup[]): string[] {
  const isIts = (folder: string | undefined): boolean => folders.some((one) => isSame(folder, one))
  const running = processes
    .filter((one) => one.program === 'post-service' && isIts(one.folder))
    .map((one) => `${one.ownerLabel ?? 'post-service'}, process ${one.pid}`)
  if (running.length > 0) return running
  return [...new Set(setups.filter((one) => one.services.some(({ posFolder }) => isIts(posFolder))).map((one) => one.label))]
}

const GRADES: readonly CopyGrade[] = ['running', 'configured', 'at-rest']
const FORMS: readonly KeyCopy['form'][] = ['good', 'repairable', 'bad']
const byDanger = (a: GradedCopy, b: GradedCopy): number =>
  GRADES.indexOf(a.grade) - GRADES.indexOf(b.grade) || FORMS.indexOf(a.copy.form) - FORMS.indexOf(b.copy.form)

function join(id: IdentityId, copies: readonly GradedCopy[], facts: InventoryFacts): Joined {
  const armed = new Map(copies.flatMap((one) => (one.grade === 'at-rest' ? [] : [[plain(one.copy.nodeFolder ?? ''), one] as const])))
  const hasGood = copies.some(({ copy }) => copy.form === 'good')
  return {
    id,
    key: hasGood ? 'here' : copies.length > 0 ? 'unusable' : 'missing',
    copies,
    armed: [...armed.values()],
    ...dataOf(id, facts, copies),
    knownBy: facts.nodes
      .filter(({ local }) => local.is === 'read' && local.rows.some((row) => row.identity === id))
      .map((one) => one.dataFolder),
  }
}

/** Trouble first: what may ban, what makes data worthless, what keeps it from proving. */
function rankOf({ armed, key, data, folders, knownBy }: Joined): number {
  if (armed.length > 1) return 0
  if (key === 'missing') return folders.length > 0 ? 1 : knownBy.length > 0 ? 4 : 5
  if (key === 'unusable') return 2
  return { unreadable: 3, incomplete: 3, missing: 6, complete: 7 }[data]
}

/**
 * Every identity that a key, PoS data, a node's database or the set-up names, with what is here of it and what is missing.
 * Pure; the worst trouble comes first, then by nickname and id.
 */
export function joinInventory(facts: InventoryFacts): InventoryIdentity[] {
  const copies = new Map<IdentityId, GradedCopy[]>()
  for (const key of facts.keys) {
    if (key.identity === undefined) continue
    const graded = gradeCopy(key, facts)
    const own = copies.get(key.identity)
    if (own === undefined) copies.set(key.identity, [graded])
    else own.push(graded)
  }
  const nameOf = (id: IdentityId): string => `${facts.nicknames[id] ?? '\uFFFF'}\0${id}`
  return [...identitiesOf(facts)]
    .map((id) => join(id, (copies.get(id) ?? []).sort(byDanger), facts))
    .sort((a, b) => rankOf(a) - rankOf(b) || (nameOf(a.id) < nameOf(b.id) ? -1 : 1))
    .map((joined) => toIdentity(joined, facts))
}

function toIdentity(joined: Joined, facts: InventoryFacts): InventoryIdentity {
  const { id, key, data, folders, knownBy, copies } = joined
  const nickname = facts.nicknames[id]
  const best = folders[0]?.state
  const posFolders = joined.unreadable === undefined ? folders.map((one) => one.path) : [joined.unreadable.path]
  return {
    id,
    ...(nickname === undefined ? {} : { nickname }),
    key,
    copies: copies.map(({ path, grade, by }) => ({ path, grade, ...(by === undefined ? {} : { by }) })),
    data,
    posFolders,
    ...(best === undefined ? {} : { numUnits: best.numUnits, expectedBytes: best.expectedBytes, actualBytes: best.actualBytes }),
    knownBy,
    servedBy: servedBy(posFolders, facts.processes, facts.setups),
    sentence: sentenceOf(joined, facts),
  }
}
