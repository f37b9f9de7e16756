import type {
  FoundNode,
  FoundPosFolder,
  FoundProcess,
  FoundSetup,
  KeyCopy,
  ScannedVolume,
  ScanProgress,
} from '../../shared/domain/inventory.ts'
import { assertNever } from '../../shared/domain/fault.ts'
import { plural } from '../../shared/domain/words.ts'
import type { ScanLine } from './protocol.ts'
import type { ScanRoot } from './request.ts'

type RootLine = Extract<ScanLine, { is: 'root' }>

/** How the look at one root ended, as far as the parent knows. */
export type RootResult = RootLine | { readonly is: 'silent' | 'died' | 'left' }

/** Findings of one scan, over all processes that it took. Twice the same path is one finding. */
export class Collected {
  readonly keys = new Map<string, KeyCopy>()
  readonly posFolders = new Map<string, FoundPosFolder>()
  readonly nodes = new Map<string, FoundNode>()
  readonly hints = { composeFiles: new Set<string>(), psmFiles: new Set<string>(), smappFolders: new Set<string>() }
  readonly backups = new Set<string>()
  readonly roots = new Map<string, RootResult>()
  processes: readonly FoundProcess[] = []
  setups: readonly FoundSetup[] = []
  hasPrograms = false
  /** Of the root that is walked now. */
  now = { folders: 0, files: 0 }

  take(line: ScanLine): void {
    switch (line.is) {
      case 'at':
        this.now = { folders: 0, files: 0 }
        return
      case 'beat':
        this.now = { folders: line.folders, files: line.files }
        return
      case 'key':
        // A node's own folder tells more than a walk through the same files.
        if (line.key.place === 'node' || this.keys.get(line.key.path)?.place !== 'node') this.keys.set(line.key.path, line.key)
        return
      case 'pos-folder':
        return void this.posFolders.set(line.folder.path, line.folder)
      case 'node':
        return void this.nodes.set(line.node.dataFolder, line.node)
      case 'hint':
        return void this.hints[line.hint].add(line.path)
      case 'backup':
        return void this.backups.add(line.file)
      case 'root':
        this.now = { folders: 0, files: 0 }
        return void this.roots.set(line.root, line)
      case 'processes':
        this.processes = line.processes
        return
      case 'setups':
        this.setups = line.setups
        this.hasPrograms = true
        return
      default:
        return // `end`, `looked` and `broken` are no findings
    }
  }

  /** Folders that running programs and set-ups name: they are looked at wherever they lie. */
  namedFolders(): string[] {
    const { processes, setups } = this
    return [
      ...processes.flatMap(({ folder }) => folder ?? []),
      ...setups.flatMap(({ node, services }) =>
        [node?.dataFolder, ...services.map(({ posFolder }) => posFolder)].flatMap((one) => one ?? []),
      ),
    ]
  }

  counts(): Pick<ScanProgress, 'folders' | 'files' | 'found'> {
    let { folders, files } = this.now
    for (const one of this.roots.values()) {
      if (one.is !== 'root') continue
      folders += one.counts.folders
      files += one.counts.files
    }
    const found = { keys: this.keys.size, posFolders: this.posFolders.size, nodes: this.nodes.size, setups: this.setups.length }
    return { folders, files, found }
  }
}

const isAbsent = (root: ScanRoot, result: RootResult | undefined): boolean =>
  root.is === 'maybe' &&
  result?.is === 'root' &&
  result.end.is === 'unreadable' &&
  (result.end.code === 'ENOENT' || result.end.code === 'ENOTDIR')

/** What the user is told of each volume, and whether the time or the user left out anything. */
export function volumesOfScan(
  roots: readonly ScanRoot[],
  collected: Pick<Collected, 'roots'>,
): { readonly volumes: ScannedVolume[]; readonly isWhole: boolean } {
  const there = roots.filter((root) => !isAbsent(root, collected.roots.get(root.path)))
  const byVolume = new Map<string, ScanRoot[]>()
  for (const root of there) byVolume.set(root.volume, [...(byVolume.get(root.volume) ?? []), root])
  const volumes = [...byVolume].map(([mountPoint, own]) =>
    scannedVolume(
      mountPoint,
      own,
      own.map((root) => ({ root, result: collected.roots.get(root.path) ?? { is: 'left' } })),
    ),
  )
  return { volumes, isWhole: there.every((root) => isSeen(collected.roots.get(root.path))) }
}

const isSeen = (result: RootResult | undefined): boolean => result?.is === 'root' && result.end.is !== 'time'

interface Looked {
  readonly root: ScanRoot
  readonly result: RootResult
}

function scannedVolume(mountPoint: string, roots: readonly ScanRoot[], looked: readonly Looked[]): ScannedVolume {
  const walked = looked.flatMap(({ result }) => (result.is === 'root' ? [result] : []))
  const sum = (count: (one: RootLine) => number): number => walked.reduce((all, one) => all + count(one), 0)
  const common = {
    mountPoint,
    label: roots[0]?.label ?? mountPoint,
    folders: sum((one) => one.counts.folders),
    files: sum((one) => one.counts.files),
  }
  const reasons = [...looked.flatMap(whyNotSeen), ...whyNotAll(sum)]
  const why = reasons.length === 0 ? {} : { why: reasons.join('; ') }
  if (looked.some(({ result }) => result.is === 'silent')) return { ...common, is: 'not-answering', ...why }
  if (looked.every(({ result }) => result.is === 'left' || (result.is === 'root' && result.end.is === 'unreadable'))) {
    return { ...common, is: 'skipped', ...why }
  }
  const isPartly = looked.some(({ result }) => !isSeen(result)) || sum((one) => one.counts.failed) > 0
  return { ...common, is: isPartly ? 'partly' : 'scanned', ...why }
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a folder',
  EACCES: 'may not be read by your user',
  EPERM: 'may not be read by your user',
  EIO: 'cannot be read: the disk reports an error',
  ENOTCONN: 'cannot be read: the connection to the share is lost',
  ESTALE: 'cannot be read: the connection to the share is lost',
}

function whyNotSeen({ root, result }: Looked): string[] {
  if (result.is !== 'root') return [whyLost(root.path, result.is)]
  switch (result.end.is) {
    case 'ended':
      return []
    case 'time':
      return [`the time for the search ended in ${root.path}: add the folder that matters and search again`]
    case 'unreadable':
      return [`${root.path} ${WHY_UNREADABLE[result.end.code] ?? `cannot be read (${result.end.code})`}`]
    default:
      return assertNever(result.end)
  }
}

function whyLost(path: string, is: Exclude<RootResult['is'], 'root'>): string {
  switch (is) {
    case 'silent':
      return `${path} did not answer, so what lies on it is not known: look at its cable or its network, then search again`
    case 'died':
      return `reading ${path} broke off without a reason: search it again by itself`
    case 'left':
      return `${path} was not reached before the search ended`
    default:
      return assertNever(is)
  }
}

/** Folders that were passed over; the user should know of what he may think it was looked at. */
function whyNotAll(sum: (count: (one: RootLine) => number) => number): string[] {
  const told = (count: number, one: string, many: string): string[] =>
    count === 0 ? [] : [`${plural(count, 'folder')} ${count === 1 ? one : many}`]
  const unreadable = sum((one) => one.unreadable)
  return [
    ...told(
      sum((one) => one.counts.closed),
      'may not be read by your user',
      'may not be read by your user',
    ),
    ...told(
      sum((one) => one.counts.failed),
      'could not be read: the disk reported an error',
      'could not be read: the disk reported errors',
    ),
    ...told(
      sum((one) => one.counts.unnameable),
      'has a name that is not UTF-8: rename it',
      'have names that are not UTF-8: rename them',
    ),
    ...told(
      sum((one) => one.counts.tooDeep),
      'lies deeper than the search goes',
      'lie deeper than the search goes',
    ),
    ...(unreadable === 0 ? [] : [`${plural(unreadable, 'file')} that may be ${unreadable === 1 ? 'a key' : 'keys'} could not be read`]),
  ]
}
