import { describe, expect, it } from 'vitest'
import { asEpoch } from '../../../shared/domain/ids.ts'
import { cycleGap, epochStart, MAINNET, registrationWindow } from '../../../shared/domain/network.ts'
import { nodeStartMs, safeWindow } from '../../../shared/domain/safe-window.ts'
import type { IdentityStatus } from '../../../shared/domain/status.ts'

const EPOCH = asEpoch(70)
const HOUR = 3_600_000
const waiting: IdentityStatus = { kind: 'waiting', phase: 'poet-round', timing: 'unknown', sentence: '', since: 0 }
const proving: IdentityStatus = { kind: 'proving', phase: 'reading', timing: 'on-time', sentence: '', since: 0 }
const at = (now: number, status: IdentityStatus = waiting) =>
  safeWindow({ net: MAINNET, now, needMs: nodeStartMs(MAINNET), statuses: [{ name: 'Amber', status }] })

describe('the safe window', () => {
  it('is open between two gaps while nobody is asked for a proof', () => {
    expect(at(epochStart(MAINNET, EPOCH) + 24 * HOUR)).toEqual({ is: 'safe' })
  })

  it('is closed while somebody proves, with the name', () => {
    expect(at(epochStart(MAINNET, EPOCH) + 24 * HOUR, proving)).toMatchObject({
      is: 'wait',
      why: expect.stringContaining('Amber') as string,
    })
  })

  it('closes a quarter of an hour before the gap opens', () => {
    const { opensAt } = cycleGap(MAINNET, EPOCH)
    expect(at(opensAt - 16 * 60_000).is).toBe('safe')
    expect(at(opensAt - 14 * 60_000).is).toBe('wait')
  })

  it('is closed while registrations are due, and says until when', () => {
    const { opensAt, closesAt } = registrationWindow(MAINNET, EPOCH)
    expect(at(opensAt + 60_000)).toMatchObject({ is: 'wait', until: closesAt })
    expect(at(closesAt + 60_000).is).toBe('safe')
  })

  it('needs less on a network with short epochs', () => {
    expect(nodeStartMs({ ...MAINNET, layerDurationMs: 1_000, layersPerEpoch: 120 })).toBe(2_000)
  })
})
