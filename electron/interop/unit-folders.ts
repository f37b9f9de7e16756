import { isThere, namesIn, readText } from './read-text.ts'
import { addUnitText, type UnitSettings } from './unit-file.ts'
import type { UnitScope } from './unit-variables.ts'
import type { InteropFiles, InteropPlatform } from './types.ts'

/** Where units of a manager are, the strongest folder first. @source `systemd-analyze unit-paths` of systemd 252 */
export function unitFolders(manager: UnitScope['manager'], { home, env }: InteropPlatform): readonly string[] {
  if (manager === 'system') {
    return [
      '/etc/systemd/system.control',
      '/run/systemd/system.control',
      '/run/systemd/transient',
      '/run/systemd/generator.early',
      '/etc/systemd/system',
      '/etc/systemd/system.attached',
      '/run/systemd/system',
      '/run/systemd/system.attached',
      '/run/systemd/generator',
      '/usr/local/lib/systemd/system',
      '/lib/systemd/system',
      '/usr/lib/systemd/system',
      '/run/systemd/generator.late',
    ]
  }
  const config = env['XDG_CONFIG_HOME'] ?? `${home}/.config`
  const data = env['XDG_DATA_HOME'] ?? `${home}/.local/share`
  const runtime = env['XDG_RUNTIME_DIR']
  const ofRun = (names: readonly string[]): readonly string[] =>
    runtime === undefined ? [] : names.map((name) => `${runtime}/systemd/${name}`)
  return [
    `${config}/systemd/user.control`,
    ...ofRun(['user.control', 'transient', 'generator.early']),
    `${config}/systemd/user`,
    '/etc/xdg/systemd/user',
    '/etc/systemd/user',
    ...ofRun(['user']),
    '/run/systemd/user',
    ...ofRun(['generator']),
    `${data}/systemd/user`,
    '/usr/local/share/systemd/user',
    '/usr/share/systemd/user',
    '/usr/local/lib/systemd/user',
    '/usr/lib/systemd/user',
    ...ofRun(['generator.late']),
  ]
}

/** Units and timers that are linked into something that starts them, by name. */
export function enabledNames(files: InteropFiles, folders: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const folder of folders) {
    for (const name of namesIn(files, folder)) {
      if (/\.(wants|requires|upholds)$/.test(name)) for (const unit of namesIn(files, `${folder}/${name}`)) names.add(unit)
    }
  }
  return names
}

const templateOf = (name: string): string => name.replace(/@[^@]*\.service$/, '@.service')

/** Drop-ins of a unit and of its template, by file name; of one name in several folders the strongest counts. */
function dropIns(name: string, folders: readonly string[], files: InteropFiles): readonly string[] {
  const byName = new Map<string, string>()
  for (const unit of new Set([name, templateOf(name)])) {
    for (const folder of folders) {
      for (const file of namesIn(files, `${folder}/${unit}.d`)) {
        if (file.endsWith('.conf') && !byName.has(file)) byName.set(file, `${folder}/${unit}.d/${file}`)
      }
    }
  }
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
}

export interface LoadedUnit {
  readonly name: string
  readonly file: string
  readonly settings: UnitSettings
  readonly problems: readonly string[]
}

/** A unit with its drop-ins, as its manager would read it. */
export function loadUnit(name: string, file: string, folders: readonly string[], files: InteropFiles): LoadedUnit | undefined {
  const settings: UnitSettings = new Map()
  const problems: string[] = []
  for (const part of [file, ...dropIns(name, folders, files)]) {
    const read = readText(files, part)
    if (read.is === 'text') addUnitText(read.text, settings)
    // A unit that is masked is a link to /dev/null: it starts nothing.
    else if (part === file) return undefined
    else if (read.is === 'unreadable') problems.push(`${part} could not be read: ${read.why}. What it changes in ${name} is not known.`)
  }
  return { name, file, settings, problems }
}

/** Files of all services, the strongest of each name; those without content are masked and hide the weaker ones. */
export function serviceFiles(folders: readonly string[], files: InteropFiles): ReadonlyMap<string, string> {
  const byName = new Map<string, string>()
  for (const folder of folders) {
    for (const name of namesIn(files, folder)) if (name.endsWith('.service') && !byName.has(name)) byName.set(name, `${folder}/${name}`)
  }
  return byName
}

/** Names under which a template is started: what is enabled, what runs, and what has a file or drop-in of its own. */
export function instancesOf(template: string, folders: readonly string[], files: InteropFiles, known: Iterable<string>): readonly string[] {
  const prefix = template.replace(/\.service$/, '')
  const isInstance = (name: string): boolean => name.startsWith(prefix) && name.endsWith('.service') && name !== template
  const withDropIns = folders.flatMap((folder) =>
    namesIn(files, folder).flatMap((name) =>
      name.endsWith('.service.d') && isThere(files, `${folder}/${name}`) ? [name.slice(0, -2)] : [],
    ),
  )
  return [...new Set([...known, ...withDropIns])].filter(isInstance).toSorted()
}
