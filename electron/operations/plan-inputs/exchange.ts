import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'
import { currentGap, epochLengthMs } from '../../../shared/domain/network.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { codeOf, parsePublication } from '../../identities/index.ts'
import { systemFiles } from '../../lib/files.ts'
import type { PlanContext } from '../context.ts'
import { planExportIdentity, planImportIdentity, type ExchangeNode } from '../exchange/index.ts'
import { readPlace } from '../facts/place.ts'
import type { Draft } from '../types.ts'
import { factsOf, factTools, momentOf, nodeAt, realPath, standings } from './moment.ts'
import { posFolderOf, serviceBinary } from './services.ts'

type Asked<K extends ParsedPlanRequest['kind']> = Extract<ParsedPlanRequest, { kind: K }>

const MOST_RECORD_BYTES = 256 * 1024 ** 2

/** Data folders of all nodes that are known on this machine, ours first. */
function nodeFolders({ setUp, nodes, processes }: PlanContext): readonly string[] {
  const own = setUp?.expanded.node.dataFolder
  const running = processes.flatMap(({ program, folder }) => (program === 'go-spacemesh' && folder !== undefined ? [folder] : []))
  const all = [...(own === undefined ? [] : [own]), ...nodes.map(({ dataFolder }) => dataFolder), ...running]
  return [...new Map(all.map((folder) => [realPath(folder), folder])).values()]
}

function exchangeNode(dataFolder: string, context: PlanContext, temporary: string): ExchangeNode {
  const tools = factTools(temporary)
  const { name, version, keys, database, genesisId, lockFile } = nodeAt(dataFolder, context, tools)
  const own = context.setUp?.expanded.node
  const isOwn = own?.dataFolder !== undefined && realPath(own.dataFolder) === realPath(dataFolder)
  const coinbase = isOwn && own.mode === 'managed' ? own.coinbase : factsOf(dataFolder, context, tools).values.coinbase
  return {
    name,
    dataFolder,
    version,
    keys,
    database,
    ...(genesisId === undefined ? {} : { genesisId }),
    ...(lockFile === undefined ? {} : { lockFile }),
    ...(coinbase === undefined || coinbase === null ? {} : { coinbase }),
  }
}

/** `<home>/state/publication-record.json`, beside the operations. */
const recordsFile = ({ operations }: PlanContext): string => path.join(path.dirname(operations), 'publication-record.json')

function recordOf(identity: string, context: PlanContext): PublicationRecord | undefined {
  try {
    const text = Buffer.from(systemFiles.readWhole(recordsFile(context), MOST_RECORD_BYTES)).toString('utf8')
    const parsed = parsePublication(text)
    return parsed.ok ? parsed.value.find((one) => one.identity === identity) : undefined
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return undefined // nothing was recorded yet
  }
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const heldFolders = (context: PlanContext): readonly { readonly dataFolder: string; readonly by: string }[] =>
  momentOf(context).held.map(({ realFolder, by }) => ({ dataFolder: realFolder, by }))

export function planExportHere(request: Asked<'export-identity'>, context: PlanContext, temporary: string): Promise<Draft> {
  const service = context.setUp?.expanded.services.find(({ identity }) => identity === request.identity)
  const folders = nodeFolders(context)
  const isListed = context.setUp?.setup.identities.some(({ id }) => id === request.identity) === true
  return planExportIdentity(request, {
    moment: momentOf(context),
    files: systemFiles,
    nodes: folders.map((folder) => exchangeNode(folder, context, temporary)),
    held: heldFolders(context),
    posFolder: posFolderOf(context, request.identity) ?? null,
    proving:
      service === undefined
        ? null
        : {
            nonces: service.nonces,
            randomx: service.randomx,
            ...(service.threads === undefined ? {} : { threads: service.threads }),
            ...(service.pinnedCores === undefined ? {} : { pinnedCores: service.pinnedCores }),
          },
    record: recordOf(request.identity, context),
    setUpFile: isListed ? (context.setUp?.file ?? null) : null,
    isInBackup: context.backup.holds.includes(request.identity),
    isBanned: standings(folders, [request.identity], context).get(request.identity)?.is === 'banned',
    machine: context.hostname,
    madeBy: `Smeshkeeper ${context.version}`,
    freeBytes: (folder) => readPlace(folder).freeBytes,
    canWrite,
  })
}

export async function planImportHere(request: Asked<'import-identity'>, context: PlanContext, temporary: string): Promise<Result<Draft>> {
  const { setUp } = context
  const own = setUp?.expanded.node.dataFolder
  const setup = setUp?.setup
  const binary = setup === undefined ? undefined : serviceBinary(setup, context)
  if (setup !== undefined && setup.node.mode === 'attached' && own === undefined)
    return fail(
      'operation/unreadable',
      'Our node is somewhere else, and its data folder is not known here. Import the identity on the machine of the node.',
    )
  const network = setUp === null ? undefined : resolveNetwork(setUp.expanded.network)
  const draft = await planImportIdentity(
    { file: request.file, ...(request.posFolder === undefined ? {} : { posFolder: request.posFolder }) },
    {
      moment: momentOf(context),
      files: systemFiles,
      temporary,
      node: own === undefined ? null : exchangeNode(own, context, temporary),
      held: heldFolders(context),
      nodeFolders: nodeFolders(context),
      armedElsewhere: context.armedElsewhere.map(({ identity, why }) => ({ identity, why })),
      banned: [],
      recordsFile: recordsFile(context),
      setUpFile: setUp?.file ?? null,
      service:
        setup === undefined || binary === undefined || setup.node.mode !== 'managed'
          ? null
          : {
              binary,
              nodeAddress: `http://${setup.node.listeners.post}`,
              operator: freeOperator(setup.services.map(({ operator }) => operator)),
            },
      // Until two epochs have passed without a sign of it elsewhere.
      holdUntil: network === undefined ? null : currentGap(network, context.now).closesAt + 2 * epochLengthMs(network),
      freeBytes: (folder) => readPlace(folder).freeBytes,
    },
  )
  return ok(draft)
}

const freeOperator = (used: readonly string[]): string =>
  `127.0.0.1:${Math.max(50_050, ...used.map((address) => Number(address.split(':').at(-1)))) + 1}`
