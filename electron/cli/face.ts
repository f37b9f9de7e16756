import type { AppSnapshot, Lane, Ribbon } from '../../shared/ipc/snapshot.ts'
import { rank, table } from './face-rows.ts'
import { between, cellsOf, duration, fit, safe, toAscii, wrap } from './text.ts'

/** What the terminal can show. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  readonly isUnicode: boolean
  readonly now: number
}

/** How to write on this terminal. */
export interface Paper {
  readonly isUnicode: boolean
  /** Cells between the frame's sides. */
  readonly inner: number
  /** Safe to print, in characters that the terminal has. */
  text(raw: string): string
  fit(text: string, cells: number): string
  clock(at: number): string
}

const MIN_COLUMNS = 40
const MAX_COLUMNS = 160

function paperOf({ columns, isUnicode }: Terminal): Paper {
  const text = (raw: string): string => (isUnicode ? safe(raw) : toAscii(safe(raw)))
  return {
    isUnicode,
    inner: columns - 4,
    text,
    fit: (value, cells) => fit(value, cells, isUnicode ? '…' : '~'),
    clock: (at) => new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false }),
  }
}

const BAR: Readonly<Record<string, readonly [string, string]>> = {
  preparing: ['▒', ':'],
  pow: ['▒', ':'],
  reading: ['▓', '='],
  expected: ['░', '~'],
  queued: ['-', '-'],
  proved: ['█', '#'],
  lost: ['x', 'x'],
  needed: ['!', '!'],
}
const LEGEND: readonly (readonly [string, string])[] = [
  ['pow', 'proof of work'],
  ['reading', 'reading'],
  ['expected', 'will run'],
  ['queued', 'queued'],
  ['proved', 'proved'],
  ['lost', 'lost'],
  ['needed', 'needed'],
]
const LABEL = 9
const MOST_LANES = 6

const barMark = (is: string, paper: Paper): string => (BAR[is] ?? ['?', '?'])[paper.isUnicode ? 0 : 1]

function laneLine(lane: Lane, ribbon: Ribbon, now: number, paper: Paper): string {
  const cells = paper.inner - LABEL - 1
  const from = ribbon.gapOpens
  const to = ribbon.gapCloses + (ribbon.gapCloses - ribbon.gapOpens) / 10
  const columnOf = (at: number): number => Math.round(((at - from) / (to - from)) * (cells - 1))
  const line = Array.from({ length: cells }, () => ' ')
  for (const segment of lane.segments) {
    const mark = barMark(segment.is, paper)
    const fadesFrom = segment.is === 'expected' && segment.p5 !== undefined ? columnOf(segment.p5) : cells
    const last = columnOf(segment.is === 'expected' ? (segment.p95 ?? segment.to) : segment.to)
    for (let i = Math.max(0, columnOf(segment.from)); i <= Math.min(cells - 1, last); i += 1) line[i] = i > fadesFrom ? '~' : mark
  }
  const put = (at: number, mark: string): void => {
    const i = columnOf(at)
    if (i >= 0 && i < cells) line[i] = mark
  }
  put(ribbon.gapCloses, paper.isUnicode ? '┃' : '|')
  put(now, paper.isUnicode ? '│' : ':')
  return `${paper.fit(paper.text(lane.label), LABEL)} ${line.join('')}`
}

function ribbonLines(ribbon: Ribbon, now: number, paper: Paper): string[] {
  const scale = between(paper.clock(ribbon.gapOpens), `gap ends ${paper.clock(ribbon.gapCloses)}`, paper.inner - LABEL - 1)
  const lanes = ribbon.lanes.slice(0, MOST_LANES).map((lane) => laneLine(lane, ribbon, now, paper))
  const legend = LEGEND.map(([is, word]) => `${barMark(is, paper)} ${word}`).join('   ')
  return [
    `${' '.repeat(LABEL)} ${scale}`,
    ...lanes,
    ...(paper.inner >= 100 ? [paper.fit(`${' '.repeat(LABEL)} ${legend}`, paper.inner)] : []),
  ]
}

/** Frame lines: `├─ text ─── end ─┤`. */
function ruler(columns: number, isUnicode: boolean) {
  const h = isUnicode ? '─' : '-'
  return (corners: string, text = '', end = ''): string => {
    const [left, right] = isUnicode ? Array.from(corners) : ['+', '+']
    const tail = end === '' ? '' : ` ${end} ${h}`
    const head = text === '' ? '' : `${h} ${fit(text, Math.min(cellsOf(text), Math.max(0, columns - 6 - cellsOf(tail))), '~')} `
    return `${left}${head}${h.repeat(Math.max(0, columns - 2 - cellsOf(head) - cellsOf(tail)))}${tail}${right}`
  }
}

function gapWords(ribbon: Ribbon | undefined, now: number): string {
  if (ribbon === undefined) return ''
  if (ribbon.isGapOpen) return `gap closes in ${duration(ribbon.gapCloses - now)}`
  return now < ribbon.gapOpens ? `gap opens in ${duration(ribbon.gapOpens - now)}` : ''
}

/** The identities that fit; what needs somebody comes first, and what does not fit is counted. */
function identityLines(snapshot: AppSnapshot, room: number, now: number, paper: Paper): string[] {
  if (snapshot.identities.length === 0) return wrap(paper.text(snapshot.setupProblem ?? 'No identities yet.'), paper.inner).slice(0, room)
  const sorted = snapshot.identities.toSorted((a, b) => rank(a) - rank(b))
  if (sorted.length < room) {
    const whole = table(sorted, { paper, now, isWhole: true })
    const inFull = [whole.head, ...whole.rows.flat()]
    if (inFull.length <= room) return inFull
  }
  const hasHead = room > sorted.length || room > 4
  const left = room - (hasHead ? 1 : 0)
  const shown = sorted.length <= left ? sorted : sorted.slice(0, Math.max(0, left - 1))
  const { head, rows } = table(shown, { paper, now, isWhole: false })
  const more = sorted.length - shown.length
  return [...(hasHead ? [head] : []), ...rows.flat(), ...(more === 0 ? [] : [`  ${more} more`])]
}

/** What is wrong, worst first; the first in full, as it holds cause, consequence and action. */
function alarmLines(snapshot: AppSnapshot, paper: Paper, most: number): string[] {
  const weight = { bad: 0, warn: 1, info: 2 } as const
  const told = [
    ...(snapshot.setupProblem === undefined || snapshot.identities.length === 0 ? [] : [snapshot.setupProblem]),
    ...snapshot.alarms.toSorted((a, b) => weight[a.severity] - weight[b.severity]).map((alarm) => alarm.sentence),
  ]
  const lines = told.flatMap((sentence) =>
    wrap(paper.text(sentence), paper.inner - 2).map((line, i) => (i === 0 ? `${paper.isUnicode ? '▲' : '!'} ${line}` : `  ${line}`)),
  )
  return lines.length <= most ? lines : [...lines.slice(0, Math.max(0, most - 1)), '  …'].slice(0, most)
}

/** The terminal face as lines, never wider or longer than the terminal. Pure. */
export function face(snapshot: AppSnapshot, terminal: Terminal): string[] {
  const columns = Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, terminal.columns))
  const { now, rows, isUnicode } = terminal
  const paper = paperOf({ ...terminal, columns })
  const rule = ruler(columns, isUnicode)
  const v = isUnicode ? '│' : '|'
  const row = (text: string): string => `${v} ${paper.fit(isUnicode ? text : toAscii(text), paper.inner)} ${v}`
  const { ribbon } = snapshot
  const day = new Date(now).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '')
  const when = `${day} ${paper.clock(now)}${ribbon === undefined ? '' : `  epoch ${ribbon.epoch}`}`
  const title = snapshot.mode === 'practice' ? 'Smeshkeeper  PRACTICE' : 'Smeshkeeper'
  const divider = rule('├┤')
  const top = [rule('┌┐', title, when), row(between(paper.text(snapshot.headline), gapWords(ribbon, now), paper.inner))]
  const node = wrap(paper.text(snapshot.node.sentence), paper.inner).slice(0, 2)
  const bottom = [divider, ...node.map(row), rule('└┘', 'Ctrl-C leaves')]
  const lanes = ribbon === undefined || ribbon.lanes.length === 0 || rows < 20 ? [] : [divider, ...ribbonLines(ribbon, now, paper).map(row)]
  const most = rows >= 30 ? 6 : rows >= 16 ? 3 : 1
  const told = alarmLines(snapshot, paper, most).map(row)
  const alarms = told.length === 0 ? [] : [divider, ...told]
  const room = Math.max(1, rows - top.length - lanes.length - alarms.length - bottom.length - 1)
  const people = [divider, ...identityLines(snapshot, room, now, paper).map(row)]
  const lines = [...top, ...lanes, ...people, ...alarms, ...bottom]
  return lines.length <= rows ? lines : [...lines.slice(0, Math.max(0, rows - 1)), bottom.at(-1) ?? ''].slice(0, rows)
}
