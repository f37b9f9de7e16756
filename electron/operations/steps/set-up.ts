import path from 'node:path'
import { z } from 'zod'
import { isThere, makeDurableFolder } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { getJson, putJson, removeIfThere } from '../database/scratch.ts'
import { OperationStopped, type StepRule } from '../types.ts'

const entity = z.record(z.string(), z.unknown()).nullable()

/**
 * Changes our set-up piece by piece, whatever else of it changed meanwhile: what the user wants up or down, and how he calls
 * things, stays as it is at that moment.
 */
export const setUpSchema = z.object({
  is: z.literal('set-up'),
  file: z.string().min(1),
  /** The whole set-up, when there is none yet. */
  initial: z.record(z.string(), z.unknown()).nullable(),
  node: z.object({ before: entity, after: entity }).nullable(),
  /** By id. */
  identities: z.array(z.object({ id: z.string(), before: entity, after: entity })),
  /** By identity. */
  services: z.array(z.object({ id: z.string(), before: entity, after: entity })),
})
export type SetUpChange = z.output<typeof setUpSchema>

type Entity = Readonly<Record<string, unknown>>
type Whole = Entity & { readonly node?: Entity; readonly identities?: readonly Entity[]; readonly services?: readonly Entity[] }

/** These are the user's from moment to moment. */
const VOLATILE: ReadonlySet<string> = new Set(['wanted', 'stoppedBy', 'nickname', 'colour'])

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
const lists = { identities: 'id', services: 'identity' } as const

/** What must change to come from one set-up to another. */
export function setUpChange(file: string, before: Whole | null, after: Whole): SetUpChange {
  const changed = (list: keyof typeof lists): SetUpChange['identities'] => {
    const key = lists[list]
    const old = new Map((before?.[list] ?? []).map((one) => [String(one[key]), one]))
    const fresh = new Map((after[list] ?? []).map((one) => [String(one[key]), one]))
    return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((id) => {
      const change = { id, before: old.get(id) ?? null, after: fresh.get(id) ?? null }
      return same(change.before, change.after) ? [] : [change]
    })
  }
  const node = { before: before?.node ?? null, after: after.node ?? null }
  return {
    is: 'set-up',
    file,
    initial: before === null ? after : null,
    node: before === null || same(node.before, node.after) ? null : node,
    identities: before === null ? [] : changed('identities'),
    services: before === null ? [] : changed('services'),
  }
}

/** `to`, with what the user has set meanwhile. */
function withVolatile(to: Entity, now: Entity | undefined): Entity {
  if (now === undefined) return to
  const kept = Object.entries(now).filter(([key]) => VOLATILE.has(key))
  return { ...to, ...Object.fromEntries(kept) }
}

const steady = (one: Entity | null | undefined): string =>
  JSON.stringify(
    Object.entries(one ?? {})
      .filter(([key]) => !VOLATILE.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

function patched(whole: Whole, data: SetUpChange, side: 'before' | 'after'): Whole {
  const list = (name: keyof typeof lists): readonly Entity[] => {
    const key = lists[name]
    const wanted = new Map(data[name].map((change) => [change.id, change[side]]))
    const now = whole[name] ?? []
    const kept = now.flatMap((one) => {
      const to = wanted.get(String(one[key]))
      return to === undefined ? [one] : to === null ? [] : [withVolatile(to, one)]
    })
    const there = new Set(now.map((one) => String(one[key])))
    return [...kept, ...[...wanted].flatMap(([id, to]) => (to === null || there.has(id) ? [] : [to]))]
  }
  const node = data.node?.[side]
  return {
    ...whole,
    ...(node === undefined || node === null ? {} : { node: withVolatile(node, whole.node) }),
    identities: list('identities'),
    services: list('services'),
  }
}

function isAt(whole: Whole, data: SetUpChange, side: 'before' | 'after'): boolean {
  const fits = (name: keyof typeof lists): boolean => {
    const now = new Map((whole[name] ?? []).map((one) => [String(one[lists[name]]), one]))
    return data[name].every(
      (change) => (change[side] === null) === !now.has(change.id) && steady(change[side]) === steady(now.get(change.id)),
    )
  }
  return (data.node === null || steady(data.node[side]) === steady(whole.node)) && fits('identities') && fits('services')
}

function read(files: Files, file: string): Whole | undefined {
  const whole = getJson(files, file)
  if (whole === undefined && isThere(files, file))
    throw new OperationStopped(
      'operation/set-up-unreadable',
      `${file} is damaged. Mend it or save the set-up anew in Settings, then finish or roll back`,
    )
  return whole === undefined ? undefined : (whole as Whole)
}

const setUp: StepRule<SetUpChange> = {
  schema: setUpSchema,
  apply(data, { files }) {
    makeDurableFolder(files, path.dirname(data.file))
    const now = read(files, data.file)
    if (now === undefined && data.initial === null)
      throw new OperationStopped(
        'operation/set-up-unreadable',
        `${data.file} is gone. Save the set-up in Settings, then finish or roll back`,
      )
    if (now !== undefined && data.initial !== null) return
    putPretty(files, data.file, now === undefined ? (data.initial ?? {}) : patched(now, data, 'after'))
  },
  isDone(data, { files }) {
    const now = read(files, data.file)
    return now !== undefined && (data.initial !== null || isAt(now, data, 'after'))
  },
  undo(data, { files }) {
    const now = read(files, data.file)
    if (now === undefined) return undefined
    if (data.initial === null) {
      putPretty(files, data.file, patched(now, data, 'before'))
      return undefined
    }
    if (steady(now) !== steady(data.initial)) return `${data.file} was changed since and stays`
    removeIfThere(files, data.file)
    files.syncFolder(path.dirname(data.file))
    return undefined
  },
}

/** As the set-up's own writer has it: two spaces and a line end. */
const putPretty = (files: Files, file: string, whole: Whole): void => putJson(files, file, whole, 2)

export const setUpRules = { 'set-up': setUp } as const
