import { describe, expect, it } from 'vitest'
import { decide } from '../../../shared/domain/decide.ts'
import { observe } from '../../../shared/domain/observe.ts'
import { emptyWorld } from '../../../shared/domain/world.ts'
import { setupSchema } from '../../../shared/setup/schema.ts'

const GIB = 1024 ** 3
const at = Date.UTC(2026, 10, 21)
const setup = setupSchema.parse({
  version: 1,
  network: { preset: 'mainnet' },
  node: { mode: 'attached', public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
})
const alarmsWith = (what: 'node' | 'app', freeBytes: number, totalBytes = 500 * GIB, later = 1_000) => {
  const world = observe(emptyWorld(), { at, kind: 'own-disk', what, freeBytes, totalBytes })
  return decide(setup, world, at + later).alarms.filter((alarm) => alarm.code === 'disk-low')
}

describe('room on our own disks', () => {
  it.each([
    ['node', 20 * GIB, undefined],
    ['node', 8 * GIB, 'warn'],
    ['node', 0.9 * GIB, 'bad'],
    ['app', 1 * GIB, undefined],
    ['app', 0.3 * GIB, 'warn'],
    ['app', 0.01 * GIB, 'bad'],
  ] as const)('%s with %d bytes left: %s', (what, free, severity) => {
    expect(alarmsWith(what, free)[0]?.severity).toBe(severity)
  })

  it('is judged by share on a small disk', () => {
    expect(alarmsWith('app', 0.2 * GIB, 1 * GIB)).toEqual([])
    expect(alarmsWith('app', 0.04 * GIB, 1 * GIB)[0]?.severity).toBe('bad')
  })

  it('is not told from an old look', () => {
    expect(alarmsWith('node', 1, 500 * GIB, 3_600_000)).toEqual([])
  })

  it('tells node and app apart', () => {
    expect(alarmsWith('node', 1)[0]?.key).toBe('disk-low/node')
    expect(alarmsWith('app', 1)[0]?.key).toBe('disk-low/app')
  })
})

describe('a set-up that does not work', () => {
  it('is an alarm while it lasts, since it began', () => {
    const one = observe(emptyWorld(), { at, kind: 'setup-trouble', text: 'the binary is gone' })
    const two = observe(one, { at: at + 5_000, kind: 'setup-trouble', text: 'the binary is still gone' })
    const alarm = decide(setup, two, at + 6_000).alarms.find((one) => one.code === 'setup-invalid')
    expect(alarm).toMatchObject({ since: at, sentence: 'the binary is still gone' })
    const over = observe(two, { at: at + 7_000, kind: 'setup-trouble' })
    expect(decide(setup, over, at + 8_000).alarms.filter((one) => one.code === 'setup-invalid')).toEqual([])
  })
})
