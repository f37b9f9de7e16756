import { asEpoch, type UnixMs } from './ids.ts'
import type { InitPlan } from './initialization.ts'
import { cycleGap, epochAt, epochStart, registrationWindow, type NetworkTiming } from './network.ts'

/**
 * When an identity first registers, proves and earns, if its data and its initial proof are there at `provenAt`: it
 * registers in the next window (epoch E), proves in the gap of epoch E + 1 and is rewarded in epoch E + 2.
 * @param provenAt  Unix ms
 * @source design.md §1.5; facts/smapp-and-migration.md §5
 */
export function firstDates(
  net: NetworkTiming,
  provenAt: UnixMs,
): Required<Pick<InitPlan, 'firstRegistration' | 'firstProof' | 'firstReward'>> {
  const now = epochAt(net, provenAt)
  const epoch = provenAt < registrationWindow(net, now).closesAt ? now : now + 1
  const { opensAt, closesAt } = registrationWindow(net, asEpoch(epoch))
  return {
    firstRegistration: { from: opensAt, to: closesAt, epoch },
    firstProof: { at: cycleGap(net, asEpoch(epoch + 1)).opensAt, epoch: epoch + 1 },
    firstReward: { at: epochStart(net, asEpoch(epoch + 2)), epoch: epoch + 2 },
  }
}
