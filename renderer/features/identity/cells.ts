import type { FileCell } from '../../../shared/domain/initialization.ts'
import { plural } from '../../../shared/domain/words.ts'

export type CellState = FileCell['is']

/** Worst first: of several files in one square the worst is shown. */
export const CELL_ORDER = [
  'bad',
  'missing',
  'short',
  'long',
  'rewriting',
  'checking',
  'unchecked',
  'good',
] as const satisfies readonly CellState[]

export const CELL_WORDS: Readonly<Record<CellState, string>> = {
  bad: 'bad',
  missing: 'missing',
  short: 'too short',
  long: 'too long',
  rewriting: 'made anew',
  checking: 'checked now',
  unchecked: 'not checked',
  good: 'good',
}

/** More squares than this say nothing to the eye. */
const MOST_SQUARES = 2048

export interface Square {
  readonly is: CellState
  readonly from: number
  readonly to: number
}

/** Squares in true order: one file each, or as many as it takes. */
export function squaresOf(files: readonly FileCell[]): { readonly squares: readonly Square[]; readonly perSquare: number } {
  const perSquare = Math.max(1, Math.ceil(files.length / MOST_SQUARES))
  const squares: Square[] = []
  for (let at = 0; at < files.length; at += perSquare) {
    const group = files.slice(at, at + perSquare)
    const is = CELL_ORDER.find((state) => group.some((file) => file.is === state)) ?? 'unchecked'
    squares.push({ is, from: group[0]?.index ?? at, to: group.at(-1)?.index ?? at })
  }
  return { squares, perSquare }
}

/** How many files are in each state, worst first, without empty ones. */
export function countsOf(files: readonly FileCell[]): readonly { readonly is: CellState; readonly count: number }[] {
  return CELL_ORDER.map((is) => ({ is, count: files.filter((file) => file.is === is).length })).filter(({ count }) => count > 0)
}

const BAD: ReadonlySet<CellState> = new Set(['bad', 'missing', 'short', 'long'])
export const isBad = (file: FileCell): boolean => BAD.has(file.is)

/** `1 024 files: 3 bad, 1 021 good` */
export const mapWords = (files: readonly FileCell[]): string =>
  `${plural(files.length, 'file')}: ${countsOf(files)
    .map(({ is, count }) => `${count} ${CELL_WORDS[is]}`)
    .join(', ')}`
