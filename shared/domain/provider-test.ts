import type { UnixMs } from './ids.ts'

/** postcli's number of the processor, which it always offers. @source facts/postcli-and-profiler.md §2 */
export const CPU_PROVIDER = 4_294_967_295

/** What a test of one provider found: some labels made by it and compared with those that the processor makes. */
export interface ProviderTest {
  /** postcli's number. */
  readonly id: number
  readonly name: string
  readonly measuredAt: UnixMs
  readonly labels: 'correct' | 'wrong' | 'not-tested'
  readonly bytesPerSecond?: number
}

/** The test of a provider. Numbers are positions and may move with the driver: what was measured belongs to the name as well. */
export const testOf = (tests: readonly ProviderTest[], one: { readonly id: number; readonly name: string }): ProviderTest | undefined =>
  tests.find(({ id, name }) => id === one.id && name === one.name)
