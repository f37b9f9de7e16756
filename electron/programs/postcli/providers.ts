import type { InitProvider } from '../../../shared/domain/initialization.ts'
import type { OpenClDevice } from '../../../shared/domain/machine.ts'
import { CPU_PROVIDER } from '../../../shared/domain/provider-test.ts'

/** One entry of postcli's own list. */
export interface PrintedProvider {
  readonly id: number
  readonly kind: 'gpu' | 'cpu'
  /** `PLATFORM/DEVICE` of a GPU, the method of the CPU. */
  readonly model: string
}

export type PrintedProviders =
  | { readonly is: 'listed'; readonly providers: readonly PrintedProvider[] }
  /** No OpenCL platform; the CPU works all the same. */
  | { readonly is: 'no-opencl' }
  | { readonly is: 'unusable'; readonly text: string }

/** It ends within a moment where there is an OpenCL platform and after 20 s where there is none. */
export const PROVIDERS_ARGUMENTS: readonly string[] = ['-printProviders']

const MOST_PROVIDERS = 128
const ENTRY =
  /ID: \(uint32\) (\d{1,10}),\s+Model: \(string\)(?: \(len=\d+\))? ("(?:[^"\\\n]|\\.)*"),\s+DeviceType: \(postrs\.DeviceClass\) (\w+)/g

/**
 * The list that postcli prints. What kind a provider is its number and the mark before its model tell: the class beside it
 * calls a CPU a GPU in the node's answer to the same question.
 * @source facts/postcli-and-profiler.md §2; recordings/postcli, cases `print-providers-*`; facts/grpc-api.md, PostSetupProviders
 */
export function readProviders(output: string, exitCode: number | null): PrintedProviders {
  if (/failed to get OpenCL providers/.test(output)) return { is: 'no-opencl' }
  const providers = [...output.matchAll(ENTRY)].slice(0, MOST_PROVIDERS).flatMap(([, id, quoted, type]) => {
    const number = Number(id)
    const [, mark, model] = /^\[([^\]]*)\] ?(.*)$/s.exec(unquoted(quoted ?? '')) ?? [undefined, type ?? '', unquoted(quoted ?? '')]
    const isGpu = number !== CPU_PROVIDER && /GPU/i.test(mark ?? '')
    return number > CPU_PROVIDER ? [] : [{ id: number, kind: isGpu ? ('gpu' as const) : ('cpu' as const), model: model ?? '' }]
  })
  if (exitCode === 0 && providers.length > 0) return { is: 'listed', providers }
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  return { is: 'unusable', text: last === '' ? 'postcli printed no providers.' : `postcli says: ${last}` }
}

/** Go quotes as JSON does, but for rare characters. */
function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}

const modelOf = ({ platform, name }: OpenClDevice): string => `${platform}/${name}`.replace(/\s+/g, ' ')

/**
 * The devices with the numbers that postcli itself gave them: they count where they differ from ours (another OpenCL
 * library, devices that its own environment hides). Of several with one name the first is the first.
 */
export function withPrinted(devices: readonly OpenClDevice[], printed: readonly PrintedProvider[]): readonly OpenClDevice[] {
  const left = printed.filter(({ id }) => id !== CPU_PROVIDER)
  return devices.map(({ provider: _ours, ...device }) => {
    const at = left.findIndex(({ model }) => model.replace(/\s+/g, ' ').trim() === modelOf(device))
    const [own] = at < 0 ? [] : left.splice(at, 1)
    return own === undefined ? device : { ...device, provider: own.id }
  })
}

/** What can make PoS data here: the GPUs that postcli would find, and the processor, which it always has. */
export function providersOf(devices: readonly OpenClDevice[], cpuName: string): readonly InitProvider[] {
  const gpus = devices.flatMap(({ provider, name, kind, memoryBytes, isMemoryDoubtful }) =>
    provider === undefined || kind !== 'gpu'
      ? []
      : [{ id: provider, name, kind: 'gpu' as const, labels: 'not-tested' as const, ...(isMemoryDoubtful ? {} : { memoryBytes }) }],
  )
  return [...gpus, { id: CPU_PROVIDER, name: cpuName, kind: 'cpu', labels: 'not-tested' }]
}
