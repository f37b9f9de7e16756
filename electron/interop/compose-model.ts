import { parse } from 'yaml'
import { readingOf, type Reading } from './compose-words.ts'

/** A compose file's service as we use it, its variables put in. */
export interface ComposeService {
  readonly name: string
  readonly containerName: string
  readonly image?: string
  /** undefined: the image's own. */
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
  readonly workingDir?: string
  readonly hasUser: boolean
  readonly isHostNetwork: boolean
  readonly restart?: string
  readonly volumes: readonly { readonly source: string; readonly target: string; readonly kind: 'bind' | 'volume' }[]
  readonly ports: readonly PublishedPort[]
  readonly problems: readonly string[]
}

export interface PublishedPort {
  readonly host: string
  readonly from: number
  readonly target: number
}

export interface ComposeFile {
  readonly name?: string
  readonly services: readonly ComposeService[]
  /** Named volumes: what the file says of them. */
  readonly volumes: ReadonlyMap<string, NamedVolume>
  readonly problems: readonly string[]
}

export interface NamedVolume {
  readonly name?: string
  /** Bound to a folder of this machine by its driver options. */
  readonly device?: string
}

type Tree = Readonly<Record<string, unknown>>
const treeOf = (value: unknown): Tree => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** An alias may stand for much: more than this many uses are a bomb, and refused by the parser. */
const MOST_ALIASES = 100
const MOST_SERVICES = 5000

/** `~` is the home of whoever calls compose, `.` the folder of the file. */
const isFolder = (source: string): boolean => /^(\.{0,2}\/|\.{1,2}$|~|[A-Za-z]:[\\/])/.test(source)

function volumeOf(entry: unknown, read: Reading): ComposeService['volumes'] {
  if (typeof entry === 'string') {
    const text = read.text(entry)
    if (text === undefined) return []
    // A drive letter's colon separates nothing.
    const [, source, target] = /^((?:[A-Za-z]:[\\/])?[^:]+):([^:]+)(?::.*)?$/.exec(text) ?? []
    if (source === undefined || target === undefined) return []
    return [{ source, target, kind: isFolder(source) ? 'bind' : 'volume' }]
  }
  const tree = treeOf(entry)
  const [source, target] = [read.text(tree['source']), read.text(tree['target'])]
  if (source === undefined || target === undefined) return []
  return [{ source, target, kind: tree['type'] === 'bind' || isFolder(source) ? 'bind' : 'volume' }]
}

const MOST_RANGE = 1000

function shortPorts(text: string): readonly PublishedPort[] {
  const [, host, from, fromEnd, target, targetEnd] =
    /^(?:(\[[0-9a-fA-F:]+\]|[\d.]+):)?(\d+)(?:-(\d+))?:(\d+)(?:-(\d+))?(?:\/tcp)?$/.exec(text) ?? []
  if (from === undefined || target === undefined) return []
  const count = Number(targetEnd ?? target) - Number(target) + 1
  if (count < 1 || count > MOST_RANGE || Number(fromEnd ?? from) - Number(from) + 1 !== count) return []
  return Array.from({ length: count }, (_, i) => ({ host: host ?? '0.0.0.0', from: Number(from) + i, target: Number(target) + i }))
}

function portOf(entry: unknown, read: Reading): readonly PublishedPort[] {
  if (typeof entry === 'string' || typeof entry === 'number') return shortPorts(read.text(entry) ?? '')
  const tree = treeOf(entry)
  if ((tree['protocol'] ?? 'tcp') !== 'tcp') return []
  const [published, target, host] = [read.text(tree['published']), read.text(tree['target']), read.text(tree['host_ip'])]
  return shortPorts(`${host === undefined ? '' : `${host}:`}${published ?? ''}:${target ?? ''}`)
}

function serviceOf(name: string, value: unknown, values: ReadonlyMap<string, string>): ComposeService {
  const tree = treeOf(value)
  const missing = new Set<string>()
  const read = readingOf(values, (variable) => missing.add(variable))
  const [image, restart, workingDir] = [read.text(tree['image']), read.text(tree['restart']), read.text(tree['working_dir'])]
  const entrypoint = read.words(tree['entrypoint'])
  const service = {
    name,
    containerName: read.text(tree['container_name']) ?? name,
    command: read.words(tree['command']) ?? [],
    hasUser: tree['user'] !== undefined,
    isHostNetwork: tree['network_mode'] === 'host',
    volumes: listOf(tree['volumes']).flatMap((entry) => volumeOf(entry, read)),
    ports: listOf(tree['ports']).flatMap((entry) => portOf(entry, read)),
    ...(image === undefined ? {} : { image }),
    ...(entrypoint === undefined || entrypoint.length === 0 ? {} : { entrypoint }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(restart === undefined ? {} : { restart }),
  }
  const problems = [
    ...(missing.size === 0
      ? []
      : [
          `Service ${name} uses ${[...missing].map((one) => `$${one}`).join(', ')}, which .env beside the file does not give: what depends on it is left out.`,
        ]),
    ...(tree['extends'] === undefined ? [] : [`Service ${name} extends another one: what it takes over from there is not read.`]),
  ]
  return { ...service, problems }
}

/** Named volumes of the file. */
function namedVolumes(value: unknown, values: ReadonlyMap<string, string>): ReadonlyMap<string, NamedVolume> {
  const read = readingOf(values, () => undefined)
  return new Map(
    Object.entries(treeOf(value)).map(([key, entry]) => {
      const tree = treeOf(entry)
      const options = treeOf(tree['driver_opts'])
      const isBind = /(^|,)r?bind(,|$)/.test(read.text(options['o']) ?? '')
      const [name, device] = [read.text(tree['name']), read.text(options['device'])]
      return [key, { ...(name === undefined ? {} : { name }), ...(isBind && device !== undefined ? { device } : {}) }] as const
    }),
  )
}

/**
 * A compose file's text. Aliases and merge keys are followed; a file that is none, or a bomb, is a problem.
 * @param values of `.env` beside the file: the environment of whoever called compose is not known
 */
export function parseCompose(text: string, values: ReadonlyMap<string, string>): ComposeFile {
  let document: unknown
  try {
    document = parse(text, { merge: true, maxAliasCount: MOST_ALIASES, uniqueKeys: false, logLevel: 'error' })
  } catch (cause: unknown) {
    const isBomb = cause instanceof ReferenceError || cause instanceof RangeError
    return { services: [], volumes: new Map(), problems: [isBomb ? 'it is nested or repeated beyond reason' : 'it is not valid YAML'] }
  }
  const tree = treeOf(document)
  const entries = Object.entries(treeOf(tree['services']))
  if (entries.length > MOST_SERVICES)
    return { services: [], volumes: new Map(), problems: ['it lists more services than any machine runs'] }
  const name = readingOf(values, () => undefined).text(tree['name'])
  return {
    ...(name === undefined ? {} : { name }),
    services: entries.map(([key, value]) => serviceOf(key, value, values)),
    volumes: namedVolumes(tree['volumes'], values),
    problems: tree['include'] === undefined ? [] : ['it includes other files, which are not read'],
  }
}
