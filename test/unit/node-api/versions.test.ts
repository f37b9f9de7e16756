import { describe, expect, it } from 'vitest'
import { judge, parseVersion } from '../../../electron/node-api/versions.ts'
import { asEpoch } from '../../../shared/domain/ids.ts'

const mainnet = (epoch: number | undefined) => ({ isMainnet: true, epoch: epoch === undefined ? undefined : asEpoch(epoch) })
const other = { isMainnet: false, epoch: asEpoch(90) }

describe('parseVersion', () => {
  it.each([
    ['v1.8.3', [1, 8, 3]],
    ['1.7.17', [1, 7, 17]],
    ['v1.8.0-rc1', [1, 8, 0]],
    ['v1.7.6+dirty', [1, 7, 6]],
    [' v2.0.0 ', [2, 0, 0]],
  ])('%s', (text, [major, minor, patch]) => {
    expect(parseVersion(text)).toEqual({ major, minor, patch })
  })
  it.each(['', 'develop', 'v1.8', '158fac3ab', 'v1.8.3.4x/..'.slice(0, 4)])('not "%s"', (text) => {
    expect(parseVersion(text)).toBeUndefined()
  })
})

describe('judge', () => {
  it.each([
    ['v1.8.3', mainnet(90), 'run-ok'],
    ['v1.8.0', mainnet(45), 'run-ok'],
    ['v1.8.12', other, 'run-ok'],
    ['v1.7.17', mainnet(45), 'earns-nothing'],
    ['v1.5.8', mainnet(45), 'earns-nothing'],
    ['v1.7.6', mainnet(44), 'run-ok'],
    ['v1.7.6', mainnet(undefined), 'run-ok'],
    ['v1.7.6', other, 'run-ok'],
    ['v1.6.8', other, 'attach-only'],
    ['v1.4.6', mainnet(20), 'attach-only'],
    ['v1.3.1', other, 'attach-only'],
    ['v1.9.0', mainnet(90), 'unknown-newer'],
    ['v2.0.0', other, 'unknown-newer'],
    ['develop', mainnet(90), 'unreadable'],
  ] as const)('%s → %s', (version, network, kind) => {
    const verdict = judge(version, network)
    expect(verdict.kind).toBe(kind)
    expect(verdict.sentence).toContain(parseVersion(version) === undefined ? version : version.slice(1))
  })

  it('says what to do, loudly, where nothing is earned', () => {
    expect(judge('v1.7.6', mainnet(80)).sentence).toMatch(/earns nothing.*Upgrade the node now/s)
    expect(judge('v1.7.6', mainnet(40)).sentence).toMatch(/From mainnet epoch 45 on it earns nothing/)
  })
})
