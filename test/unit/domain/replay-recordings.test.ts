import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createNodeLogReader, createServiceLogReader } from '../../../electron/programs/index.ts'
import { replay, type ReplayFile, type Timeline } from '../../../shared/replay/index.ts'
import type { ExpectedIdentity, ExpectedTimeline } from './timelines/expected.ts'
import { node1n176 } from './timelines/node-1n-1.7.6.ts'
import { node1n183 } from './timelines/node-1n-1.8.3.ts'
import { nodeEquivocation176, nodeEquivocation183 } from './timelines/node-equivocation.ts'
import { poetChanged, poetRestored } from './timelines/node-misc-1.7.6.ts'
import { nodeProofFailures176 } from './timelines/node-proof-failures-1.7.6.ts'
import { nodeSupervised176 } from './timelines/node-supervised-1.7.6.ts'
import { postService } from './timelines/post-service.ts'

const ROOT = path.join(import.meta.dirname, '../../fixtures/recordings')
const parsers = { serviceLog: createServiceLogReader, nodeLog: createNodeLogReader }

function readAll(relative: string): readonly ReplayFile[] {
  const full = path.join(ROOT, relative)
  if (!statSync(full).isDirectory()) return [{ name: relative, text: readFileSync(full, 'utf8') }]
  // Extracts of other runs lie beside the recording of this one.
  const names = readdirSync(full).filter((name) => !/^(also-|panic-|PostService|without-observer)/.test(name))
  return names.flatMap((name) => readAll(path.join(relative, name)))
}

/** `kind:phase` of an identity at a moment. */
function saidAt(timeline: Timeline, identity: string, at: number): string {
  const last = timeline.statuses.filter((change) => change.identity === identity && change.at <= at).at(-1)
  if (last === undefined) return 'nothing yet'
  return 'phase' in last.status ? `${last.status.kind}:${last.status.phase}` : last.status.kind
}

function check(timeline: Timeline, t0: number, name: string, expected: ExpectedIdentity): void {
  const own = timeline.statuses.filter((change) => change.name === name || name === 'recorded')
  const identity = own[0]?.identity ?? ''
  expect(identity, `${name} is in the recording`).not.toBe('')
  const told = expected.moments.map(([seconds, ...is]) => {
    const said = saidAt(timeline, identity, t0 + seconds * 1000)
    const isRight = is.some((one) => said === one || said.split(':')[0] === one)
    return `${seconds} s: ${isRight ? is.join(' or ') : said}`
  })
  expect(told).toEqual(expected.moments.map(([seconds, ...is]) => `${seconds} s: ${is.join(' or ')}`))
  const kinds = new Set(own.map((change) => change.status.kind))
  expect(expected.never.filter((kind) => kinds.has(kind))).toEqual([])
  for (const [code, from, to] of expected.alarms ?? []) {
    const begun = timeline.alarms.filter(
      ({ is, alarm }) => is === 'begins' && alarm.code === code && (alarm.identity ?? identity) === identity,
    )
    const within = begun.filter(({ at }) => at >= t0 + from * 1000 && at <= t0 + to * 1000)
    expect(
      within.length,
      `${code} of ${name} begins within ${from}–${to} s (begun at ${begun.map(({ at }) => (at - t0) / 1000).join(', ')})`,
    ).toBeGreaterThan(0)
  }
}

const all: readonly ExpectedTimeline[] = [
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

describe('every recording, replayed through the judgement', () => {
  for (const expected of all) {
    describe(expected.recording, () => {
      const timeline = replay(expected.files.flatMap(readAll), { parsers })
      const t0 = expected.t0 === undefined ? timeline.from - 304 : Date.parse(expected.t0)
      for (const [name, identity] of Object.entries(expected.identities)) {
        it(`says what truly happened to ${name}`, () => check(timeline, t0, name, identity))
      }
    })
  }
})
