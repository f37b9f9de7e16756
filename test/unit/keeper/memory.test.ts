import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHistory } from '../../../electron/history/index.ts'
import { startWorldLoop } from '../../../electron/keeper/world-loop.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { NodeEvent } from '../../../shared/domain/observation.ts'
import { AMBER, aSetup } from './builders.ts'
import { asIdentityId } from './ids.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-memory-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const challenge = 'c1'.repeat(32)
const amber = asIdentityId(AMBER)
const common = { failure: false, help: '', identity: amber, challenge }

describe('what the node told', () => {
  it('is remembered oldest first, and gives the same belief to the next keeper when the node’s own ring has moved on', () => {
    const clock = new FakeClock()
    const open = () => {
      const opened = openHistory(path.join(folder, 'history.sqlite'), { clock, log: silentLogger })
      if (!opened.ok) throw new Error(opened.fault.detail)
      return opened.value
    }
    const first = open()
    const told: NodeEvent[] = [
      { ...common, event: 'post-start', emittedAt: clock.now() - 5_000 },
      { ...common, event: 'post-complete', emittedAt: clock.now() - 1_000 },
      { ...common, event: 'post-start', emittedAt: clock.now() - 900_000_000 },
    ]
    for (const event of told.toReversed()) first.recordObservation({ at: clock.now(), kind: 'node-event', event })
    first.close()

    const second = open()
    const remembered = second.recentNodeEvents(clock.now() - 10_000)
    expect(remembered.map(({ event }) => event)).toEqual(['post-start', 'post-complete'])
    const seen: string[] = []
    const loop = startWorldLoop({ clock, setup: aSetup(), onObservation: ({ kind }) => seen.push(kind), onDecision: () => {} })
    for (const event of remembered) loop.emit({ at: event.emittedAt, kind: 'node-event', event }, true)
    // The ring, replayed by the node after a connection, changes nothing.
    const before = loop.world.identities.get(amber)?.complete
    for (const event of remembered) loop.emit({ at: clock.now(), kind: 'node-event', event })
    expect(before).toMatchObject({ challenge, at: clock.now() - 1_000, matchesAsked: true, count: 1 })
    expect(loop.world.identities.get(amber)?.complete).toEqual(before)
    expect(seen).toHaveLength(2)
    second.close()
    loop.close()
  })
})
