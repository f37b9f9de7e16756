import os from 'node:os'
import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { systemFiles } from '../../lib/files.ts'
import type { PlanContext } from '../context.ts'
import type { JournalHeader } from '../journal.ts'
import { DISARMED_NOTE } from '../plans/merge-steps.ts'
import { oldFolderOf, planPutBack, type KnownDatabase } from '../plans/put-back.ts'
import { readQuarantine } from '../plans/quarantine.ts'
import { planRetire } from '../plans/retire.ts'
import { homesOf, planSplitBack } from '../plans/split-back.ts'
import type { Draft } from '../types.ts'
import { factTools, momentOf, nodeAt, realPath, seen, standings } from './moment.ts'
import { isOwnFolder, posOf } from './nodes.ts'

type Asked<K extends ParsedPlanRequest['kind']> = Extract<ParsedPlanRequest, { kind: K }>

export function planRetireHere(request: Asked<'retire'>, context: PlanContext, temporary: string): Result<Draft> {
  const dataFolder = context.setUp?.expanded.node.dataFolder
  if (dataFolder === undefined)
    return fail('operation/unreadable', 'No node of this set-up has a data folder that is known here. Name it in Settings.')
  const posFolder = posOf(context, request.identity)
  return ok(
    planRetire(
      { identity: request.identity },
      {
        ...momentOf(context),
        node: nodeAt(dataFolder, context, factTools(temporary)),
        backupHolds: context.backup.holds.includes(request.identity),
        isOurs: true,
        ...(posFolder === undefined ? {} : { posFolder }),
        standing: standings([dataFolder], [request.identity], context),
      },
    ),
  )
}

export function planPutBackHere(request: Asked<'put-back'>, context: PlanContext, temporary: string): Result<Draft> {
  const entry = readQuarantine(systemFiles, context.quarantine, new Map()).find(({ id }) => id === request.entry)
  if (entry === undefined) return fail('operation/unreadable', 'The quarantine has no such entry any more. Look again.')
  const dataFolder = request.to ?? oldFolderOf(entry)
  if (dataFolder === undefined)
    return fail('operation/unreadable', 'It is not known which node these keys came from: name its data folder.')
  const tools = factTools(temporary)
  const ids = entry.keys.flatMap(({ identity }) => identity ?? [])
  const folders = [
    ...new Set([dataFolder, context.setUp?.expanded.node.dataFolder ?? dataFolder, ...context.nodes.map((one) => one.dataFolder)]),
  ]
  const databases = folders.map((folder): KnownDatabase => nodeAt(folder, context, tools))
  const service = context.setUp?.expanded.services[0]
  return ok(
    planPutBack(
      { names: request.names },
      {
        ...momentOf(context),
        entry,
        node: nodeAt(dataFolder, context, tools),
        conflicts: armedNow(ids, dataFolder, folders, context, temporary),
        verdicts: context.verdicts,
        standing: standings(folders, ids, context),
        databases,
        isOurs: isOwnFolder(context, dataFolder),
        posFolders: Object.fromEntries(
          ids.flatMap((id) => {
            const found = posOf(context, id)
            return found === undefined ? [] : [[id, found]]
          }),
        ),
        proving: service === undefined ? {} : { nonces: service.nonces, randomx: service.randomx },
        cpus: os.cpus().length,
      },
    ),
  )
}

/** Where these keys are armed already: in any node that is known here, or where the keeper saw them. */
function armedNow(
  ids: readonly string[],
  target: string,
  folders: readonly string[],
  context: PlanContext,
  temporary: string,
): readonly { readonly identity: string; readonly why: string }[] {
  const tools = factTools(temporary)
  const elsewhere = folders
    .filter((folder) => realPath(folder) !== realPath(target))
    .flatMap((folder) => {
      const { keys, name } = nodeAt(folder, context, tools)
      return keys.flatMap(({ identity, name: file }) =>
        identity !== undefined && ids.includes(identity)
          ? [{ identity, why: `It is armed in ${name}: ${path.join(folder, 'identities', file)}` }]
          : [],
      )
    })
  return [...context.armedElsewhere.filter(({ identity }) => ids.includes(identity)), ...elsewhere]
}

/** The way back from a merge after a node was started. */
export function planSplitBackHere({ plan, steps }: JournalHeader, context: PlanContext, temporary: string): Result<Draft> {
  const found = homesOf(steps)
  if (found === undefined) return fail('operation/unreadable', `${plan.title} cannot be undone by a split: no key moved.`)
  const tools = factTools(temporary)
  const folders = found.homes.map(({ folder }) => folder)
  const ids = found.homes.flatMap(({ keys }) => keys.map(({ identity }) => identity))
  return ok(
    planSplitBack(
      { id: plan.id, title: plan.title, steps },
      {
        ...momentOf(context),
        from: nodeAt(found.target, context, tools),
        sources: new Map(folders.map((folder) => [folder, nodeAt(folder, context, tools)])),
        notes: new Map(folders.map((folder) => [folder, seen(path.join(folder, DISARMED_NOTE))])),
        standing: standings([found.target, ...folders], ids, context),
        isOurs: isOwnFolder(context, found.target),
      },
    ),
  )
}
