/** Row of each span of time, 0 first: spans that overlap stand below each other, others in the first row that is free. */
export function rowsOf(
  spans: readonly { readonly id: string; readonly start: number; readonly end: number }[],
): ReadonlyMap<string, number> {
  const ends: number[] = []
  const rows = new Map<string, number>()
  for (const { id, start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const free = ends.findIndex((last) => last <= start)
    const row = free < 0 ? ends.length : free
    ends[row] = end
    rows.set(id, row)
  }
  return rows
}
