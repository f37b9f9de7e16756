import type { z } from 'zod'
import { fail, ok, type Result } from '../domain/fault.ts'
import { shortId } from '../domain/ids.ts'
import { setupSchema, SETUP_VERSION, type Setup } from './schema.ts'

/** One complaint about a set-up, at a dotted place such as `services.2.threads`. */
export interface SetupIssue {
  readonly at: string
  readonly message: string
  readonly severity: 'error' | 'warning'
}

export type SetupFaultCode = 'setup/invalid' | 'setup/newer'

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Every key that any part of the set-up knows, read from the schema itself. */
function knownKeys(schema: unknown, into = new Set<string>(), seen = new Set<unknown>()): Set<string> {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return into
  seen.add(schema)
  const def: unknown = Reflect.get(schema, 'def')
  if (typeof def !== 'object' || def === null) return into
  const shape: unknown = Reflect.get(def, 'shape')
  if (typeof shape === 'object' && shape !== null) {
    for (const [key, inner] of Object.entries(shape)) {
      into.add(key)
      knownKeys(inner, into, seen)
    }
  }
  for (const part of ['innerType', 'element', 'in', 'out', 'valueType']) knownKeys(Reflect.get(def, part), into, seen)
  const options: unknown = Reflect.get(def, 'options')
  if (Array.isArray(options)) for (const option of options) knownKeys(option, into, seen)
  return into
}

let keys: readonly string[] | undefined

/** The known key nearest to a misspelt one, when it is near enough to be meant. */
export function nearestKey(unknown: string): string | undefined {
  keys ??= [...knownKeys(setupSchema)]
  const ranked = keys
    .map((key) => ({ key, distance: editDistance(unknown.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, Math.floor(unknown.length / 3)) ? best.key : undefined
}

function issuesOf(error: z.ZodError): SetupIssue[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.join('.')
    if (issue.code !== 'unrecognized_keys') return [{ at, message: issue.message, severity: 'error' as const }]
    return issue.keys.map((key) => {
      const near = nearestKey(key)
      const message = `'${key}' is not a key of the set-up${near === undefined ? '' : `; did you mean '${near}'?`}`
      return { at: at === '' ? key : `${at}.${key}`, message, severity: 'error' as const }
    })
  })
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1))

function doubles<T>(items: readonly T[], keyOf: (item: T) => string, say: (item: T, index: number) => SetupIssue): SetupIssue[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const key = keyOf(item)
    if (seen.has(key)) return [say(item, index)]
    seen.add(key)
    return []
  })
}

/** What no single field shows: doubles, strangers, clashes. Pure; files and ports are checked by the keeper. */
export function crossCheck(setup: Setup): SetupIssue[] {
  const error = (at: string, message: string): SetupIssue => ({ at, message, severity: 'error' })
  const known = new Set(setup.identities.map((identity) => identity.id))
  const listeners =
    setup.node.mode === 'managed' ? Object.values(setup.node.listeners) : [setup.node.public, setup.node.private, setup.node.post]
  const post = setup.node.mode === 'managed' ? setup.node.listeners.post : setup.node.post
  const nodeFile = setup.node.mode === 'managed' ? [setup.node.listeners] : []
  return [
    ...doubles(
      setup.identities,
      (i) => i.id,
      (i, n) => error(`identities.${n}.id`, `identity ${shortId(i.id)} is listed twice`),
    ),
    ...doubles(
      setup.services,
      (s) => s.identity,
      (s, n) => error(`services.${n}.identity`, `identity ${shortId(s.identity)} has a second service; one key may have one service only`),
    ),
    ...doubles(
      setup.services,
      (s) => s.operator,
      (s, n) => error(`services.${n}.operator`, `${s.operator} is already another service's operator address`),
    ),
    ...doubles(
      setup.services,
      (s) => s.posFolder,
      (s, n) => error(`services.${n}.posFolder`, `${s.posFolder} is already another service's PoS folder`),
    ),
    ...setup.services.flatMap((s, n) =>
      known.has(s.identity) ? [] : [error(`services.${n}.identity`, `identity ${shortId(s.identity)} is not in the list of identities`)],
    ),
    ...nodeFile.flatMap(() =>
      doubles(
        listeners,
        (l) => String(portOf(l)),
        (l) => error('node.listeners', `port ${portOf(l)} is used for two listeners`),
      ),
    ),
    ...setup.services.flatMap((s, n) =>
      listeners.includes(s.operator) ? [error(`services.${n}.operator`, `${s.operator} is already a listener of the node`)] : [],
    ),
    ...setup.services.flatMap((s, n) =>
      s.owner === 'smeshkeeper' && portOf(s.nodeAddress.replace(/\/+$/, '')) !== portOf(post)
        ? [
            {
              at: `services.${n}.nodeAddress`,
              message: `the service would connect to ${s.nodeAddress}, but the node's post listener is ${post}`,
              severity: 'warning' as const,
            },
          ]
        : [],
    ),
  ]
}

/**
 * Reads the text of a `setup.json`.
 * @fault `setup/newer`: written by a later version; nothing is changed. `setup/invalid`: every complaint is in `context.issues` (JSON).
 */
export function parseSetup(text: string): Result<Setup, SetupFaultCode> & { readonly issues?: readonly SetupIssue[] } {
  let raw: unknown
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause: unknown) {
    const why = text.trim() === '' ? 'the file is empty' : `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`
    return { ...fail('setup/invalid', why), issues: [{ at: '', message: why, severity: 'error' }] }
  }
  return checkSetup(raw)
}

/** As {@link parseSetup}, for a value that is already parsed. */
export function checkSetup(raw: unknown): Result<Setup, SetupFaultCode> & { readonly issues?: readonly SetupIssue[] } {
  const version: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'version') : undefined
  if (typeof version === 'number' && version > SETUP_VERSION) {
    const why = `the set-up has version ${version}, this Smeshkeeper knows up to ${SETUP_VERSION}; update Smeshkeeper`
    return { ...fail('setup/newer', why), issues: [{ at: 'version', message: why, severity: 'error' }] }
  }
  const parsed = setupSchema.safeParse(raw)
  const issues = parsed.success ? crossCheck(parsed.data) : issuesOf(parsed.error)
  const worst = issues.find((issue) => issue.severity === 'error')
  if (!parsed.success || worst !== undefined) {
    const first = worst ?? issues[0]
    return {
      ...fail('setup/invalid', first === undefined ? 'not valid' : `${first.at === '' ? '' : `${first.at}: `}${first.message}`),
      issues,
    }
  }
  return { ...ok(parsed.data), issues }
}
