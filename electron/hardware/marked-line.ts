/** How a probe of ours tells something, one JSON line at a time, among whatever else its process prints. */
export interface MarkedLines<T> {
  write(line: T): string
  /** @returns undefined for what is not ours or is broken */
  read(text: string): T | undefined
}

/**
 * @param mark  begin of each line that is ours, with a space at its end
 * @param kinds  every value of `is`
 */
export function markedLines<T extends { readonly is: string }>(mark: string, kinds: readonly T['is'][]): MarkedLines<T> {
  const known: ReadonlySet<unknown> = new Set(kinds)
  return {
    // A foreign line may have been left without its end: ours begins anew.
    write: (line) => `\n${mark}${JSON.stringify(line)}\n`,
    read(text) {
      if (!text.startsWith(mark)) return undefined
      try {
        const line = JSON.parse(text.slice(mark.length)) as T | null
        return line !== null && typeof line === 'object' && known.has(line.is) ? line : undefined
      } catch {
        return undefined // torn by a crash
      }
    },
  }
}
