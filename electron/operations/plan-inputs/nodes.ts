import os from 'node:os'
import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { FoundPosFolder } from '../../../shared/domain/inventory.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { systemFiles } from '../../lib/files.ts'
import { inspectPosFolder, METADATA_FILE, MOST_METADATA_BYTES, parseMetadata } from '../../pos-data/index.ts'
import type { PlanContext } from '../context.ts'
import { convertConfig } from '../plans/convert-config.ts'
import { planConvert } from '../plans/convert.ts'
import { planMerge } from '../plans/merge.ts'
import { newConfigFile, planSplit, type SplitInput } from '../plans/split.ts'
import { planUnconvert } from '../plans/unconvert.ts'
import type { Draft } from '../types.ts'
import { factTools, foundFor, hintsOf, momentOf, nodeAt, ownRunning, realPath, seen, standings } from './moment.ts'
import { posFolderOf } from './services.ts'

type Asked<K extends ParsedPlanRequest['kind']> = Extract<ParsedPlanRequest, { kind: K }>

export const isOwnFolder = ({ setUp }: PlanContext, folder: string): boolean =>
  setUp?.expanded.node.dataFolder !== undefined && realPath(setUp.expanded.node.dataFolder) === realPath(folder)

const units = ({ posFolders }: PlanContext): Readonly<Record<string, number>> =>
  Object.fromEntries(posFolders.flatMap(({ state }) => (state.is === 'present' ? [[state.identity, state.numUnits]] : [])))

/** What of ours has to be down. */
const stopsOf = (context: PlanContext, folders: readonly string[]): readonly string[] =>
  folders.some((folder) => isOwnFolder(context, folder)) ? ['the node'] : []

export async function planMergeHere(request: Asked<'merge'>, context: PlanContext, temporary: string): Promise<Draft> {
  const folders = [request.to, ...request.from]
  const unplaced = context.processes.flatMap(({ program, owner, pid, folder }) =>
    program === 'go-spacemesh' && owner !== 'smeshkeeper' && folder === undefined ? [`process ${pid}`] : [],
  )
  const isOurs = isForOurs(context, request.to)
  const draft = await planMerge(
    request,
    {
      ...momentOf(context),
      ...(isOurs ? {} : { setUp: () => undefined }),
      numUnits: units(context),
      nodes: folders.map((dataFolder) => ({ dataFolder, ...hintsOf(dataFolder, context) })),
      running: ownRunning(context),
      stops: stopsOf(context, folders),
      unplaced,
      operations: context.operations,
    },
    factTools(temporary),
  )
  return isOurs ? draft : besideOurs(draft)
}

/** Smapp's own files of a network: what it decides by. */
function smappFiles(context: PlanContext, dataFolder: string): { readonly custom: string; readonly settings: string } | undefined {
  const found = foundFor(context, dataFolder)
  if (found?.kind !== 'smapp') return undefined
  const base = path.dirname(found.file)
  return { custom: path.join(base, `node-config.${path.basename(dataFolder)}.json`), settings: path.join(base, 'config.json') }
}

export const posOf = (context: PlanContext, id: string | undefined) =>
  context.posFolders.find((one) => id !== undefined && one.path === posFolderOf(context, id))

/** A set-up has one node: another one is converted beside it, and brought in or merged afterwards. */
const isForOurs = (context: PlanContext, folder: string): boolean =>
  context.setUp !== null && (context.setUp.setup.identities.length === 0 || isOwnFolder(context, folder))

const besideOurs = (draft: Draft): Draft => ({ ...draft, startsNode: false })

export function planConvertHere(request: Asked<'convert'>, context: PlanContext, temporary: string): Result<Draft> {
  const node = nodeAt(request.folder, context, factTools(temporary))
  const hints = hintsOf(request.folder, context)
  const smapp = smappFiles(context, request.folder)
  const config = hints.configFile ?? smapp?.custom
  if (config === undefined) return fail('operation/unreadable', noConfig(request.folder))
  const [first] = node.keys
  const posFolder = posOf(context, first?.identity) ?? posOfConfig(seen(config).text)
  const standing = standings([request.folder], [first?.identity ?? ''], context).get(first?.identity ?? '')
  const ownConfig = path.join(path.dirname(context.setUp?.file ?? context.operations), `${path.basename(request.folder)}-config.json`)
  const isOurs = isForOurs(context, request.folder)
  const draft = planConvert(
    { postListener: request.postListener },
    {
      ...momentOf(context),
      ...(isOurs ? {} : { setUp: () => undefined }),
      node,
      config: seen(config),
      ...(smapp === undefined ? {} : { smapp: { custom: seen(smapp.custom), settings: seen(smapp.settings), ownConfig: seen(ownConfig) } }),
      ...(posFolder === undefined ? {} : { posFolder }),
      standing: standing ?? { is: 'unknown', partners: [] },
      cpus: os.cpus().length,
      isOurs,
    },
  )
  return ok(isOurs ? draft : besideOurs(draft))
}

const noConfig = (folder: string): string =>
  `It is not known which config the node of ${folder} is started with. Name it in Settings, or search this machine, then plan again.`

/** The data that the config names: known without a search of the machine. */
function posOfConfig(text: string | null): Pick<FoundPosFolder, 'path' | 'state'> | undefined {
  const read = text === null ? undefined : convertConfig(text)
  const folder = read?.ok === true ? read.value.dataDir : undefined
  return folder === undefined ? undefined : { path: folder, state: inspectPosFolder(folder).state }
}

export function planUnconvertHere(request: Asked<'unconvert'>, context: PlanContext, temporary: string): Result<Draft> {
  const node = nodeAt(request.folder, context, factTools(temporary))
  const smapp = smappFiles(context, request.folder)
  const { configFile } = hintsOf(request.folder, context)
  const posFolder = posOf(context, request.identity)
  const setup = context.setUp?.expanded
  const service = setup?.services.find(({ identity }) => identity === request.identity)
  const coinbase = setup?.node.mode === 'managed' ? setup.node.coinbase : undefined
  const maxFileBytes = posFolder === undefined ? undefined : maxFileBytesOf(posFolder.path)
  const files = [...(configFile === undefined ? [] : [configFile]), ...(smapp === undefined ? [] : [smapp.custom])]
  if (files.length === 0) return fail('operation/unreadable', noConfig(request.folder))
  const isOurs = isForOurs(context, request.folder)
  return ok(
    planUnconvert(
      { identity: request.identity },
      {
        ...momentOf(context),
        ...(isOurs ? {} : { setUp: () => undefined }),
        node,
        configs: files.map(seen),
        ...(coinbase === undefined ? {} : { coinbase }),
        ...(posFolder === undefined ? {} : { posFolder }),
        ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
        proving: {
          ...(service?.nonces === undefined ? {} : { nonces: service.nonces }),
          ...(service?.threads === undefined ? {} : { threads: service.threads }),
          ...(service?.randomx === undefined ? {} : { randomx: service.randomx }),
        },
        standing: standings([request.folder], [request.identity], context).get(request.identity) ?? { is: 'unknown', partners: [] },
        owner: smapp === undefined ? 'someone' : 'smapp',
        isOurs: isOwnFolder(context, request.folder),
      },
    ),
  )
}

function maxFileBytesOf(folder: string): number | undefined {
  try {
    const parsed = parseMetadata(Buffer.from(systemFiles.readWhole(path.join(folder, METADATA_FILE), MOST_METADATA_BYTES)).toString('utf8'))
    return parsed.ok ? parsed.value.maxFileBytes : undefined
  } catch {
    return undefined // the planner says what follows from that
  }
}

export function planSplitHere(request: Asked<'split'>, context: PlanContext, temporary: string): Result<Draft> {
  const from = request.from ?? context.setUp?.expanded.node.dataFolder
  if (from === undefined) return fail('operation/unreadable', 'Out of which node? Name its data folder with --from.')
  const tools = factTools(temporary)
  const node = nodeAt(from, context, tools)
  const to = nodeAt(request.to, context, tools)
  const source = hintsOf(from, context).configFile
  const isNew = to.keys.length === 0 && to.database.is === 'absent'
  const input: SplitInput = {
    ...momentOf(context),
    from: node,
    to,
    ...(isNew && source !== undefined ? { newNode: furtherNode(request.to, source, context) } : {}),
    standing: standings([from, request.to], request.identities, context),
    ...(isOwnFolder(context, from) ? { ours: 'from' as const } : isOwnFolder(context, request.to) ? { ours: 'to' as const } : {}),
  }
  return ok(planSplit({ identities: request.identities }, input))
}

/** Ports of a further node: a hundred above ours, where nobody of the set-up listens. */
function furtherNode(dataFolder: string, source: string, { setUp }: PlanContext): NonNullable<SplitInput['newNode']> {
  const own = setUp?.expanded.node
  const listeners =
    own?.mode === 'managed' ? own.listeners : { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' }
  const further = (address: string): string => {
    const port = Number(address.split(':').at(-1))
    return `127.0.0.1:${port > 65_000 ? port - 100 : port + 100}`
  }
  return {
    lockFile: path.join(dataFolder, 'LOCK'),
    listeners: { public: further(listeners.public), private: further(listeners.private), post: further(listeners.post) },
    p2pPort: 7613,
    config: seen(newConfigFile(dataFolder)),
    copyOf: seen(source).text ?? '{}',
  }
}
