import type { AppSnapshot, IdentitySnapshot, Lane, Ribbon } from '../../shared/ipc/snapshot.ts'

/** What the terminal can show. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  readonly isUnicode: boolean
  readonly now: number
}

const GLYPHS: Readonly<Record<string, readonly [string, string]>> = {
  published: ['✔', '#'],
  eligible: ['✔', '#'],
  proved: ['✔', '#'],
  'handing-over': ['✓', '+'],
  proving: ['◔', '%'],
  queued: ['…', '.'],
  waiting: ['○', 'o'],
  stopped: ['◦', '-'],
  held: ['◦', '-'],
  unknown: ['?', '?'],
  banned: ['■', 'X'],
  missed: ['■', 'X'],
  failed: ['■', 'X'],
  failing: ['■', 'X'],
}

/** Cells that a text takes: the app's own words have no wide characters. */
const width = (text: string): number => Array.from(text).length
const fit = (text: string, cells: number): string => {
  const chars = Array.from(text)
  return chars.length <= cells ? text + ' '.repeat(cells - chars.length) : `${chars.slice(0, Math.max(0, cells - 1)).join('')}…`
}
const between = (left: string, right: string, cells: number): string => {
  const room = cells - width(right)
  return room < 8 ? fit(left, cells) : fit(left, room - 1) + ' ' + right
}

const clockText = (at: number): string => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false })

export function duration(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  if (minutes < 2) return `${Math.max(0, Math.round(ms / 1000))} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

function glyph(identity: IdentitySnapshot, terminal: Terminal): string {
  const pair = GLYPHS[identity.status.kind] ?? ['▲', '!']
  return terminal.isUnicode ? pair[0] : pair[1]
}

/** Range of the finish and what is left to the gap end. */
function figures(identity: IdentitySnapshot): readonly [string, string] {
  const { status } = identity
  if (status.kind === 'proved' || status.kind === 'published') return [status.provedAt === undefined ? '' : clockText(status.provedAt), '']
  if (status.finish === undefined) return ['', '']
  const done = `${clockText(status.finish.p5)}–${clockText(status.finish.p95)}`
  return [
    done,
    status.gapEnd === undefined
      ? ''
      : duration(status.gapEnd - status.finish.p95) + (status.timing === 'tight' || status.timing === 'late' ? ' !' : ''),
  ]
}

const BAR: Readonly<Record<string, readonly [string, string]>> = {
  preparing: ['▒', '.'],
  pow: ['▒', '.'],
  reading: ['▓', '='],
  expected: ['░', '~'],
  queued: ['-', '-'],
  proved: ['█', '#'],
  lost: ['x', 'x'],
  needed: ['!', '!'],
}

function laneLine(lane: Lane, ribbon: Ribbon, cells: number, terminal: Terminal): string {
  const from = ribbon.gapOpens
  const to = ribbon.gapCloses + (ribbon.gapCloses - ribbon.gapOpens) / 10
  const columnOf = (at: number): number => Math.round(((at - from) / (to - from)) * (cells - 1))
  const line = Array.from({ length: cells }, () => ' ')
  for (const segment of lane.segments) {
    const mark = (BAR[segment.is] ?? ['?', '?'])[terminal.isUnicode ? 0 : 1]
    const last = segment.is === 'expected' ? (segment.p95 ?? segment.to) : segment.to
    for (let i = Math.max(0, columnOf(segment.from)); i <= Math.min(cells - 1, columnOf(last)); i += 1) {
      line[i] = segment.is === 'expected' && segment.p5 !== undefined && i > columnOf(segment.p5) ? '~' : mark
    }
  }
  const put = (at: number, mark: string): void => {
    const i = columnOf(at)
    if (i >= 0 && i < cells) line[i] = mark
  }
  put(ribbon.gapCloses, terminal.isUnicode ? '┃' : '|')
  put(terminal.now, terminal.isUnicode ? '│' : ':')
  return line.join('')
}

function ribbonLines(ribbon: Ribbon, inner: number, terminal: Terminal): string[] {
  const label = 9
  const cells = inner - label - 1
  const scale = between(clockText(ribbon.gapOpens), `gap ends ${clockText(ribbon.gapCloses)}`, cells)
  return [
    ' '.repeat(label) + ' ' + scale,
    ...ribbon.lanes.slice(0, 6).map((lane) => `${fit(lane.label, label)} ${laneLine(lane, ribbon, cells, terminal)}`),
  ]
}

function rowOf(identity: IdentitySnapshot, inner: number, terminal: Terminal): string {
  const [done, spare] = figures(identity)
  const right = inner >= 90 ? `${fit(done, 13)} ${fit(spare, 11)}` : `${fit(done, 11)} ${fit(spare, 9)}`
  const nameCells = inner >= 90 ? 14 : 9
  const rest = inner - width(right) - nameCells - 4
  return `${glyph(identity, terminal)} ${fit(identity.name, nameCells)} ${fit(identity.status.sentence, rest)} ${right}`
}

const NEED: readonly string[] = [
  'banned',
  'twin-suspected',
  'missed',
  'failed',
  'failing',
  'drive-missing',
  'needs-service',
  'not-connected',
  'incomplete',
  'not-known-to-node',
]
const rank = (identity: IdentitySnapshot): number => {
  const at = NEED.indexOf(identity.status.kind)
  return at >= 0 ? at : identity.status.timing === 'tight' || identity.status.timing === 'late' ? 20 : 30
}

/** The terminal face as lines, never wider or longer than the terminal. Pure. */
export function face(snapshot: AppSnapshot, terminal: Terminal): string[] {
  const columns = Math.max(40, Math.min(160, terminal.columns))
  const inner = columns - 4
  const u = terminal.isUnicode
  const [h, v] = u ? ['─', '│'] : ['-', '|']
  const rule = (left: string, right: string, text = '', end = ''): string => {
    const head = text === '' ? '' : `${h} ${text} `
    const tail = end === '' ? '' : ` ${end} ${h}`
    return left + head + h.repeat(Math.max(0, columns - 2 - width(head) - width(tail))) + tail + right
  }
  const row = (text: string): string => `${v} ${fit(text, inner)} ${v}`
  const { ribbon } = snapshot
  const when = `${new Date(terminal.now).toLocaleDateString([], { weekday: 'short', day: 'numeric', month: 'short' })} ${clockText(terminal.now)}${ribbon === undefined ? '' : `  epoch ${ribbon.epoch}`}`
  const title = snapshot.mode === 'practice' ? 'Smeshkeeper PRACTICE' : 'Smeshkeeper'
  const gap =
    ribbon === undefined
      ? ''
      : ribbon.isGapOpen
        ? `gap closes in ${duration(ribbon.gapCloses - terminal.now)}`
        : `gap opens in ${duration(ribbon.gapOpens - terminal.now)}`
  const divider = rule(u ? '├' : '+', u ? '┤' : '+')
  const top = [rule(u ? '┌' : '+', u ? '┐' : '+', title, when), row(between(snapshot.headline, gap, inner))]
  const lanes = ribbon === undefined || ribbon.lanes.length === 0 ? [] : [divider, ...ribbonLines(ribbon, inner, terminal).map(row)]
  const alarms = snapshot.alarms.slice(0, 2).map((alarm) => row(`${u ? '▲' : '!'} ${alarm.sentence}`))
  const bottom = [
    ...(alarms.length === 0 ? [] : [divider, ...alarms]),
    divider,
    row(snapshot.node.sentence),
    rule(u ? '└' : '+', u ? '┘' : '+', 'Ctrl-C leaves'),
  ]
  const room = Math.max(1, terminal.rows - top.length - lanes.length - bottom.length - 1)
  const sorted = [...snapshot.identities].sort((a, b) => rank(a) - rank(b))
  const isAll = sorted.length <= room
  const rows = sorted.slice(0, isAll ? room : room - 1).map((identity) => row(rowOf(identity, inner, terminal)))
  if (!isAll) rows.push(row(`  ${sorted.length - rows.length} more`))
  if (sorted.length === 0) rows.push(row(snapshot.setupProblem ?? 'No identities yet.'))
  return [...top, ...lanes, divider, ...rows, ...bottom].slice(0, terminal.rows)
}
