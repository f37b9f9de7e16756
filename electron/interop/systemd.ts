import type { FoundServiceSetup, FoundSetup } from '../../shared/domain/inventory.ts'
import { calledIn, mentioned } from './called-in.ts'
import { readNode, type NodeContext } from './node-reading.ts'
import { isOwnUnit } from './owner.ts'
import { kindOf, readText } from './read-text.ts'
import { readService } from './service-reading.ts'
import type { InteropFiles, InteropPlatform } from './types.ts'
import { lastOf, type UnitSettings } from './unit-file.ts'
import { enabledNames, instancesOf, loadUnit, serviceFiles, unitFolders, type LoadedUnit } from './unit-folders.ts'
import { filledWords, unitEnvironment, unitHome, withSpecifiers, type UnitScope } from './unit-variables.ts'

/** Before the path of the executable; `@` makes the next word the name that the program sees. */
const PREFIXES = /^[@:+!|-]+/
const MOST_SCRIPT_BYTES = 256 * 1024
/** Folders that a package fills: scripts of its units are not opened. */
const PACKAGED = /^\/(usr\/)?lib\//

function contextOf(settings: UnitSettings, scope: UnitScope): NodeContext {
  const home = unitHome(settings, scope)
  const named = lastOf(settings, 'Service.WorkingDirectory')?.replace(/^-/, '')
  const cwd = named === undefined ? (scope.manager === 'user' ? home : '/') : named === '~' ? home : withSpecifiers(named, scope)
  return { files: scope.files, platform: scope.platform, ...(cwd === undefined ? {} : { cwd }), ...(home === undefined ? {} : { home }) }
}

/** A file that output is written or appended to; the journal is none. */
function outputFile(settings: UnitSettings, scope: UnitScope, which: 'StandardOutput' | 'StandardError'): string | undefined {
  const text = lastOf(settings, `Service.${which}`) ?? (which === 'StandardError' ? lastOf(settings, 'Service.StandardOutput') : undefined)
  const [, file] = /^(?:file|append|truncate):(\/.*)$/.exec(text ?? '') ?? []
  return file === undefined ? undefined : withSpecifiers(file, scope)
}

interface Command {
  readonly words: readonly string[]
  readonly problems: readonly string[]
}

function commandsOf({ settings }: LoadedUnit, scope: UnitScope): readonly Command[] {
  const environment = unitEnvironment(
    settings,
    scope,
    scope.manager === 'user' || settings.has('Service.User') ? unitHome(settings, scope) : undefined,
  )
  return (settings.get('Service.ExecStart') ?? []).map((line) => {
    const prefix = PREFIXES.exec(line)?.[0] ?? ''
    const { words, problems } = filledWords(line.slice(prefix.length), scope, environment)
    const [executable = '', , ...rest] = words
    return { words: prefix.includes('@') ? [executable, ...rest] : words, problems }
  })
}

/** A script or shell line that speaks of one of the programs: it may well start it, but how is not read. */
function throughScript(words: readonly string[], unit: LoadedUnit, files: InteropFiles): string | undefined {
  const [first = '', ...rest] = words
  const inLine = mentioned(rest.join(' '))
  if (inLine !== undefined)
    return `${unit.name} starts ${inLine} by way of ${first}: with which arguments is not read. While it runs, they are told by the process.`
  if (PACKAGED.test(unit.file)) return undefined
  for (const file of [first, ...rest].filter((word) => word.startsWith('/')).slice(0, 3)) {
    try {
      const facts = files.facts(file)
      if (facts?.is !== 'file' || facts.bytes > MOST_SCRIPT_BYTES) continue
    } catch {
      continue
    }
    const read = readText(files, file)
    const program = read.is === 'text' && read.text.startsWith('#!') ? mentioned(read.text) : undefined
    if (program !== undefined)
      return `${unit.name} runs the script ${file}, which speaks of ${program}: what it does with it is not read. While it runs, the process tells.`
  }
  return undefined
}

function bare(unit: LoadedUnit, scope: UnitScope, isAutomatic: boolean): Omit<FoundSetup, 'problems' | 'services' | 'node'> {
  return {
    kind: 'systemd',
    owner: 'systemd',
    label: scope.manager === 'user' ? `${unit.name} (of the user)` : unit.name,
    file: unit.file,
    isAutomatic,
    walletFiles: [],
  }
}

function setupOf(unit: LoadedUnit, scope: UnitScope, isAutomatic: boolean): FoundSetup | undefined {
  const commands = commandsOf(unit, scope)
  const context = contextOf(unit.settings, scope)
  for (const { words, problems } of commands) {
    const called = calledIn(words)
    const base = { ...bare(unit, scope, isAutomatic), services: [] }
    if (called?.program === 'go-spacemesh') {
      const reading = readNode(called.args, context)
      const logFile = outputFile(unit.settings, scope, 'StandardOutput')
      const node = { ...reading.node, binary: called.binary, unit: unit.name, ...(logFile === undefined ? {} : { logFile }) }
      const services: FoundServiceSetup[] = reading.supervised === undefined ? [] : [{ ...reading.supervised, args: [] }]
      return { ...base, node, services, problems: [...unit.problems, ...problems, ...reading.problems] }
    }
    if (called?.program === 'post-service') {
      const logFile = outputFile(unit.settings, scope, 'StandardError')
      const service = {
        ...readService(called.args, context),
        binary: called.binary,
        unit: unit.name,
        ...(logFile === undefined ? {} : { logFile }),
      }
      return { ...base, services: [service], problems: [...unit.problems, ...problems] }
    }
    const script = called === undefined ? throughScript(words, unit, scope.files) : undefined
    if (script !== undefined) return { ...base, problems: [...unit.problems, script] }
  }
  return undefined
}

interface Named {
  readonly name: string
  readonly file: string
  /** A template without any instance: it starts nothing by itself. */
  readonly isLoose: boolean
}

/** Every unit that could be started, templates by their instances; files before links, which are often second names. */
function namedUnits(folders: readonly string[], files: InteropFiles, known: readonly string[]): readonly Named[] {
  const byName = serviceFiles(folders, files)
  const all = new Map<string, Named>()
  for (const [name, file] of byName) {
    const instances = name.endsWith('@.service') ? instancesOf(name, folders, files, known) : [name]
    for (const one of instances) if (!byName.has(one) || one === name) all.set(one, { name: one, file, isLoose: false })
    if (instances.length === 0) all.set(name, { name, file, isLoose: true })
  }
  const isLink = ({ file }: Named): number => (kindOf(files, file) === 'link' ? 1 : 0)
  return [...all.values()].filter(({ name }) => !isOwnUnit(name)).toSorted((a, b) => isLink(a) - isLink(b))
}

function ofManager(
  manager: UnitScope['manager'],
  files: InteropFiles,
  platform: InteropPlatform,
  running: readonly string[],
): FoundSetup[] {
  const folders = unitFolders(manager, platform)
  const enabled = enabledNames(files, folders)
  const commands = new Set<string>()
  return namedUnits(folders, files, [...enabled, ...running]).flatMap(({ name, file, isLoose }) => {
    const isAutomatic = enabled.has(name) || enabled.has(name.replace(/\.service$/, '.timer'))
    const unit = loadUnit(name, file, folders, files)
    const setup = unit === undefined ? undefined : setupOf(unit, { manager, name, platform, files }, isAutomatic)
    if (setup === undefined) return []
    const command = JSON.stringify([setup.node?.args, setup.services.map(({ args }) => args), setup.problems])
    if (kindOf(files, file) === 'link' && commands.has(command)) return []
    commands.add(command)
    return isLoose
      ? [{ ...setup, problems: [`${name} is a template of which no instance was found: it starts nothing by itself.`] }]
      : [setup]
  })
}

/**
 * Units of the system's and of the user's systemd that start a node or a post-service, one set-up a unit.
 * @param running names of units that run now: instances of templates need not be enabled
 */
export function findUnits(files: InteropFiles, platform: InteropPlatform, running: readonly string[] = []): FoundSetup[] {
  if (platform.os !== 'linux') return []
  return [...ofManager('system', files, platform, running), ...ofManager('user', files, platform, running)]
}
