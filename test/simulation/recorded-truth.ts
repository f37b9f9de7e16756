import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { createNodeLogReader, createServiceLogReader } from '../../electron/programs/index.ts'
import { FINE_KINDS, type StatusKind } from '../../shared/domain/status.ts'
import { replay, type ReplayFile, type Timeline } from '../../shared/replay/index.ts'
import type { ExpectedIdentity, ExpectedTimeline } from '../unit/domain/timelines/expected.ts'
import { node1n176 } from '../unit/domain/timelines/node-1n-1.7.6.ts'
import { node1n183 } from '../unit/domain/timelines/node-1n-1.8.3.ts'
import { nodeEquivocation176, nodeEquivocation183 } from '../unit/domain/timelines/node-equivocation.ts'
import { poetChanged, poetRestored } from '../unit/domain/timelines/node-misc-1.7.6.ts'
import { nodeProofFailures176 } from '../unit/domain/timelines/node-proof-failures-1.7.6.ts'
import { nodeSupervised176 } from '../unit/domain/timelines/node-supervised-1.7.6.ts'
import { postService } from '../unit/domain/timelines/post-service.ts'

const ROOT = path.join(import.meta.dirname, '../fixtures/recordings')
const parsers = { serviceLog: createServiceLogReader, nodeLog: createNodeLogReader }
const ALL: readonly ExpectedTimeline[] = [
  node1n176,
  node1n183,
  nodeProofFailures176,
  nodeEquivocation176,
  nodeEquivocation183,
  nodeSupervised176,
  poetChanged,
  poetRestored,
  ...postService,
]

export interface RecordedTruth {
  readonly recordings: number
  /** Moments whose truth is written down. */
  moments: number
  /** Moments at which a fine kind was said and something else was true. */
  falseFine: number
  /** Kinds that were said and would have been untrue at any time. */
  falseKinds: number
}

function readAll(relative: string): readonly ReplayFile[] {
  const full = path.join(ROOT, relative)
  if (!statSync(full).isDirectory()) return [{ name: relative, text: readFileSync(full, 'utf8') }]
  const names = readdirSync(full).filter((name) => !/^(also-|panic-|PostService|without-observer)/.test(name))
  return names.flatMap((name) => readAll(path.join(relative, name)))
}

interface Case {
  readonly timeline: Timeline
  readonly t0: number
  readonly name: string
  readonly expected: ExpectedIdentity
}

function judge({ timeline, t0, name, expected }: Case, into: RecordedTruth): void {
  const own = timeline.statuses.filter((change) => change.name === name || name === 'recorded')
  for (const [seconds, ...is] of expected.moments) {
    into.moments += 1
    const last = own.filter((change) => change.at <= t0 + seconds * 1000).at(-1)
    if (last === undefined) continue
    const { status } = last
    const said = 'phase' in status ? `${status.kind}:${status.phase}` : status.kind
    const isRight = is.some((one) => one === said || one === status.kind)
    if (!isRight && FINE_KINDS.includes(status.kind)) into.falseFine += 1
  }
  const kinds = new Set<StatusKind>(own.map((change) => change.status.kind))
  into.falseKinds += expected.never.filter((kind) => kinds.has(kind)).length
}

/** Replays every recording and compares what is said with what truly happened. */
export function readRecordings(): RecordedTruth {
  const truth: RecordedTruth = { recordings: ALL.length, moments: 0, falseFine: 0, falseKinds: 0 }
  for (const expected of ALL) {
    const timeline = replay(expected.files.flatMap(readAll), { parsers })
    const t0 = expected.t0 === undefined ? timeline.from - 304 : Date.parse(expected.t0)
    for (const [name, identity] of Object.entries(expected.identities)) judge({ timeline, t0, name, expected: identity }, truth)
  }
  return truth
}
