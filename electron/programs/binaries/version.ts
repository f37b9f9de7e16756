/** `1.8.3` out of `v1.8.3`, `service 0.8.5`, `v1.8.3-rc.1+dirty`; `undefined` when there is none. */
export function plainVersion(text: string): string | undefined {
  return /(?:^|[^\d.])v?(\d{1,5}\.\d{1,5}\.\d{1,5})(?![\d.])/.exec(text)?.[1]
}

/** Numeric comparison of two plain versions: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether `version` (in any of the programs' spellings) is `least` or newer; `false` when it cannot be read. */
export function atLeast(version: string, least: string): boolean {
  const plain = plainVersion(version)
  return plain !== undefined && compareVersions(plain, least) >= 0
}
