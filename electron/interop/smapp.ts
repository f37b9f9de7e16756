import { assertNever } from '../../shared/domain/fault.ts'
import type { FoundServiceSetup, FoundSetup } from '../../shared/domain/inventory.ts'
import { isOnAt, parseObject, textAt, valuesOf, type ConfigValues } from './config-values.ts'
import { readNode, type NodeContext } from './node-reading.ts'
import { isThere, namesIn, readText } from './read-text.ts'
import { pathsOf, type InteropFiles, type InteropPlatform } from './types.ts'
import type { ConfigObject } from '../programs/go-spacemesh/config-text.ts'

/** Smapp's own hash of mainnet's genesis, in names of its files and folders. @source facts/identity-and-keys.md §2 */
const NETWORK = /^[0-9a-f]{8}$/
const WALLET = /^(my_)?wallet_.*\.json$/

/** Smapp's user data. @source facts/smapp-and-migration.md §1 */
export function smappFolder({ os, home, env }: InteropPlatform): string {
  const rules = pathsOf({ os })
  switch (os) {
    case 'win32':
      return rules.join(env['APPDATA'] ?? rules.join(home, 'AppData', 'Roaming'), 'Spacemesh')
    case 'darwin':
      return rules.join(home, 'Library', 'Application Support', 'Spacemesh')
    case 'linux': {
      const config = env['XDG_CONFIG_HOME']
      return rules.join(config !== undefined && rules.isAbsolute(config) ? config : rules.join(home, '.config'), 'Spacemesh')
    }
    default:
      return assertNever(os)
  }
}

interface Smapp {
  readonly folder: string
  readonly files: InteropFiles
  readonly platform: InteropPlatform
  /** Its settings; empty when there are none or they are not understood. */
  readonly settings: ConfigValues
  readonly problems: readonly string[]
}

interface Read {
  readonly object?: ConfigObject
  readonly problem?: string
}

function readObject(files: InteropFiles, file: string): Read {
  const read = readText(files, file)
  if (read.is === 'absent') return {}
  if (read.is === 'unreadable') return { problem: `${file} could not be read: ${read.why}. What stands in it is not known.` }
  const parsed = parseObject(read.text)
  return parsed.is === 'object'
    ? { object: parsed.value }
    : { problem: `${file} is not understood: ${parsed.why}. What stands in it is not known.` }
}

/** The config of one network: Smapp's merged one, in which the custom one replaces whole sections. */
function configOf(
  { folder, files, platform }: Smapp,
  network: string,
): { readonly file: string; readonly values: ConfigValues; readonly problems: string[] } {
  const rules = pathsOf(platform)
  const merged = readObject(files, rules.join(folder, 'node-config.json'))
  const custom = readObject(files, rules.join(folder, `node-config.${network}.json`))
  return {
    file: rules.join(folder, 'node-config.json'),
    values: valuesOf({ ...merged.object, ...custom.object }),
    problems: [merged.problem, custom.problem].filter((text) => text !== undefined),
  }
}

/** The service that Smapp's node runs itself; an own PoS folder only as Smapp would use it. */
function serviceOf(
  supervised: NonNullable<ReturnType<typeof readNode>['supervised']>,
  values: ConfigValues,
  usual: string,
): FoundServiceSetup {
  const hasFolder = textAt(values, 'smeshing.smeshing-opts.smeshing-opts-datadir') !== undefined
  return { ...supervised, posFolder: hasFolder ? (supervised.posFolder ?? usual) : usual, args: [] }
}

function setupOf(smapp: Smapp, dataFolder: string, isOnly: boolean): FoundSetup {
  const { folder, files, platform, settings } = smapp
  const rules = pathsOf(platform)
  const network = rules.basename(dataFolder)
  const config = configOf(smapp, network)
  const context: NodeContext = { files, platform, cwd: folder, home: platform.home, config }
  const reading = readNode(['--config', config.file, '-d', dataFolder], context)
  const logFile = rules.join(folder, `spacemesh-log-${network}.txt`)
  const usual = rules.join(platform.home, 'post', network)
  return {
    kind: 'smapp',
    owner: 'smapp',
    label: isOnly ? 'Smapp' : `Smapp, network ${network}`,
    file: config.file,
    node: {
      ...reading.node,
      ...(isThere(files, logFile) ? { logFile } : {}),
    },
    services: reading.supervised === undefined ? [] : [serviceOf(reading.supervised, config.values, usual)],
    isAutomatic: isOnAt(settings, 'isautostartenabled') === true,
    problems: [...smapp.problems, ...config.problems, ...reading.problems],
    walletFiles: [],
  }
}

function walletsOf({ folder, files, platform }: Smapp, settings: ConfigObject | undefined): string[] {
  const rules = pathsOf(platform)
  const listed: unknown = settings?.['walletFiles']
  const named = (Array.isArray(listed) ? listed : []).flatMap((entry: unknown) => {
    // What an entry looks like is not certain: a path, or an object that holds one; anything else is left alone.
    const text: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'path') : entry
    return typeof text === 'string' && text !== '' ? [rules.resolve(folder, text)] : []
  })
  const found = namesIn(files, folder)
    .filter((name) => WALLET.test(name))
    .map((name) => rules.join(folder, name))
  return [...new Set([...found, ...named.filter((file) => isThere(files, file))])]
}

/** Node data folders below Smapp's data path: its networks, and whatever else holds keys there. */
function dataFolders({ folder, files, platform, settings }: Smapp): string[] {
  const rules = pathsOf(platform)
  const dataPath = rules.resolve(folder, textAt(settings, 'node.datapath') ?? 'node-data')
  return namesIn(files, dataPath)
    .filter((name) => NETWORK.test(name) || isThere(files, rules.join(dataPath, name, 'identities')))
    .map((name) => rules.join(dataPath, name))
}

/**
 * Smapp's set-up, one for each network it has a node folder of; its wallet files are named with the first. Truncated or
 * foreign files become problems; nothing is guessed.
 * @param folder Smapp's user data when it is not in its usual place
 * @source facts/smapp-and-migration.md §1–3
 */
export function findSmapp(files: InteropFiles, platform: InteropPlatform, folder: string = smappFolder(platform)): FoundSetup[] {
  const rules = pathsOf(platform)
  const settingsFile = rules.join(folder, 'config.json')
  const { object, problem } = readObject(files, settingsFile)
  const smapp: Smapp = {
    folder,
    files,
    platform,
    settings: valuesOf(object ?? {}),
    problems: problem === undefined ? [] : [`${problem} Only Smapp's usual node folder was looked at.`],
  }
  const folders = dataFolders(smapp)
  const wallets = walletsOf(smapp, object)
  const setups = folders.map((one) => setupOf(smapp, one, folders.length === 1))
  const [first, ...rest] = setups
  if (first !== undefined) return [{ ...first, walletFiles: wallets }, ...rest]
  const isSmapps = wallets.length > 0 || namesIn(files, folder).some((name) => /^node-config(\.[0-9a-f]{8})?\.json$/.test(name))
  if (!isSmapps) return []
  return [
    {
      kind: 'smapp',
      owner: 'smapp',
      label: 'Smapp',
      file: settingsFile,
      services: [],
      isAutomatic: isOnAt(smapp.settings, 'isautostartenabled') === true,
      problems: [
        ...smapp.problems,
        'Smapp has no node folder here: it holds wallets only, or its folder lies on a volume that is not there.',
      ],
      walletFiles: wallets,
    },
  ]
}
