import type { FoundNodeSetup, FoundProcess, FoundServiceSetup, FoundSetup, NodeStarter } from '../../shared/domain/inventory.ts'
import { psmFoldersIn, readComposeFile } from './compose.ts'
import { readContainerPsm, readScriptPsm, SCRIPT_CONFIG } from './psm.ts'
import { processLabel, runningNode, runningService, type RunningContext } from './running.ts'
import { findSmapp, smappFolder } from './smapp.ts'
import { findUnits } from './systemd.ts'
import { pathsOf, type InteropFiles, type InteropPlatform } from './types.ts'

export interface SetupSearch {
  readonly processes: readonly FoundProcess[]
  /** Files that are compose files by name. */
  readonly composeFiles: readonly string[]
  readonly fs: InteropFiles
  readonly platform: InteropPlatform
  /** Configs of a PSM beside those that compose files and processes lead to. */
  readonly psmFiles?: readonly string[]
  /** Smapp's user data in other places than the usual one. */
  readonly smappFolders?: readonly string[]
  /** Paths in the container of a process to ours. */
  readonly pathsIn?: RunningContext['pathsIn']
  /** A folder with its links followed, as the folders of `processes` are told. */
  readonly resolve?: (folder: string) => string
}

const same = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && a.replace(/[\\/]+$/, '') === b?.replace(/[\\/]+$/, '')

/** Whether a process is what a set-up's file describes: its unit, or its folder run by the same manager. */
function isUnitOf(process: FoundProcess, setup: FoundSetup): boolean {
  const unit = process.ownerLabel
  return (
    setup.kind === 'systemd' &&
    process.owner === 'systemd' &&
    unit !== undefined &&
    (setup.label === unit || setup.label === `${unit} (of the user)`)
  )
}
/** Containers that PSM starts are docker's to the system. */
const isManaged = (process: FoundProcess, setup: FoundSetup): boolean =>
  process.owner === setup.owner || (setup.owner === 'psm' && process.owner === 'docker')

const isNodeOf = (process: FoundProcess, setup: FoundSetup): boolean =>
  process.program === 'go-spacemesh' &&
  (isUnitOf(process, setup) || (isManaged(process, setup) && same(setup.node?.dataFolder, process.folder)))

const isServiceOf = (process: FoundProcess, service: FoundServiceSetup): boolean =>
  process.program === 'post-service' && (service.pid === process.pid || same(service.posFolder, process.folder))

/** Compose's own words are right about the outside of a container; a process knows only its inside. */
const isInContainer = (process: FoundProcess): boolean => process.owner === 'docker'

function withNode(setup: FoundSetup, process: FoundProcess, context: RunningContext): FoundSetup {
  if (isInContainer(process)) return setup.node === undefined ? setup : { ...setup, node: { ...setup.node, pid: process.pid } }
  const running = runningNode(process, context)
  const node: FoundNodeSetup = { ...setup.node, ...running.node, args: process.args }
  // What a unit's text left open, the process has told; what was wrong with Smapp's files is still wrong.
  const problems = setup.kind === 'systemd' ? running.problems : [...new Set([...setup.problems, ...running.problems])]
  return { ...setup, node, services: setup.services.length > 0 ? setup.services : running.services, problems }
}

function withService(setup: FoundSetup, process: FoundProcess, context: RunningContext): FoundSetup {
  const place = setup.services.findIndex((service) => isServiceOf(process, service))
  const running = runningService(process, context)
  if (place < 0) return { ...setup, services: [...setup.services, running] }
  const services = setup.services.map((service, at) =>
    at !== place ? service : isInContainer(process) ? { ...service, pid: process.pid } : { ...service, ...running },
  )
  return { ...setup, services, problems: setup.kind === 'systemd' && setup.node === undefined ? [] : setup.problems }
}

interface Joined {
  readonly setups: readonly FoundSetup[]
  /** Processes that no set-up describes. */
  readonly rest: readonly FoundProcess[]
}

function join(setups: readonly FoundSetup[], processes: readonly FoundProcess[], context: RunningContext): Joined {
  let joined = setups
  const rest: FoundProcess[] = []
  for (const process of processes) {
    const isMatch = (setup: FoundSetup): boolean =>
      isNodeOf(process, setup) ||
      (process.program === 'post-service' &&
        isManaged(process, setup) &&
        setup.services.some((service) => isServiceOf(process, service))) ||
      (process.program === 'post-service' && isUnitOf(process, setup))
    if (!joined.some(isMatch)) rest.push(process)
    joined = joined.map((setup) => {
      if (!isMatch(setup)) return setup
      return process.program === 'go-spacemesh' ? withNode(setup, process, context) : withService(setup, process, context)
    })
  }
  return { setups: joined, rest }
}

/** A program that runs without a file that says so, with the service that a node runs itself. */
function plainSetups(processes: readonly FoundProcess[], context: RunningContext): FoundSetup[] {
  const base = (process: FoundProcess): Omit<FoundSetup, 'services' | 'problems'> => ({
    kind: 'process',
    owner: process.owner,
    label: processLabel(process),
    file: process.binary ?? process.program,
    isAutomatic: false,
    walletFiles: [],
  })
  const nodes = processes
    .filter(({ program }) => program === 'go-spacemesh')
    .map((process) => ({ ...base(process), ...runningNode(process, context) }))
  const services = processes.filter(({ program }) => program === 'post-service')
  const { setups, rest } = join(nodes, services, context)
  return [...setups, ...rest.map((process) => ({ ...base(process), services: [runningService(process, context)], problems: [] }))]
}

function psmSetups(search: SetupSearch, setups: readonly FoundSetup[]): FoundSetup[] {
  const { fs: files, platform, processes, composeFiles, psmFiles = [] } = search
  const rules = pathsOf(platform)
  const parts = { files, platform, setups, processes }
  const contained = composeFiles.flatMap((file) => psmFoldersIn(file, files, platform))
  const configs = new Map(contained.map(({ folder, isAutomatic }) => [rules.join(folder, 'config.json'), isAutomatic]))
  const isScripts = (file: string): boolean => rules.basename(file) === SCRIPT_CONFIG
  for (const file of psmFiles) if (!isScripts(file) && !configs.has(file)) configs.set(file, false)
  // Its services run in its folder.
  const besides = processes.flatMap(({ program, cwd }) =>
    program === 'post-service' && cwd !== undefined ? [rules.join(cwd, SCRIPT_CONFIG)] : [],
  )
  const scripts = new Set([...psmFiles.filter(isScripts), ...besides])
  return [
    ...[...configs].flatMap(([file, isAutomatic]) => readContainerPsm({ ...parts, file, isAutomatic }) ?? []),
    ...[...scripts].flatMap((file) => readScriptPsm({ ...parts, file, isAutomatic: false }) ?? []),
  ]
}

/** Services of a script PSM look like anybody's to the system: its pid files tell. */
function ownedBy(processes: readonly FoundProcess[], psm: readonly FoundSetup[]): FoundProcess[] {
  const owners = new Map(
    psm.flatMap((setup) => setup.services.flatMap(({ pid }) => (pid === undefined ? [] : [[pid, setup.label] as const]))),
  )
  return processes.map((process) => {
    const label = owners.get(process.pid)
    return label === undefined || process.owner !== 'someone' ? process : { ...process, owner: 'psm' as const, ownerLabel: label }
  })
}

function resolved(setup: FoundSetup, resolve: (folder: string) => string): FoundSetup {
  const { node } = setup
  return {
    ...setup,
    ...(node?.dataFolder === undefined ? {} : { node: { ...node, dataFolder: resolve(node.dataFolder) } }),
    services: setup.services.map((service) =>
      service.posFolder === undefined ? service : { ...service, posFolder: resolve(service.posFolder) },
    ),
  }
}

/**
 * Every set-up of another program on this machine, running ones with their pid and with what the running program was
 * really given. Reads files only, and only small ones; a folder on a dead drive hangs it, so that whoever must not hang
 * calls it in a process of its own.
 */
export async function findSetups(search: SetupSearch): Promise<FoundSetup[]> {
  const { fs: files, platform, smappFolders = [], pathsIn = () => undefined } = search
  const context: RunningContext = { files, platform, pathsIn }
  const units = search.processes.flatMap(({ owner, ownerLabel }) => (owner === 'systemd' && ownerLabel !== undefined ? [ownerLabel] : []))
  const compose = [...new Set(search.composeFiles)].flatMap((file) => readComposeFile(file, files, platform))
  const psm = psmSetups(search, compose)
  const described = [
    ...[...new Set([smappFolder(platform), ...smappFolders])].flatMap((folder) => findSmapp(files, platform, folder)),
    ...findUnits(files, platform, units),
    ...compose,
    ...psm,
  ]
  const foreign = ownedBy(search.processes, psm).filter(({ owner }) => owner !== 'smeshkeeper')
  const { resolve } = search
  const { setups, rest } = join(resolve === undefined ? described : described.map((setup) => resolved(setup, resolve)), foreign, context)
  return [...setups, ...plainSetups(rest, context)]
}

/** What starts or runs a node on this data folder, our own included. */
export function startersOf(dataFolder: string, setups: readonly FoundSetup[], processes: readonly FoundProcess[]): NodeStarter[] {
  const found = setups.flatMap(({ node, owner, label, file, isAutomatic }) =>
    same(node?.dataFolder, dataFolder) ? [{ owner, label, file, isAutomatic }] : [],
  )
  const told = new Set(setups.flatMap(({ node }) => (node?.pid === undefined ? [] : [node.pid])))
  const running = processes.filter((one) => one.program === 'go-spacemesh' && same(one.folder, dataFolder) && !told.has(one.pid))
  return [
    ...found,
    ...running.map((one) => ({
      owner: one.owner,
      label: one.owner === 'smeshkeeper' ? 'Smeshkeeper' : processLabel(one),
      isAutomatic: false,
    })),
  ]
}
