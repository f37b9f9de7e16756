import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { isThere } from '../../identities/index.ts'
import { getJson, putJson } from '../database/scratch.ts'
import { serviceOptions } from '../plans/convert.ts'
import { setUpChange, setUpRules, setUpSchema } from '../steps/set-up.ts'
import { OperationStopped, type StepRule, type StepTools } from '../types.ts'
import { exportSetUpSchema, importSetUpSchema, type ExportSetUp, type ImportSetUp } from './data.ts'
import { readImported } from './imported.ts'

/** As our set-up is written: two spaces. What is not known here is kept. */
const setUpFile = z.looseObject({
  identities: z.array(z.looseObject({ id: z.string() })).default([]),
  services: z.array(z.looseObject({ identity: z.string() })).default([]),
})
type SetUpFile = z.output<typeof setUpFile>

const beforeSchema = z.object({ held: z.unknown().optional(), wanted: z.unknown().optional(), stoppedBy: z.unknown().optional() })
const beforeFile = (tools: StepTools): string => path.join(tools.folder, 'export-set-up.json')

/** undefined: there is no set-up. @throws OperationStopped */
function readSetUp(tools: StepTools, file: string): SetUpFile | undefined {
  if (!isThere(tools.files, file)) return undefined
  const parsed = setUpFile.safeParse(getJson(tools.files, file))
  if (parsed.success) return parsed.data
  throw new OperationStopped(
    'operation/set-up-unreadable',
    `${file} is damaged. Mend it or save the set-up anew in Settings, then finish or roll back`,
  )
}

/** An entry with these values; `undefined` takes one away. */
const changed = <T extends Readonly<Record<string, unknown>>>(entry: T, values: Readonly<Record<string, unknown>>): T =>
  Object.fromEntries(Object.entries({ ...entry, ...values }).filter(([, value]) => value !== undefined)) as T

interface Edit {
  readonly identity: Readonly<Record<string, unknown>>
  readonly service: Readonly<Record<string, unknown>>
}

const edited = (whole: SetUpFile, id: string, { identity, service }: Edit): SetUpFile => ({
  ...whole,
  identities: whole.identities.map((one) => (one.id === id ? changed(one, identity) : one)),
  services: whole.services.map((one) => (one.identity === id ? changed(one, service) : one)),
})

const isAway = (whole: SetUpFile, { identity, reason }: ExportSetUp): boolean =>
  whole.identities.every(({ id, ...rest }) => id !== identity || Reflect.get(Object(rest['held']), 'reason') === reason) &&
  whole.services.every((one) => one.identity !== identity || (one['wanted'] === 'down' && one['stoppedBy'] === 'user'))

const exportSetUp: StepRule<ExportSetUp> = {
  schema: exportSetUpSchema,
  apply(data, tools) {
    const whole = readSetUp(tools, data.file)
    if (whole === undefined) return 'there is no set-up'
    if (isAway(whole, data)) return undefined
    if (!beforeSchema.safeParse(getJson(tools.files, beforeFile(tools))).success) {
      const identity = whole.identities.find(({ id }) => id === data.identity)
      const service = whole.services.find((one) => one.identity === data.identity)
      const before = { held: identity?.['held'], wanted: service?.['wanted'], stoppedBy: service?.['stoppedBy'] }
      putJson(tools.files, beforeFile(tools), before)
    }
    const edit = { identity: { held: { reason: data.reason } }, service: { wanted: 'down', stoppedBy: 'user' } }
    putJson(tools.files, data.file, edited(whole, data.identity, edit), 2)
    return undefined
  },
  isDone(data, tools) {
    const whole = readSetUp(tools, data.file)
    return whole === undefined || isAway(whole, data)
  },
  undo(data, tools) {
    const before = beforeSchema.safeParse(getJson(tools.files, beforeFile(tools)))
    const whole = readSetUp(tools, data.file)
    if (!before.success || whole === undefined || !isAway(whole, data)) return
    const { held, wanted, stoppedBy } = before.data
    const edit = { identity: { held }, service: { wanted, stoppedBy } }
    putJson(tools.files, data.file, edited(whole, data.identity, edit), 2)
  },
}

const changeFile = (tools: StepTools): string => path.join(tools.folder, 'import-set-up.json')
const readChange = (tools: StepTools): ReturnType<typeof setUpSchema.parse> | undefined =>
  setUpSchema.safeParse(getJson(tools.files, changeFile(tools))).data

/** The set-up with the identity on hold and, when its data has a folder here, its service, down. */
function withImported(whole: SetUpFile, { posFolder, service }: ImportSetUp, tools: StepTools): SetUpFile {
  const { document } = readImported(tools)
  const { identity: id, name, proving, machine, madeAt } = document
  const held = { reason: `It came from ${machine} (${madeAt.slice(0, 10)}) and waits for the check before it is armed` }
  const isKnown = whole.identities.some((one) => one.id === id)
  const nickname = name.trim().slice(0, 60)
  const added = { id, ...(nickname === '' ? {} : { nickname }), held }
  const hasService = posFolder === null || service === null || whole.services.some(({ identity }) => identity === id)
  const fresh = { ...service, identity: id, posFolder, ...provingOf(proving), wanted: 'down', stoppedBy: 'user' }
  return {
    ...whole,
    identities: isKnown ? whole.identities.map((one) => (one.id === id ? { ...one, held } : one)) : [...whole.identities, added],
    services: hasService ? whole.services : [...whole.services, fresh],
  }
}

/** Cores are another machine's: their number is all that is taken over of them. */
function provingOf(proving: ReturnType<typeof readImported>['document']['proving']): Readonly<Record<string, unknown>> {
  const { nonces, threads, pinnedCores, randomx } = proving ?? {}
  const many = threads ?? pinnedCores?.length
  const given = { ...(nonces === undefined ? {} : { nonces }), ...(randomx === undefined ? {} : { randomx }) }
  return serviceOptions({ ...given, ...(many === undefined ? {} : { threads: many }) }, os.cpus().length)
}

const importSetUp: StepRule<ImportSetUp> = {
  schema: importSetUpSchema,
  async apply(data, tools) {
    let change = readChange(tools)
    if (change === undefined) {
      const whole = readSetUp(tools, data.file)
      if (whole === undefined) return 'there is no set-up yet'
      change = setUpChange(data.file, whole, withImported(whole, data, tools))
      putJson(tools.files, changeFile(tools), change)
    }
    return setUpRules['set-up'].apply(change, tools)
  },
  async isDone(data, tools) {
    const change = readChange(tools)
    if (change === undefined) return !isThere(tools.files, data.file)
    return setUpRules['set-up'].isDone(change, tools)
  },
  async undo(_data, tools) {
    const change = readChange(tools)
    return change === undefined ? undefined : setUpRules['set-up'].undo(change, tools)
  },
}

export const exchangeSetUpRules = { 'export-set-up': exportSetUp, 'import-set-up': importSetUp } as const
