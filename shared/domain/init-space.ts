/** What bounds new PoS data on one volume, bytes. */
export interface Space {
  readonly freeBytes: number
  /** Kept free whatever happens. */
  readonly reserveBytes: number
  /** What queued and running jobs will still write there. */
  readonly promisedBytes: number
  /** What else grows there until the data is written: the node's own state. */
  readonly growthBytes: number
}

/** Bytes that new data may take on the volume; never negative. @source design.md §6, add */
export const usableBytes = ({ freeBytes, reserveBytes, promisedBytes, growthBytes }: Space): number =>
  Math.max(0, freeBytes - reserveBytes - promisedBytes - growthBytes)

/** Whole Space Units of `unitBytes` that fit, at most `maxUnits` of the network. */
export const mostUnits = (space: Space, unitBytes: number, maxUnits: number): number =>
  Math.min(maxUnits, Math.floor(usableBytes(space) / unitBytes))

/** Numbers of files, both inclusive. */
export interface FileRange {
  readonly fromFile: number
  readonly toFile: number
}

/**
 * Shares `fileCount` files among providers by their speeds, in ranges without a gap. Each gets at least one file; with
 * more providers than files the slowest get none.
 * @param speeds  bytes/s; undefined = not measured: as fast as the mean of the others
 * @returns one range for each provider that has work, with its place in `speeds`
 */
export function shareFiles(fileCount: number, speeds: readonly (number | undefined)[]): readonly (FileRange & { readonly at: number })[] {
  const known = speeds.filter((one) => one !== undefined && one > 0) as number[]
  const mean = known.length === 0 ? 1 : known.reduce((sum, one) => sum + one, 0) / known.length
  const all = speeds.map((one, at) => ({ at, speed: one !== undefined && one > 0 ? one : mean }))
  const working = all
    .toSorted((a, b) => b.speed - a.speed || a.at - b.at)
    .slice(0, fileCount)
    .toSorted((a, b) => a.at - b.at)
  const total = working.reduce((sum, { speed }) => sum + speed, 0)
  const ranges: (FileRange & { readonly at: number })[] = []
  let begun = 0
  let passed = 0
  for (const [index, { at, speed }] of working.entries()) {
    passed += speed
    const left = working.length - index - 1
    const fair = left === 0 ? fileCount : Math.round((fileCount * passed) / total)
    const end = Math.min(fileCount - left, Math.max(begun + 1, fair))
    ranges.push({ at, fromFile: begun, toFile: end - 1 })
    begun = end
  }
  return ranges
}

/** Bytes of the files of a range. `fileBytes` is the size of each but the last of all. */
export function rangeBytes(
  { fromFile, toFile }: FileRange,
  layout: { readonly count: number; readonly fileBytes: number; readonly lastFileBytes: number },
): number {
  const files = toFile - fromFile + 1
  return toFile === layout.count - 1 ? (files - 1) * layout.fileBytes + layout.lastFileBytes : files * layout.fileBytes
}
