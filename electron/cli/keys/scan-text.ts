import type {
  CopyGrade,
  FoundNode,
  FoundPosFolder,
  FoundProcess,
  FoundSetup,
  Inventory,
  InventoryIdentity,
  KeyCopy,
} from '../../../shared/domain/inventory.ts'
import { assertNever } from '../../../shared/domain/fault.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { bytes, duration, plural } from '../../../shared/domain/words.ts'
import { asSentence } from './context.ts'
import { titleOf } from './names.ts'
import type { Need } from './needs.ts'

const GRADES: Readonly<Record<CopyGrade, string>> = { 'at-rest': 'at rest', configured: 'starts', running: 'runs' }

/** An identity with the places of its key and data. */
export function identityLines(identity: InventoryIdentity): string[] {
  const { copies, posFolders, actualBytes } = identity
  return [
    `  ${titleOf(identity)}: ${asSentence(identity.sentence)}`,
    ...copies.map(({ path, grade, by }) => `    key ${GRADES[grade].padEnd(8)} ${path}${by === undefined ? '' : ` (${by})`}`),
    ...posFolders.map(
      (folder) => `    data         ${folder}${actualBytes === undefined || posFolders.length > 1 ? '' : ` (${bytes(actualBytes)})`}`,
    ),
  ]
}

const keyLine = ({ path, problem }: KeyCopy): string => `  ${path}: ${asSentence(problem ?? 'no key can be read from it')}`

function posFolderText({ state }: FoundPosFolder): string {
  switch (state.is) {
    case 'present': {
      const { actualBytes, expectedBytes, identity, problems } = state
      const [first] = problems
      const whose = `of identity ${shortId(identity)}`
      if (first === undefined) return `${bytes(actualBytes)} ${whose}, complete.`
      const more = problems.length > 1 ? ` and ${problems.length - 1} more` : ''
      return `${bytes(actualBytes)} of ${bytes(expectedBytes)} ${whose}: ${first.file} is ${first.is === 'missing' ? 'missing' : `too ${first.is}`}${more}.`
    }
    case 'no-metadata':
      return 'PoS data without its postdata_metadata.json: nobody can tell whose it is.'
    case 'bad-metadata':
    case 'unreadable':
      return asSentence(state.text)
    default:
      return assertNever(state)
  }
}

function nodeText({ local, identities, mode, starters }: FoundNode): string {
  const keys = mode === 'empty' ? 'no key' : plural(identities.length, 'key')
  const base = local.is === 'absent' ? 'no local.sql' : local.is === 'read' ? `local.sql of schema ${local.schema}` : asSentence(local.text)
  const by = starters.map(({ label, isAutomatic }) => `${label}${isAutomatic ? ' starts it by itself' : ' can start it'}`).join(', ')
  return `${keys}; ${base}${by === '' ? '' : `; ${by}`}`
}

const processLine = ({ pid, program, owner, ownerLabel, folder }: FoundProcess): string =>
  `  ${program}, pid ${pid}, of ${ownerLabel ?? owner}${folder === undefined ? '' : `: ${folder}`}`

function setupLines({ label, file, isAutomatic, services, problems }: FoundSetup): string[] {
  const what = `${plural(services.length, 'service')}${isAutomatic ? ', starts by itself' : ''}`
  return [`  ${label}: ${what}${label === file ? '' : ` (${file})`}`, ...problems.map((problem) => `    ${asSentence(problem)}`)]
}

const part = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines])

/** Everything that a scan found, for a person. */
export function inventoryLines(inventory: Inventory, needs: readonly Need[]): string[] {
  const { identities, keys, posFolders, nodes, processes, setups, volumes, startedAt, finishedAt } = inventory
  const looked = volumes.filter(({ is }) => is === 'scanned' || is === 'partly').length
  const head = [
    plural(identities.length, 'identity', 'identities'),
    plural(keys.length, 'key file'),
    plural(posFolders.length, 'PoS folder'),
    plural(nodes.length, 'node'),
    plural(setups.length, 'set-up'),
  ].join(', ')
  return [
    `Found ${head} on ${plural(looked, 'volume')} in ${duration(finishedAt - startedAt)}.`,
    ...part(
      'Needs you',
      needs.map(({ sentence }) => `  ! ${asSentence(sentence)}`),
    ),
    ...part('Identities', identities.flatMap(identityLines)),
    ...part('Key files that no node would take', keys.filter(({ form }) => form !== 'good').map(keyLine)),
    ...part(
      'PoS folders',
      posFolders.map((folder) => `  ${folder.path}: ${posFolderText(folder)}`),
    ),
    ...part(
      'Nodes',
      nodes.map((node) => `  ${node.dataFolder}: ${nodeText(node)}`),
    ),
    ...part('Running programs', processes.map(processLine)),
    ...part('Set-ups of other programs', setups.flatMap(setupLines)),
    ...part(
      'Not looked at, or not wholly',
      volumes
        .filter(({ is }) => is !== 'scanned')
        .map(({ label, mountPoint, why }) => {
          const name = label === '' || label === mountPoint ? mountPoint : `${label} (${mountPoint})`
          return `  ${name}${why === undefined ? '' : `: ${asSentence(why)}`}`
        }),
    ),
  ]
}
