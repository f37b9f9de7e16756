import path from 'node:path'
import { z } from 'zod'
import { getJson, putJson } from '../database/scratch.ts'
import { OperationStopped, type StepTools } from '../types.ts'
import { targetSchema, type Target } from './data.ts'
import { containerState } from './docker.ts'
import type { ForeignManagers } from './managers.ts'
import { unitState } from './systemd.ts'

const beforeSchema = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('systemd'),
    file: z.string(),
    isUp: z.boolean(),
    isMasked: z.boolean(),
    /** What `enable` needs to make the unit's own link again, when its file lies elsewhere. */
    linkedFrom: z.string().exactOptional(),
    wantedBy: z.array(z.string()),
  }),
  z.object({ is: z.literal('docker'), isRunning: z.boolean(), policy: z.string() }),
  z.object({ is: z.literal('process'), isRunning: z.boolean() }),
])
const rememberedSchema = z.object({ at: z.number(), all: z.array(z.object({ target: targetSchema, before: beforeSchema })) })

/** How a manager had one thing before anything was changed. */
export type Before = z.output<typeof beforeSchema>
export type SystemdBefore = Extract<Before, { is: 'systemd' }>

const FILE = 'foreign-before.json'

/** A unit's own link in the manager's folders, which `disable` takes away with the others. */
function linkOf(managers: ForeignManagers, fragment: string, unit: string): string | undefined {
  const target = managers.linkTarget(fragment)
  return target !== undefined && path.isAbsolute(target) && path.basename(target) === unit ? target : undefined
}

async function lookAt(target: Target, managers: ForeignManagers): Promise<Before> {
  switch (target.is) {
    case 'systemd': {
      const state = await unitState(managers, target.manager, target.unit)
      const linkedFrom = linkOf(managers, state.fragment, target.unit)
      return {
        is: 'systemd',
        file: state.file,
        isUp: !['inactive', 'failed', ''].includes(state.active),
        isMasked: state.file.startsWith('masked') || state.load === 'masked',
        ...(linkedFrom === undefined ? {} : { linkedFrom }),
        wantedBy: [...state.wantedBy],
      }
    }
    case 'docker': {
      const state = await containerState(managers, target.container, target.name)
      if (state === undefined)
        throw new OperationStopped('foreign/changed', `The container ${target.name} is not there any more. Roll back, and plan anew`)
      return { is: 'docker', isRunning: state.isRunning, policy: state.policy }
    }
    case 'program':
      return { is: 'process', isRunning: (await managers.programs()).some((one) => one.pid === target.pid) }
    default:
      return { is: 'process', isRunning: managers.commandOf(target.pid) !== undefined }
  }
}

function read({ files, folder }: StepTools): z.output<typeof rememberedSchema> | undefined {
  const parsed = rememberedSchema.safeParse(getJson(files, path.join(folder, FILE)))
  return parsed.success ? parsed.data : undefined
}

export const isRemembered = (tools: StepTools): boolean => read(tools) !== undefined

/** Writes down how everything is. What was written before stays: since then things may have been changed by us. */
export async function remember(targets: readonly Target[], managers: ForeignManagers, tools: StepTools): Promise<string> {
  const known = read(tools)
  if (known === undefined) {
    const all: { target: Target; before: Before }[] = []
    for (const target of targets) all.push({ target, before: await lookAt(target, managers) })
    putJson(tools.files, path.join(tools.folder, FILE), { at: tools.now(), all })
    return all.map(({ target, before }) => `${nameOf(target)}: ${words(before)}`).join('; ')
  }
  tools.files.syncFolder(tools.folder)
  return known.all.map(({ target, before }) => `${nameOf(target)}: ${words(before)}`).join('; ')
}

/** @throws OperationStopped when nothing was written down: then nothing may be changed */
export function beforeOf<K extends Before['is']>(target: Target, is: K, tools: StepTools): Extract<Before, { is: K }> {
  const found = read(tools)?.all.find((one) => nameOf(one.target) === nameOf(target))?.before
  if (found?.is === is) return found as Extract<Before, { is: K }>
  throw new OperationStopped(
    'foreign/not-remembered',
    `${path.join(tools.folder, FILE)} does not say how ${nameOf(target)} was before, so it is neither changed nor put back. Put it back by hand as the plan shows it`,
  )
}

/** For the user, and one each in an operation. */
export function nameOf(target: Target): string {
  switch (target.is) {
    case 'systemd':
      return target.manager === 'user' ? `${target.unit} (of the user)` : target.unit
    case 'docker':
      return `container ${target.name}`
    case 'program':
      return `${target.program}, process ${target.pid}`
    default:
      return `PSM, process ${target.pid}`
  }
}

function words(before: Before): string {
  if (before.is === 'systemd')
    return `${before.file === '' ? 'no unit file' : before.file}, ${before.isUp ? 'running' : 'not running'}${before.wantedBy.length === 0 ? '' : `, started by ${before.wantedBy.join(', ')}`}`
  if (before.is === 'docker') return `${before.isRunning ? 'running' : 'not running'}, restart policy ${before.policy}`
  return before.isRunning ? 'running' : 'not running'
}
