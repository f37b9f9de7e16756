import { describe, expect, it } from 'vitest'
import { numberedByPostcli } from '../../../../electron/keeper/machine/opencl-numbers.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import type { OpenClDevice, OpenClState } from '../../../../shared/domain/machine.ts'

const CARD: OpenClDevice = {
  platform: 'NVIDIA CUDA',
  name: 'GeForce RTX 4070',
  vendor: 'NVIDIA Corporation',
  kind: 'gpu',
  memoryBytes: 12 * 2 ** 30,
  isMemoryDoubtful: false,
  computeUnits: 46,
  driver: '570.86',
  version: 'OpenCL 3.0',
  provider: 0,
}
const seen = (...devices: readonly OpenClDevice[]): OpenClState => ({
  is: 'seen',
  at: 0,
  tookMs: 90,
  loader: 'libOpenCL.so.1',
  platforms: [],
  devices,
  advice: [],
})

/** A program that does what `script` says, for postcli. */
const saying = (script: string) => ({ file: process.execPath, prefixArgs: ['-e', script, '--'], env: { ELECTRON_RUN_AS_NODE: '1' } })
const LIST = `console.log('([]postrs.Provider) (len=1 cap=1) {\\n (postrs.Provider) {\\n  ID: (uint32) 3,\\n  Model: (string) (len=34) "[GPU] NVIDIA CUDA/GeForce RTX 4070",\\n  DeviceType: (postrs.DeviceClass) GPU\\n }\\n}')`

describe('numbers of postcli', () => {
  const parts = () => ({ clock: new FakeClock(), log: silentLogger })

  it('are those that it prints', async () => {
    expect(await numberedByPostcli(seen(CARD), saying(LIST), parts())).toEqual(seen({ ...CARD, provider: 3 }))
  })

  it('stay ours when it is not here, fails, or sees no platform', async () => {
    for (const launcher of [undefined, saying('process.exit(2)'), saying("console.error('failed to get OpenCL providers x')")])
      expect(await numberedByPostcli(seen(CARD), launcher, parts())).toEqual(seen(CARD))
  })

  it('stay ours when it stands still: it is ended', async () => {
    const { clock, log } = parts()
    const asking = numberedByPostcli(seen(CARD), saying('setInterval(() => {}, 1000)'), { clock, log })
    clock.advance(10_000)
    expect(await asking).toEqual(seen(CARD))
  })

  it('are not asked for without a card', async () => {
    const { provider: _none, ...cpu } = CARD
    const never = saying("require('fs').writeFileSync('/nowhere/asked', '')")
    expect(await numberedByPostcli(seen(cpu), never, parts())).toEqual(seen(cpu))
  })
})
