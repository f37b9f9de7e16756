import type { Advice } from './machine.ts'
import type { BadRead, DiskHistory } from './speed-history.ts'
import { bytes, percent, plural, speed } from './words.ts'

/** One bad day is no trend: so many tests in a row must say the same. */
const RECENT = 2
/** Tests that say what is usual, at most, and at least. */
const MOST_USUAL = 20
const LEAST_USUAL = 2
/** Of the usual speed. */
const SLOWER = 0.8
const DYING = 0.6
/** Share of its own mean that the slowest tenth still reaches. */
const STUTTERS = 0.4
const EVEN = 0.6
/** Clean tests after which a bad place is not held against a disk any more. */
const CLEAN = 3

export interface DiskTrend {
  readonly is: 'unknown' | 'steady' | 'slower' | 'dying'
  /** In a sentence. */
  readonly text: string
  readonly usualBytesPerSecond?: number
  readonly recentBytesPerSecond?: number
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[middle]]
  return (low + high) / 2
}

/**
 * Whether a disk becomes worse. Looks at the order of measurements and never at their times, so that clocks may jump; at
 * tests alone, since a proof may be held back by the processor.
 *
 * `dying`: places that cannot be read, less than 60 % of its usual speed twice in a row, or stops where it used to read
 * evenly. `slower`: less than 80 % twice in a row. Speeds in bytes/s.
 */
export function diskTrend({ read, bad, cleanReads }: Pick<DiskHistory, 'read' | 'bad' | 'cleanReads'>): DiskTrend {
  if (bad.length > 0 && cleanReads < CLEAN) return { is: 'dying', text: badReadText(bad) }
  const tests = read.filter(({ from }) => from === 'test')
  const [recent, usual] = [tests.slice(-RECENT), tests.slice(0, -RECENT).slice(-MOST_USUAL)]
  if (usual.length < LEAST_USUAL) return { is: 'unknown', text: 'Too few measurements yet to say whether it becomes slower.' }
  const speedOf = (some: typeof tests): number => median(some.map((one) => one.bytesPerSecond))
  const figures = { usualBytesPerSecond: speedOf(usual), recentBytesPerSecond: speedOf(recent) }
  const mostRecent = Math.max(...recent.map((one) => one.bytesPerSecond))
  const share = mostRecent / figures.usualBytesPerSecond
  const now = `${speed(figures.recentBytesPerSecond)}, usually ${speed(figures.usualBytesPerSecond)}`
  if (share < DYING) return { is: 'dying', ...figures, text: `${percent((1 - share) * 100)} slower than it used to be: ${now}.` }
  const evenness = (some: typeof tests): readonly number[] =>
    some.flatMap(({ bytesPerSecond, lowBytesPerSecond }) => (lowBytesPerSecond === undefined ? [] : [lowBytesPerSecond / bytesPerSecond]))
  const [evenNow, evenBefore] = [evenness(recent), evenness(usual)]
  if (evenNow.length === RECENT && evenBefore.length >= LEAST_USUAL && Math.max(...evenNow) < STUTTERS && median(evenBefore) > EVEN)
    return { is: 'dying', ...figures, text: `It stops again and again while it is read, which it did not do before: ${now} on average.` }
  if (share < SLOWER) return { is: 'slower', ...figures, text: `${percent((1 - share) * 100)} slower than it used to be: ${now}.` }
  return { is: 'steady', ...figures, text: 'as fast as it used to be' }
}

/** Which places of which files cannot be read, and what that means. */
export function badReadText(bad: readonly Pick<BadRead, 'file' | 'offsetBytes' | 'code'>[]): string {
  const places = bad.slice(0, 3).map(({ file, offsetBytes, code }) => `${file}, ${bytes(offsetBytes)} from its begin (${code})`)
  const more = bad.length > places.length ? `; and ${bad.length - places.length} more` : ''
  return `${plural(bad.length, 'place')} cannot be read: ${places.join('; ')}${more}. A proof that comes to such a place fails. Look at the cable, verify the data, and make bad files anew on another disk.`
}

/** What is said about a disk that becomes worse; nothing of a steady one. @param disk  id of the lane and its label */
export function trendAdvice(disk: { readonly id: string; readonly label: string }, trend: DiskTrend): Advice | undefined {
  switch (trend.is) {
    case 'unknown':
    case 'steady':
      return undefined
    case 'slower':
      return {
        key: 'disk/slower',
        severity: 'warn',
        title: `${disk.label} becomes slower`,
        text: `${trend.text} Something else may use it, or its cable or box may be bad; a disk that wears out begins like this. End what else reads it, and measure again.`,
        about: disk.id,
        action: 'measure',
      }
    case 'dying':
      return {
        key: 'disk/dying',
        severity: 'bad',
        title: `${disk.label} may be dying`,
        text: `${trend.text} Its PoS data may be lost any day, and takes weeks to make anew. Move it to another disk while it can be read.`,
        about: disk.id,
        action: 'plan-move',
      }
  }
}
