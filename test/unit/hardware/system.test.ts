import { describe, expect, it } from 'vitest'
import { macMounts } from '../../../electron/hardware/system.ts'

const west = '/dev/disk4s1 on /Volumes/West (apfs, local, nodev)'
const system = '/dev/disk3s1 on / (apfs, sealed, local)'

describe('mounts on macOS', () => {
  it('are waited for once, then asked for aside while the last answer stands', () => {
    let [blocked, now] = [0, 0]
    const asked: ((text: string | undefined) => void)[] = []
    const mounts = macMounts({
      now: () => {
        blocked += 1
        return `${system}\n${west}`
      },
      later: (answer) => void asked.push(answer),
      monotonic: () => now,
    })
    const points = (): string[] => mounts().map((mount) => mount.mountPoint)
    for (let look = 0; look < 100; look += 1) expect(points()).toEqual(['/', '/Volumes/West'])
    expect([blocked, asked.length]).toEqual([1, 0])
    now = 5000
    for (let look = 0; look < 100; look += 1) points()
    expect([blocked, asked.length]).toEqual([1, 1])
    asked[0]?.(undefined)
    expect(points()).toEqual(['/', '/Volumes/West'])
    now = 10_000
    points()
    asked[1]?.(system)
    expect(points()).toEqual(['/'])
    expect([blocked, asked.length]).toEqual([1, 2])
  })
})
