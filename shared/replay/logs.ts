import type { IdentityId, UnixMs } from '../domain/ids.ts'
import type { Observation } from '../domain/observation.ts'
import { number, record, text, time } from './json-lines.ts'
import type { Hints, LogParsers, Reading } from './types.ts'

/** What a service's log says of its own parameters. */
export function serviceHints(line: string): Hints {
  const at = line.indexOf('POST network parameters: ')
  if (at < 0) return {}
  try {
    const json = record(JSON.parse(line.slice(line.indexOf('{', at))))
    const [minNumUnits, maxNumUnits] = [number(json?.['min_num_units']), number(json?.['max_num_units'])]
    const powDifficulty = text(json?.['pow_difficulty'])?.toLowerCase()
    const scrypt = record(json?.['scrypt'])
    const [n, r, p] = [number(scrypt?.['n']), number(scrypt?.['r']), number(scrypt?.['p'])]
    return {
      ...(minNumUnits === undefined ? {} : { minNumUnits }),
      ...(maxNumUnits === undefined ? {} : { maxNumUnits }),
      ...(powDifficulty === undefined ? {} : { powDifficulty }),
      ...(n === undefined || r === undefined || p === undefined ? {} : { scrypt: { n, r, p } }),
    }
  } catch {
    return {}
  }
}

/** k1 and k2 that a service was started with; on a test case without a node they are the network's. */
export function serviceHits(line: string): { readonly k1?: number; readonly k2?: number } {
  const k1 = /"k1":(\d+)/.exec(line)?.[1]
  const k2 = /"k2":(\d+)/.exec(line)?.[1]
  return line.includes('POST network parameters') && k1 !== undefined && k2 !== undefined ? { k1: Number(k1), k2: Number(k2) } : {}
}

export const serviceNonces = (line: string): number | undefined => {
  const found = /POST proving settings: .*"nonces":(\d+)/.exec(line)?.[1]
  return found === undefined ? undefined : Number(found)
}

export interface ServiceLog {
  readonly identity?: IdentityId
  /** Complete once the identity is known: it may be told by another file. */
  readonly observationsFor: (identity: IdentityId) => readonly Observation[]
  readonly nonces?: number
  readonly hints: Hints
}

/** Whether a text is a post-service's stderr. */
export const isServiceLog = (content: string): boolean => /^\[20\d\d-\d\d-\d\dT[\d:.]+Z [A-Z]+ +post/m.test(content.slice(0, 4000))
/** Whether a text is a node's log, in either encoding. */
export const isNodeLog = (content: string): boolean =>
  /^\{"L":"[A-Z]+","T":"/m.test(content.slice(0, 20_000)) || /^20\d\d-\d\d-\d\dT[\d:.]+Z\t[A-Z]+\t/m.test(content.slice(0, 20_000))

/** A whole stderr. Lines carry whole seconds: something seen in a second was seen by its end. */
export function readServiceLog(content: string, parsers: LogParsers): ServiceLog {
  const reader = parsers.serviceLog()
  const facts: { readonly at: UnixMs; readonly fact: Extract<Observation, { kind: 'service-log' }>['fact'] }[] = []
  let hints: Hints = {}
  let nonces: number | undefined
  let last: UnixMs | undefined
  const take = (found: ReturnType<typeof reader.push>): void => {
    for (const fact of found) {
      last = fact.loggedAt ?? last
      if (last !== undefined) facts.push({ at: last, fact })
    }
  }
  for (const line of content.split('\n')) {
    hints = { ...hints, ...serviceHints(line) }
    nonces = serviceNonces(line) ?? nonces
    take(reader.push(line))
  }
  take(reader.settle())
  const told = facts.find(({ fact }) => fact.fact === 'metadata-sent' && fact.identity !== undefined)?.fact
  const identity = told?.fact === 'metadata-sent' ? told.identity : undefined
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(nonces === undefined ? {} : { nonces }),
    hints,
    observationsFor: (id) => facts.map(({ at, fact }) => ({ at, kind: 'service-log', identity: id, fact })),
  }
}

const GENESIS = /"genesis": ?"([^"]+)"/

/** A whole node log; the genesis time stands in it. */
export function readNodeLog(content: string, parsers: LogParsers): Reading {
  const reader = parsers.nodeLog()
  const observations: Observation[] = []
  let last: UnixMs | undefined
  const take = (found: ReturnType<typeof reader.push>): void => {
    for (const fact of found) {
      last = fact.loggedAt ?? last
      if (last !== undefined) observations.push({ at: last, kind: 'node-log', fact })
    }
  }
  for (const line of content.split('\n')) take(reader.push(line))
  take(reader.settle())
  const genesisMs = time(GENESIS.exec(content)?.[1])
  const names = new Map<string, string>()
  for (const { fact } of observations.flatMap((one) => (one.kind === 'node-log' ? [one] : []))) {
    if (fact.fact === 'post-state') names.set(fact.identity, fact.identity.slice(0, 8))
  }
  return { observations, hints: { ...(genesisMs === undefined ? {} : { genesisMs }), names } }
}
