import { describe, expect, it } from 'vitest'
import { providersOf, readProviders, withPrinted } from '../../../../electron/programs/index.ts'
import type { OpenClDevice } from '../../../../shared/domain/machine.ts'
import { jsonLines } from '../recordings.ts'

interface Recorded {
  readonly case: string
  readonly exit: number | null
  readonly output: readonly { readonly line: string }[]
}
const runs = jsonLines('postcli/postcli.jsonl') as unknown as readonly Recorded[]
const readRecorded = (name: string) => {
  const run = runs.find((one) => one.case === name)
  return readProviders(run?.output.map(({ line }) => line).join('\n') ?? '', run?.exit ?? null)
}

const entry = (id: number, model: string, type = 'GPU'): string =>
  ` (postrs.Provider) {\n  ID: (uint32) ${id},\n  Model: (string) (len=${model.length}) ${JSON.stringify(model)},\n  DeviceType: (postrs.DeviceClass) ${type}\n }`
const dump = (...entries: readonly string[]): string =>
  `([]postrs.Provider) (len=${entries.length} cap=${entries.length}) {\n${entries.join(',\n')}\n}\n`

const aDevice = (more: Partial<OpenClDevice> = {}): OpenClDevice => ({
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
  ...more,
})

describe('the providers that postcli prints', () => {
  it('are read as they were recorded', () => {
    expect(readRecorded('print-providers-pocl')).toEqual({
      is: 'listed',
      providers: [{ id: 4_294_967_295, kind: 'cpu', model: 'scrypt-jane' }],
    })
    expect(readRecorded('print-providers-no-opencl')).toEqual({ is: 'no-opencl' })
  })

  it('are told apart by number and mark, never by the class beside them', () => {
    const text = dump(
      entry(0, '[GPU] Say "hi"/Card \\ 1', 'CPU'),
      entry(1, '[CPU] pocl/pthread', 'GPU'),
      entry(4_294_967_295, '[CPU] scrypt-jane', 'GPU'),
    )
    expect(readProviders(text, 0)).toEqual({
      is: 'listed',
      providers: [
        { id: 0, kind: 'gpu', model: 'Say "hi"/Card \\ 1' },
        { id: 1, kind: 'cpu', model: 'pocl/pthread' },
        { id: 4_294_967_295, kind: 'cpu', model: 'scrypt-jane' },
      ],
    })
  })

  it('are none when it ended with a fault, said nothing, or printed numbers that cannot be', () => {
    expect(readProviders('panic: oh', 2)).toEqual({ is: 'unusable', text: 'postcli says: panic: oh' })
    expect(readProviders('', null)).toEqual({ is: 'unusable', text: 'postcli printed no providers.' })
    expect(readProviders(dump(entry(9_999_999_999, '[GPU] a/b')), 0).is).toBe('unusable')
    const many = dump(...Array.from({ length: 500 }, (_, i) => entry(i, '[GPU] a/b')))
    expect(readProviders(many, 0)).toMatchObject({ providers: { length: 128 } })
  })

  it('give devices their numbers, the first of one name to the first', () => {
    const devices = [aDevice(), aDevice({ provider: 1 }), aDevice({ name: 'Hidden', provider: 2 })]
    const printed = [
      { id: 3, kind: 'gpu' as const, model: 'NVIDIA CUDA/GeForce RTX 4070' },
      { id: 5, kind: 'gpu' as const, model: 'NVIDIA CUDA/GeForce RTX  4070' },
      { id: 4_294_967_295, kind: 'cpu' as const, model: 'scrypt-jane' },
    ]
    expect(withPrinted(devices, printed).map(({ provider }) => provider)).toEqual([3, 5, undefined])
  })
})

describe('what can make PoS data', () => {
  it('is every GPU with a number, and always the processor', () => {
    const disguised = aDevice({ name: 'llvmpipe', kind: 'cpu', provider: 1 })
    const lying = aDevice({ name: 'Liar', provider: 2, isMemoryDoubtful: true })
    const { provider: _none, ...unlisted } = aDevice()
    expect(providersOf([aDevice(), disguised, lying, unlisted], 'Ryzen 7 7700')).toEqual([
      { id: 0, name: 'GeForce RTX 4070', kind: 'gpu', labels: 'not-tested', memoryBytes: 12 * 2 ** 30 },
      { id: 2, name: 'Liar', kind: 'gpu', labels: 'not-tested' },
      { id: 4_294_967_295, name: 'Ryzen 7 7700', kind: 'cpu', labels: 'not-tested' },
    ])
  })
})
