import { readText } from './read-text.ts'
import type { InteropFiles, InteropPlatform } from './types.ts'
import { environmentLines, lastOf, unitWords, type UnitSettings } from './unit-file.ts'

/** The manager that a unit belongs to, and what the unit is called there. */
export interface UnitScope {
  readonly manager: 'system' | 'user'
  /** `spacemesh.service`, `post@north.service`. */
  readonly name: string
  readonly platform: InteropPlatform
  readonly files: InteropFiles
}

const unescapeInstance = (text: string): string =>
  text.replaceAll('-', '/').replaceAll(/\\x([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Home of the user that runs the manager: root's for the system's, whatever `User=` says. */
const managerHome = ({ manager, platform }: UnitScope): string => (manager === 'system' ? '/root' : platform.home)

/** @source systemd.unit(5), "Specifiers" */
function specifier(letter: string, scope: UnitScope): string | undefined {
  const { manager, name, platform } = scope
  const isUser = manager === 'user'
  const home = managerHome(scope)
  const bare = name.replace(/\.service$/, '')
  const at = bare.indexOf('@')
  const prefix = at < 0 ? bare : bare.slice(0, at)
  const instance = at < 0 ? '' : bare.slice(at + 1)
  const values: Readonly<Record<string, string | undefined>> = {
    '%': '%',
    h: home,
    u: isUser ? platform.userName : 'root',
    U: isUser ? String(platform.uid) : '0',
    n: name,
    N: bare,
    p: prefix,
    P: unescapeInstance(prefix),
    i: instance,
    I: unescapeInstance(instance),
    j: prefix.slice(prefix.lastIndexOf('-') + 1),
    H: platform.hostName,
    l: platform.hostName.replace(/\..*$/, ''),
    t: isUser ? platform.env['XDG_RUNTIME_DIR'] : '/run',
    S: isUser ? (platform.env['XDG_STATE_HOME'] ?? `${home}/.local/state`) : '/var/lib',
    C: isUser ? (platform.env['XDG_CACHE_HOME'] ?? `${home}/.cache`) : '/var/cache',
    E: isUser ? (platform.env['XDG_CONFIG_HOME'] ?? `${home}/.config`) : '/etc',
    L: isUser ? `${home}/.local/state/log` : '/var/log',
    T: '/tmp',
    V: '/var/tmp',
  }
  return values[letter]
}

/** Text with its specifiers put in; undefined when one is not known. */
export function withSpecifiers(text: string, scope: UnitScope): string | undefined {
  let isKnown = true
  const filled = text.replaceAll(/%(.)/g, (all, letter: string) => {
    const value = specifier(letter, scope)
    if (value === undefined) isKnown = false
    return value ?? all
  })
  return isKnown ? filled : undefined
}

export interface UnitEnvironment {
  readonly values: ReadonlyMap<string, string>
  /** Files that could not be read: a variable that is not known may stand in them. */
  readonly unread: readonly string[]
}

/** `Environment=`, and over it what `EnvironmentFile=` names. */
export function unitEnvironment(settings: UnitSettings, scope: UnitScope, home: string | undefined): UnitEnvironment {
  const values = new Map<string, string>(home === undefined ? [] : [['HOME', home]])
  const unread: string[] = []
  for (const line of settings.get('Service.Environment') ?? []) {
    for (const { text } of unitWords(line)) {
      const filled = withSpecifiers(text, scope)
      const cut = filled?.indexOf('=') ?? -1
      if (filled !== undefined && cut > 0) values.set(filled.slice(0, cut), filled.slice(cut + 1))
    }
  }
  for (const line of settings.get('Service.EnvironmentFile') ?? []) {
    const isOptional = line.startsWith('-')
    const file = withSpecifiers(isOptional ? line.slice(1) : line, scope)
    const read = file === undefined ? undefined : readText(scope.files, file)
    if (read?.is === 'text') for (const [name, value] of environmentLines(read.text)) values.set(name, value)
    else if (!(isOptional && read?.is === 'absent')) unread.push(file ?? line)
  }
  return { values, unread }
}

export interface FilledWords {
  readonly words: readonly string[]
  readonly problems: readonly string[]
}

/**
 * A command's words with specifiers and variables put in. A word of `$NAME` alone becomes as many words as the value has;
 * what cannot be known becomes an empty word and a problem.
 * @source systemd.service(5), "Command lines"
 */
export function filledWords(command: string, scope: UnitScope, environment: UnitEnvironment): FilledWords {
  const problems: string[] = []
  const unknown = (what: string): string => {
    const where = environment.unread.length > 0 ? ` (${environment.unread.join(', ')} could not be read)` : ''
    problems.push(`${what} in the command of ${scope.name} is not known${where}: what it gives is left out.`)
    return ''
  }
  const valueOf = (name: string): string | undefined => environment.values.get(name)
  const words = unitWords(command).flatMap(({ text, isQuoted }) => {
    const alone = /^\$([A-Za-z_]\w*)$/.exec(text)?.[1]
    if (alone !== undefined && !isQuoted) {
      const value = valueOf(alone)
      return value === undefined ? [unknown(`$${alone}`)] : value.split(/\s+/).filter((part) => part !== '')
    }
    let isWhole = true
    const filled = withSpecifiers(text, scope)?.replaceAll(
      /\$\$|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g,
      (all, braced?: string, bare?: string) => {
        if (all === '$$') return '$'
        const name = braced ?? bare ?? ''
        const value = valueOf(name)
        if (value === undefined) {
          isWhole = false
          unknown(`$${name}`)
        }
        return value ?? ''
      },
    )
    if (filled === undefined) return [unknown(`A specifier of "${text}"`)]
    return [isWhole ? filled : keepFlag(text)]
  })
  return { words, problems }
}

/** Of `--dir=${UNKNOWN}/x` the flag alone stays: half a path would be a wrong one. */
const keepFlag = (text: string): string => /^--[\w-]+=/.exec(text)?.[0] ?? ''

/** Home of the user that the unit's program runs as. */
export function unitHome(settings: UnitSettings, scope: UnitScope): string | undefined {
  const user = lastOf(settings, 'Service.User')
  if (scope.manager === 'user') return scope.platform.home
  if (user === undefined || user === 'root' || user === '0') return '/root'
  if (user === scope.platform.userName) return scope.platform.home
  const passwd = readText(scope.files, '/etc/passwd')
  if (passwd.is !== 'text') return undefined
  const fields = passwd.text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name, , uid]) => name === user || uid === user)
  return fields?.[5]
}
