const UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * A duration as Go writes it (`240h`, `1m30s`) in ms; a bare number in a config is nanoseconds.
 * @returns undefined for anything else: nothing is guessed
 */
export function durationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 ? value / 1e6 : undefined
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ns|us|µs|μs|ms|s|m|h))+$/.test(value)) return undefined
  let total = 0
  for (const [, figure, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(figure) * (UNITS_MS[unit ?? ''] ?? 0)
  }
  return total
}
