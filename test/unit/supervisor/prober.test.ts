import { expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { Prober } from '../../../electron/supervisor/prober.ts'
import type { ProbeResult } from '../../../electron/supervisor/types.ts'
import { aSpec } from './builders.ts'

it('asks one question at a time also when the answer about the process before comes late', async () => {
  const asked: ((result: ProbeResult) => void)[] = []
  const told: string[] = []
  const spec = aSpec({ probe: () => new Promise((answer) => asked.push(answer)) })
  const prober = new Prober(new FakeClock())
  const look = (): void => prober.due(spec, 7, (result) => told.push(result.is))
  look()
  prober.reset()
  look()
  expect(asked).toHaveLength(2)
  asked[0]?.({ is: 'failed', cause: 'old', causeCode: 'x' })
  await Promise.resolve()
  await Promise.resolve()
  look()
  expect(asked).toHaveLength(2)
  asked[1]?.({ is: 'ready' })
  await expect.poll(() => told).toEqual(['ready'])
})
