import { shortId } from '../../../shared/domain/ids.ts'
import type { FoundNode, FoundPosFolder, FoundSetup, Inventory, KeyCopy } from '../../../shared/domain/inventory.ts'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import { bytes, duration, plural } from '../../../shared/domain/words.ts'
import type { Look } from '../../components/glyph.tsx'
import type { IconName } from '../../components/icons.tsx'

/** One row of what was found. */
export interface Finding {
  readonly key: string
  readonly icon: IconName
  readonly what: string
  /** Path or file that it was found by. */
  readonly where: string
  readonly inside: string
  readonly does: string
  readonly state: Look
}

const look = (shape: Look['shape'], tone: Look['tone'], word: string): Look => ({ shape, tone, word })

const identitiesWord = (count: number): string => plural(count, 'identity', 'identities')

/** Names of identities by id, the short id where there is none. */
type NameOf = (id: string) => string

function nameIn(inventory: Inventory): NameOf {
  const names = new Map(inventory.identities.map((one) => [String(one.id), one.nickname]))
  return (id) => names.get(id) ?? shortId(id)
}

const FEW = 4
const listed = (ids: readonly string[], nameOf: NameOf): string =>
  ids.length === 0
    ? 'no identities'
    : ids.length > FEW
      ? identitiesWord(ids.length)
      : `${identitiesWord(ids.length)}: ${ids.map(nameOf).join(', ')}`

function databaseTrouble({ local }: FoundNode): string | undefined {
  switch (local.is) {
    case 'absent':
    case 'read':
      return undefined
    case 'unsupported':
    case 'locked':
    case 'corrupt':
    case 'unreadable':
      return `local.sql: ${local.text}`
    default:
      return local satisfies never
  }
}

function nodeState(node: FoundNode, isRunning: boolean): Look {
  if (isRunning) return { ...look('pie', 'accent', 'running'), share: 75 }
  if (databaseTrouble(node) !== undefined) return look('triangle', 'warn', 'database')
  if (node.mode === 'supervised') return look('triangle', 'warn', 'supervised')
  if (node.starters.some((one) => one.isAutomatic)) return look('ring-dots', 'dim', 'starts by itself')
  return node.mode === 'empty' ? look('ring', 'dim', 'no keys') : look('ring', 'dim', 'stopped')
}

const startedBy = (node: FoundNode): string => node.starters.map((one) => one.label).join(', ')

function nodeFinding(node: FoundNode, inventory: Inventory, now: UnixMs): Finding {
  const runs = inventory.processes.find((one) => one.program === 'go-spacemesh' && one.folder === node.dataFolder)
  const smapp = inventory.setups.find((one) => one.kind === 'smapp' && one.node?.dataFolder === node.dataFolder)
  const since = runs?.startedAt === undefined ? '' : ` for ${duration(now - runs.startedAt)}`
  const trouble = databaseTrouble(node)
  const by = runs?.ownerLabel ?? startedBy(node)
  return {
    key: `node ${node.dataFolder}`,
    icon: smapp === undefined ? 'node' : 'tray',
    what:
      smapp === undefined
        ? runs === undefined
          ? 'Node, stopped'
          : `Node, running${since}`
        : `Smapp with ${identitiesWord(node.identities.length)}${runs === undefined ? '' : ', running'}`,
    where: node.dataFolder,
    inside: [listed(node.identities, nameIn(inventory)), ...(trouble === undefined ? [] : [trouble])].join('; '),
    does:
      by !== ''
        ? `watch it as it is; ${by} keeps starting it`
        : runs !== undefined
          ? 'watch it as it is, no restart'
          : node.mode === 'empty'
            ? 'leave it as it is'
            : 'back its keys up; you decide what starts it',
    state: nodeState(node, runs !== undefined),
  }
}

const KINDS: Readonly<Record<FoundSetup['kind'], string>> = {
  smapp: 'Smapp',
  psm: 'PSM set-up',
  systemd: 'systemd unit',
  compose: 'Compose file',
  process: 'Running programs',
}

function setupFinding(setup: FoundSetup, inventory: Inventory): Finding {
  const ids = new Set(
    setup.services.flatMap(({ posFolder }) => {
      const folder = inventory.posFolders.find((one) => one.path === posFolder)
      return folder?.state.is === 'present' ? [String(folder.state.identity)] : []
    }),
  )
  const running = new Set(
    inventory.identities.filter((one) => one.copies.some((copy) => copy.grade === 'running')).map((one) => String(one.id)),
  )
  const isDuplicate = ids.size > 0 && [...ids].every((id) => running.has(id))
  const services = setup.services.length === 0 ? '' : ` with ${plural(setup.services.length, 'service')}`
  return {
    key: `setup ${setup.kind} ${setup.file}`,
    icon: setup.kind === 'smapp' ? 'tray' : 'file',
    what: `${KINDS[setup.kind]}${services}`,
    where: setup.file,
    inside:
      setup.problems.length > 0
        ? setup.problems.join('; ')
        : isDuplicate
          ? 'same identities as a running node'
          : ids.size === 0
            ? 'no identity could be told from it'
            : listed([...ids], nameIn(inventory)),
    does: isDuplicate ? 'read its options; it must not start beside that node' : 'watch it as it is; its owner stays',
    state:
      setup.problems.length > 0
        ? look('triangle', 'warn', 'not all understood')
        : isDuplicate
          ? look('triangle', 'warn', 'duplicate')
          : setup.isAutomatic
            ? look('ring-dots', 'dim', 'starts by itself')
            : look('ring', 'dim', 'off'),
  }
}

function posFinding(folder: FoundPosFolder, inventory: Inventory): Finding {
  const { state } = folder
  const base = { key: `pos ${folder.path}`, icon: 'disk', where: folder.path } as const
  if (state.is !== 'present') {
    const inside = state.is === 'no-metadata' ? 'postdata_metadata.json is missing' : state.text
    return { ...base, what: 'PoS folder, unreadable', inside, does: 'leave it as it is', state: look('question', 'bad', 'unreadable') }
  }
  const known = inventory.identities.find((one) => one.id === state.identity)
  const name = nameIn(inventory)(state.identity)
  if (known?.key !== 'here') {
    return {
      ...base,
      what: 'PoS folder without a key',
      inside: `${bytes(state.actualBytes)}, belongs to ${name}`,
      does: 'look for the key; leave the data alone',
      state: look('question', 'bad', 'key missing'),
    }
  }
  if (state.problems.length > 0 || state.actualBytes < state.expectedBytes) {
    const files = state.problems.length === 0 ? '' : `, ${plural(state.problems.length, 'file')} missing or of another size`
    return {
      ...base,
      what: 'PoS folder, incomplete',
      inside: `${bytes(state.actualBytes)} of ${bytes(state.expectedBytes)} of ${name}${files}`,
      does: 'keep it; finish it before it is proved',
      state: look('half', 'warn', 'incomplete'),
    }
  }
  const isServed = known.servedBy.length > 0
  const hasNode = known.copies.some((copy) => copy.grade !== 'at-rest')
  return {
    ...base,
    what: 'PoS folder, complete',
    inside: `${bytes(state.actualBytes)} of ${name}`,
    does: isServed ? 'watch its service' : hasNode ? 'add a service for it' : 'place its key in a node, add a service',
    state: isServed ? look('disc-tick', 'ok', 'served') : hasNode ? look('ring', 'dim', 'no service') : look('half', 'warn', 'no node'),
  }
}

function keyFinding(copy: KeyCopy, inventory: Inventory): Finding {
  const base = { key: `key ${copy.path}`, icon: 'key', where: copy.path } as const
  if (copy.form === 'bad' || copy.identity === undefined) {
    const inside = copy.problem ?? 'no key can be read from it'
    return { ...base, what: 'Key file, unusable', inside, does: 'leave it as it is', state: look('cross', 'bad', 'unusable') }
  }
  const known = inventory.identities.find((one) => one.id === copy.identity)
  const data = known === undefined || known.data === 'missing' ? 'no data here' : `data ${known.data}`
  const inside = `key of ${nameIn(inventory)(copy.identity)}, ${data}${copy.problem === undefined ? '' : `; ${copy.problem}`}`
  return copy.form === 'repairable'
    ? { ...base, what: 'Key file, needs repair', inside, does: 'put it in the backup', state: look('triangle', 'warn', 'repairable') }
    : { ...base, what: 'Key file', inside, does: 'put it in the backup', state: look('ring', 'dim', 'at rest') }
}

const WEIGHTS: Readonly<Record<Look['tone'], number>> = { accent: 0, bad: 1, warn: 2, dim: 3, ok: 4 }

/** What runs first, then what needs the user; within that nodes, set-ups, PoS data, keys that lie elsewhere or are broken. */
export function findingsOf(inventory: Inventory, now: UnixMs): readonly Finding[] {
  const folders = new Set(inventory.nodes.map((node) => node.dataFolder))
  // Of a set-up without services, the node that it starts says all.
  const setups = inventory.setups.filter(
    ({ services, node }) => services.length > 0 || node?.dataFolder === undefined || !folders.has(node.dataFolder),
  )
  const keys = inventory.keys.filter(
    ({ form, place }) => form === 'bad' || place === 'loose' || (form === 'repairable' && place !== 'quarantine'),
  )
  return [
    ...inventory.nodes.map((node) => nodeFinding(node, inventory, now)),
    ...setups.map((setup) => setupFinding(setup, inventory)),
    ...inventory.posFolders.map((folder) => posFinding(folder, inventory)),
    ...keys.map((copy) => keyFinding(copy, inventory)),
  ].sort((a, b) => WEIGHTS[a.state.tone] - WEIGHTS[b.state.tone])
}

/** "5 identities, 14.5 TiB of PoS data, 2 nodes" */
export function totalOf(inventory: Inventory): string {
  const size = inventory.posFolders.reduce((sum, { state }) => sum + (state.is === 'present' ? state.actualBytes : 0), 0)
  return [
    identitiesWord(inventory.identities.length),
    ...(size > 0 ? [`${bytes(size)} of PoS data`] : []),
    plural(inventory.nodes.length, 'node'),
  ].join(', ')
}

/** How many keys were read, and how many of them lie where more than one node would load them, started now or ever. */
export function comparedKeys(inventory: Inventory): { readonly keys: number; readonly twice: number } {
  const withKey = inventory.identities.filter((one) => one.key === 'here')
  const twice = withKey.filter(({ id, copies }) => {
    const armed = copies.filter(({ grade }) => grade !== 'at-rest').length
    return Math.max(armed, inventory.nodes.filter(({ identities }) => identities.includes(id)).length) > 1
  })
  return { keys: withKey.length, twice: twice.length }
}
