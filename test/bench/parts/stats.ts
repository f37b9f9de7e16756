const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

export function median(values: readonly number[]): number {
  const all = sorted(values)
  const middle = Math.floor(all.length / 2)
  const [low, high] = [all[Math.ceil(all.length / 2) - 1], all[middle]]
  if (low === undefined || high === undefined) throw new Error('no values')
  return (low + high) / 2
}

/** Nearest rank; `share` between 0 and 1. */
export function percentile(values: readonly number[], share: number): number {
  const value = sorted(values)[Math.min(values.length - 1, Math.max(0, Math.ceil(share * values.length) - 1))]
  if (value === undefined) throw new Error('no values')
  return value
}

/** Change of y for each unit of x (Theil–Sen: the median of all slopes, so that one outlier changes nothing). */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes: number[] = []
  points.forEach((a, i) => {
    for (const b of points.slice(i + 1)) if (b.x !== a.x) slopes.push((b.y - a.y) / (b.x - a.x))
  })
  return slopes.length === 0 ? 0 : median(slopes)
}
