import { describe, expect, it } from 'vitest'
import { asEpoch } from '../../../shared/domain/ids.ts'
import { earnsNothing, MAINNET_ATX_V2_EPOCH, nodeTooOld, parseVersion } from '../../../shared/domain/node-versions.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { judge } from '../../../electron/node-api/versions.ts'

const mainnet = resolveNetwork({ preset: 'mainnet' })

describe('the versions of a node', () => {
  it.each(['v1.6.9', 'v1.7.6', 'v1.7.17', 'v1.8.0', 'v1.8.3', 'v1.8.3-rc1', 'v2.0.0'])(
    'are judged alike by alarm and client: %s',
    (version) => {
      for (const epoch of [MAINNET_ATX_V2_EPOCH - 1, MAINNET_ATX_V2_EPOCH, 60]) {
        const verdict = judge(version, { isMainnet: true, epoch: asEpoch(epoch) })
        const alarm = nodeTooOld(version, mainnet, epoch)
        expect(verdict.kind === 'earns-nothing').toBe(alarm?.code === 'node-too-old')
        expect(verdict.kind === 'unknown-newer').toBe(alarm?.code === 'node-version-unknown')
      }
    },
  )

  it('earn nothing below 1.8 on mainnet from the epoch of ATX V2 on, and only there', () => {
    const old = parseVersion('v1.7.17')
    if (old === undefined) throw new Error('not read')
    expect(earnsNothing(old, { isMainnet: true, epoch: MAINNET_ATX_V2_EPOCH })).toBe(true)
    expect(earnsNothing(old, { isMainnet: true, epoch: MAINNET_ATX_V2_EPOCH - 1 })).toBe(false)
    expect(earnsNothing(old, { isMainnet: false, epoch: 60 })).toBe(false)
    expect(earnsNothing({ major: 1, minor: 8, patch: 0 }, { isMainnet: true, epoch: 60 })).toBe(false)
  })
})
