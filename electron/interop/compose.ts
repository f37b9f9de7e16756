import type { FoundNodeSetup, FoundServiceSetup, FoundSetup } from '../../shared/domain/inventory.ts'
import { calledIn, type CalledIn } from './called-in.ts'
import { parseCompose, type ComposeFile, type ComposeService } from './compose-model.ts'
import { flagText, readFlags } from './flags.ts'
import { readNode, type NodeContext } from './node-reading.ts'
import { isThere, readText } from './read-text.ts'
import { readService } from './service-reading.ts'
import { pathsOf, type InteropFiles, type InteropPlatform } from './types.ts'
import { environmentLines } from './unit-file.ts'

/** Entrypoints of the official images. @source Dockerfiles of go-spacemesh and post-rs */
const IMAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/(^|\/)go-spacemesh(-[\w.-]+)?(:|@|$)/, ['/bin/go-spacemesh']],
  [/(^|\/)post-service(-[\w.-]+)?(:|@|$)/, ['/usr/local/bin/post-service']],
]

/** Real ones have some KiB; hostile nesting costs the parser seconds a MiB. */
const MOST_CHARACTERS = 256 * 1024

interface Project {
  readonly file: string
  readonly folder: string
  readonly label: string
  readonly compose: ComposeFile
  readonly files: InteropFiles
  readonly platform: InteropPlatform
}

/** A service of the file that runs one of the programs. */
interface Member {
  readonly service: ComposeService
  readonly called: CalledIn
}

function memberOf(service: ComposeService): readonly Member[] {
  const initial = service.entrypoint ?? IMAGES.find(([pattern]) => pattern.test(service.image ?? ''))?.[1] ?? []
  // Some name the program again in `command` although the image's entrypoint is the program.
  const called = calledIn(service.command) ?? calledIn([...initial, ...service.command])
  return called === undefined ? [] : [{ service, called }]
}

/** Folder of a volume that docker keeps itself, when it is there to be seen. */
function dockerVolume(name: string, { compose, folder, files, platform }: Project): string | undefined {
  const rules = pathsOf(platform)
  const project = (compose.name ?? rules.basename(folder)).toLowerCase().replaceAll(/[^a-z0-9_-]/g, '')
  const named = compose.volumes.get(name)
  if (named?.device !== undefined) return rules.isAbsolute(named.device) ? named.device : rules.resolve(folder, named.device)
  const kept = `/var/lib/docker/volumes/${named?.name ?? `${project}_${name}`}/_data`
  return isThere(files, kept) ? kept : undefined
}

function hostFolder(volume: ComposeService['volumes'][number], project: Project): string | undefined {
  const { folder, platform } = project
  if (volume.kind === 'volume') return dockerVolume(volume.source, project)
  const rules = pathsOf(platform)
  return rules.resolve(folder, volume.source.replace(/^~(?=$|[\\/])/, platform.home))
}

/** Paths inside a container to ours, by its volumes; the deepest mount point decides. */
function toHostOf(service: ComposeService, project: Project): NonNullable<NodeContext['toHost']> {
  const rules = pathsOf(project.platform)
  const mounts = service.volumes
    .map((volume) => ({ target: volume.target.replace(/\/+$/, '') || '/', source: hostFolder(volume, project) }))
    .toSorted((a, b) => b.target.length - a.target.length)
  return (inside) => {
    const mount = mounts.find(({ target }) => target === '/' || inside === target || inside.startsWith(`${target}/`))
    if (mount?.source === undefined) return undefined
    const rest = inside.slice(mount.target === '/' ? 0 : mount.target.length)
    return rest === '' ? mount.source : rules.join(mount.source, rest)
  }
}

const contextOf = (service: ComposeService, project: Project): NodeContext => ({
  files: project.files,
  platform: project.platform,
  cwd: service.workingDir ?? '/',
  // Both images run as root unless the file says otherwise.
  ...(service.hasUser ? {} : { home: '/root' }),
  toHost: toHostOf(service, project),
})

/** An address in a container as it is reached from this machine; undefined when it is not published. */
export function publishedAddress(address: string, service: Pick<ComposeService, 'isHostNetwork' | 'ports'>): string | undefined {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? []
  const reach = (text: string): string => (/^(0\.0\.0\.0|\[::\]|)$/.test(text) ? '127.0.0.1' : text)
  if (service.isHostNetwork) return port === '' ? undefined : `${reach(host)}:${port}`
  // The container's own loopback: a published port does not lead there.
  if (/^(127\.|localhost$|\[::1\])/.test(host)) return undefined
  const published = service.ports.find(({ target }) => target === Number(port))
  return published === undefined ? undefined : `${reach(published.host)}:${published.from}`
}

function listenersOf(
  listeners: FoundNodeSetup['listeners'],
  service: ComposeService,
): { readonly reached: FoundNodeSetup['listeners']; readonly lost: string[] } {
  const reached: { public?: string; private?: string; post?: string } = {}
  const lost: string[] = []
  for (const which of ['public', 'private', 'post'] as const) {
    const address = listeners?.[which]
    if (address === undefined) continue
    const published = publishedAddress(address, service)
    if (published === undefined) lost.push(`${which} listener (${address})`)
    else reached[which] = published
  }
  return { reached, lost }
}

const isAutomatic = (service: ComposeService): boolean => /^(always|unless-stopped)$/.test(service.restart ?? '')

function nodeSetup({ service, called }: Member, project: Project, isOnly: boolean): FoundSetup {
  const reading = readNode(called.args, contextOf(service, project))
  const { reached, lost } = listenersOf(reading.node.listeners, service)
  const { listeners: _inside, ...node } = reading.node
  return {
    kind: 'compose',
    owner: 'docker',
    label: isOnly ? project.label : `${project.label} (${service.name})`,
    file: project.file,
    node: { ...node, binary: called.binary, unit: service.containerName, ...(reached === undefined ? {} : { listeners: reached }) },
    services: reading.supervised === undefined ? [] : [{ ...reading.supervised, args: [] }],
    isAutomatic: isAutomatic(service),
    problems: [
      ...service.problems,
      ...reading.problems,
      ...(lost.length === 0
        ? []
        : [
            `Container ${service.containerName} does not publish its ${lost.join(', ')}: nobody outside the container can ask there. Publish the port in ${project.file}.`,
          ]),
    ],
    walletFiles: [],
  }
}

function serviceSetup({ service, called }: Member, project: Project): FoundServiceSetup {
  const read = readService(called.args, contextOf(service, project))
  const { operator: inside, ...rest } = read
  const operator = inside === undefined ? undefined : publishedAddress(inside, service)
  return { ...rest, binary: called.binary, unit: service.containerName, ...(operator === undefined ? {} : { operator }) }
}

function serviceProblems(member: Member, project: Project): readonly string[] {
  const { service } = member
  const inside = operatorIn(member)
  const isLost = inside !== undefined && publishedAddress(inside, service) === undefined
  return [
    ...service.problems,
    ...(isLost
      ? [
          `Container ${service.containerName} does not publish its operator address (${inside}): its progress cannot be asked from here. Publish the port in ${project.file}.`,
        ]
      : []),
  ]
}

/** Its operator address as the container has it. */
const operatorIn = ({ called }: Member): string | undefined => flagText(readFlags(called.args), 'operator-address')

/** The node that a service connects to: by the host name in its address, which is a service or a container. */
function nodeOf({ called }: Member, nodes: readonly Member[]): Member | undefined {
  const host = /^https?:\/\/([^:/]+)/.exec(flagText(readFlags(called.args), 'address', '-a') ?? '')?.[1]
  return nodes.find(({ service }) => service.name === host || service.containerName === host) ?? (nodes.length === 1 ? nodes[0] : undefined)
}
/** Compose's own way to name a file: with `~` for the home. */
function labelOf(file: string, { home }: InteropPlatform): string {
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file
}

/** A compose file with its `.env`; why it could not be read; or nothing, when it is not there. */
function openProject(file: string, files: InteropFiles, platform: InteropPlatform): Project | string | undefined {
  const read = readText(files, file)
  if (read.is === 'absent') return undefined
  if (read.is === 'unreadable') return `${file} could not be read: ${read.why}.`
  // Any broken compose file of any project would be told: only those that speak of this network are looked into.
  if (!/spacemesh|post-service/.test(read.text)) return undefined
  if (read.text.length > MOST_CHARACTERS)
    return `${file} is not read: it is far larger than any compose file, and reading it would take long.`
  const folder = pathsOf(platform).dirname(file)
  const dotEnv = readText(files, pathsOf(platform).join(folder, '.env'))
  const compose = parseCompose(read.text, dotEnv.is === 'text' ? environmentLines(dotEnv.text) : new Map())
  return { file, folder, label: labelOf(file, platform), compose, files, platform }
}

/** What a PSM container of the file is given as its folder `/psm`, and whether it starts by itself. */
export function psmFoldersIn(
  file: string,
  files: InteropFiles,
  platform: InteropPlatform,
): readonly { readonly folder: string; readonly isAutomatic: boolean }[] {
  const project = openProject(file, files, platform)
  if (project === undefined || typeof project === 'string') return []
  return project.compose.services.flatMap((service) => {
    const folder = service.volumes.some(({ target }) => /^\/psm\/?$/.test(target)) ? toHostOf(service, project)('/psm') : undefined
    return folder === undefined ? [] : [{ folder, isAutomatic: isAutomatic(service) }]
  })
}

/**
 * Set-ups of one compose file: one for each node with the services that connect to it, and one for services without a node
 * of the file. A file that has nothing to do with this network gives none.
 */
export function readComposeFile(file: string, files: InteropFiles, platform: InteropPlatform): FoundSetup[] {
  const project = openProject(file, files, platform)
  if (project === undefined) return []
  const label = labelOf(file, platform)
  const empty: FoundSetup = {
    kind: 'compose',
    owner: 'docker',
    label,
    file,
    services: [],
    isAutomatic: false,
    problems: [],
    walletFiles: [],
  }
  if (typeof project === 'string') return [{ ...empty, problems: [project] }]
  const { compose } = project
  const wrong = compose.problems.length > 0 ? [`${file} is not understood whole: ${compose.problems.join('; ')}.`] : []
  const members = compose.services.flatMap(memberOf)
  const nodes = members.filter(({ called }) => called.program === 'go-spacemesh')
  const services = members.filter(({ called }) => called.program === 'post-service')
  const withNode = nodes.map((node) => {
    const own = services.filter((one) => nodeOf(one, nodes) === node)
    const setup = nodeSetup(node, project, nodes.length === 1)
    return {
      ...setup,
      services: [...setup.services, ...own.map((one) => serviceSetup(one, project))],
      problems: [...wrong, ...setup.problems, ...own.flatMap((one) => serviceProblems(one, project))],
    }
  })
  const rest = services.filter((one) => nodeOf(one, nodes) === undefined)
  if (rest.length === 0) return withNode.length === 0 && wrong.length > 0 ? [{ ...empty, problems: wrong }] : withNode
  return [
    ...withNode,
    {
      ...empty,
      services: rest.map((one) => serviceSetup(one, project)),
      isAutomatic: rest.some(({ service }) => isAutomatic(service)),
      problems: [...wrong, ...rest.flatMap((one) => serviceProblems(one, project))],
    },
  ]
}
