import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { commandKeepAwake } from '../../../electron/keeper/keep-awake.ts'
import { awakeFor } from '../../../electron/keeper/machine/power-desk.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { anInitJob } from '../../builders/machine.ts'
import { anIdentity, aSnapshot, STATUSES } from '../../builders/snapshot.ts'

class FakeChild extends EventEmitter {
  readonly pid = 1
  isKilled = false
  kill(): boolean {
    this.isKilled = true
    this.emit('exit', null)
    return true
  }
}

function fake(platform: NodeJS.Platform) {
  const started: { readonly file: string; readonly args: readonly string[]; readonly child: FakeChild }[] = []
  const awake = commandKeepAwake({
    log: silentLogger,
    platform,
    start: (file, args) => {
      const child = new FakeChild()
      started.push({ file, args, child })
      return child as never
    },
  })
  return { awake, started }
}

describe('keeping the system awake', () => {
  it('holds once, and lets go', () => {
    const { awake, started } = fake('linux')
    awake.set(true, '1 proof to make')
    awake.set(true, '2 proofs to make')
    expect(started.map(({ file }) => file)).toEqual(['systemd-inhibit'])
    awake.set(false, '')
    expect(started[0]?.child.isKilled).toBe(true)
    awake.set(true, 'again')
    expect(started).toHaveLength(2)
  })

  it('says that it cannot where the program is missing or refuses', () => {
    const { awake, started } = fake('linux')
    awake.set(true, 'x')
    started[0]?.child.emit('error', new Error('ENOENT'))
    expect(awake.canHold).toBe(false)
    awake.set(true, 'x')
    expect(started).toHaveLength(1)
  })

  it('uses what macOS has, and knows that it has nothing on Windows', () => {
    const mac = fake('darwin')
    mac.awake.set(true, 'x')
    expect(mac.started[0]?.file).toBe('caffeinate')
    expect(fake('win32').awake.canHold).toBe(false)
  })
})

describe('why the system must not sleep', () => {
  it('is a proof or data that is written, else there is no reason', () => {
    const proving = aSnapshot({ identities: [anIdentity({ status: STATUSES.reading() })] })
    expect(awakeFor(proving, undefined)).toBe('1 proof to make')
    const idle = aSnapshot({ identities: [] })
    expect(awakeFor(idle, { jobs: [anInitJob()], arrivals: [], benchmark: { is: 'idle' }, tested: [] })).toBe(
      'PoS data of 1 identity is written',
    )
    expect(
      awakeFor(idle, { jobs: [anInitJob({ stage: { is: 'queued' } })], arrivals: [], benchmark: { is: 'idle' }, tested: [] }),
    ).toBeUndefined()
  })
})
