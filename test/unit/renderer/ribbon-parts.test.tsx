import { describe, expect, it } from 'vitest'
import { timesOf } from '../../../renderer/components/times.ts'
import { edgeTime, pillRoom, ticksOf } from '../../../renderer/features/now/axis.ts'
import { stackOf } from '../../../renderer/features/now/stack.ts'
import { nodeActionsOf } from '../../../renderer/state/node-actions.ts'
import type { RibbonSegment } from '../../../shared/ipc/snapshot.ts'
import { aNode, NOW } from '../../builders/snapshot.ts'

const MINUTE = 60_000
const bar = (identity: string, from: number, to: number, more: Partial<RibbonSegment> = {}): RibbonSegment => ({
  identity,
  is: 'reading',
  from,
  to,
  ...more,
})

describe('stack of a lane', () => {
  it('keeps one row for those that follow each other', () => {
    expect(stackOf([bar('a', 0, 10), bar('b', 10, 20), bar('a', 2, 9)])).toEqual({
      rowOf: new Map([
        ['a', 0],
        ['b', 0],
      ]),
      rows: 1,
    })
  })
  it('puts those that work at the same time below each other, and uses a free row again', () => {
    const { rowOf, rows } = stackOf([bar('a', 0, 10), bar('b', 5, 30), bar('c', 12, 20)])
    expect(rows).toBe(2)
    expect([rowOf.get('a'), rowOf.get('b'), rowOf.get('c')]).toEqual([0, 1, 0])
  })
  it('counts until the worst likely finish', () => {
    expect(stackOf([bar('a', 0, 10, { is: 'expected', p5: 5, p95: 18 }), bar('b', 15, 20)]).rows).toBe(2)
  })
  it('has one row when there is nothing', () => expect(stackOf([]).rows).toBe(1))
})

describe('times of short epochs', () => {
  it('have seconds where an epoch takes minutes, and none on mainnet', () => {
    const [short, long] = [timesOf(2 * MINUTE), timesOf(14 * 24 * 60 * MINUTE)]
    expect(short.moment(NOW + 5000, NOW)).toMatch(/^\d\d:\d\d:05$/)
    expect(short.span(NOW, NOW + 5000, NOW)).toMatch(/^\d\d:\d\d:00–\d\d:\d\d:05$/)
    expect(long.moment(NOW + 5000, NOW)).toMatch(/^\d\d:\d\d$/)
  })
  it('keep wider labels farther from the pills', () => {
    const short = { from: NOW, to: NOW + MINUTE }
    const long = { from: NOW, to: NOW + 12 * 60 * MINUTE }
    expect(edgeTime(short, NOW)).toMatch(/:00$/)
    expect(pillRoom(short).end).toBeGreaterThan(pillRoom(long).end)
    expect(ticksOf(short).length).toBeLessThanOrEqual(14)
  })
})

describe('actions on the node', () => {
  it('are none for a node that somebody else runs', () => {
    expect(nodeActionsOf(aNode({ owner: 'systemd' }))).toEqual([])
    expect(nodeActionsOf(aNode({ mode: 'attached' }))).toEqual([])
  })
  it('follow its process', () => {
    const since = NOW
    expect(nodeActionsOf(aNode({ process: { at: 'ready', since } }))).toEqual(['stop', 'restart'])
    expect(nodeActionsOf(aNode({ process: { at: 'stopping', killAt: NOW } }))).toEqual([])
    expect(nodeActionsOf(aNode({ process: { at: 'stopped' } }))).toEqual(['start'])
  })
})
