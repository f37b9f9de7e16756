import type { CheckLine, DiskReport, Verdict } from '../../../shared/domain/machine.ts'
import { THIN } from '../../../shared/domain/words.ts'
import type { Look } from '../../components/glyph.tsx'

const SHAPES: Readonly<Record<Verdict, Omit<Look, 'word'>>> = {
  good: { shape: 'disc-tick', tone: 'ok' },
  tight: { shape: 'triangle', tone: 'warn' },
  bad: { shape: 'alert', tone: 'bad' },
  unknown: { shape: 'question', tone: 'dim' },
}
/** A verdict with its own words beside the shape. */
export const lookOfVerdict = (verdict: Verdict, word: string): Look => ({ ...SHAPES[verdict], word })

/** Tone of a bar. */
export const BAR_TONES: Readonly<Record<Verdict, string>> = { good: 'ok', tight: 'warn', bad: 'bad', unknown: 'off' }

/** `+0.03 s`, ours minus true. */
export function offsetWords(ms: number): string {
  const seconds = (Math.abs(ms) / 1000).toFixed(2)
  return `${ms < 0 ? '−' : '+'}${seconds}${THIN}s`
}

/** Bytes a second that fill the whole track: the fastest or the neediest disk, with some air. */
export const scaleOf = (disks: readonly DiskReport[]): number =>
  Math.max(1, ...disks.flatMap((disk) => [disk.speed?.bytesPerSecond ?? 0, disk.needBytesPerSecond ?? 0])) * 1.12

const ORDER: Readonly<Record<Verdict, number>> = { bad: 0, tight: 1, unknown: 2, good: 3 }
/** What wants a look stands first. */
export const byVerdict = (lines: readonly CheckLine[]): readonly CheckLine[] =>
  lines.toSorted((a, b) => ORDER[a.verdict] - ORDER[b.verdict])
