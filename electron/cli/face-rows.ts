import type { IdentitySnapshot } from '../../shared/ipc/snapshot.ts'
import type { Paper } from './face.ts'
import { cellsOf, duration, fitRight, size, wrap } from './text.ts'

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
const ATTENTION = ['▲', '!'] as const

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
const PROVING_RANK = 25

/** What needs the user first, then what is at risk, then what works, then what waits. */
export function rank({ status }: IdentitySnapshot): number {
  const at = NEED.indexOf(status.kind)
  if (at >= 0) return at
  if (status.timing === 'tight' || status.timing === 'late' || status.timing === 'lost') return 20
  return status.kind === 'proving' || status.kind === 'handing-over' ? PROVING_RANK : 30
}

/** Expected finish (or when it was done), and what is left to the gap end. */
function figures({ status }: IdentitySnapshot, paper: Paper): readonly [string, string] {
  const warn = status.timing === 'tight' || status.timing === 'late' || status.timing === 'lost' ? ' !' : ''
  if (status.kind === 'proved' || status.kind === 'published') {
    if (status.provedAt === undefined) return ['', '']
    const left = status.gapEnd === undefined ? '' : spare(status.gapEnd - status.provedAt)
    return [paper.clock(status.provedAt), left]
  }
  if (status.finish === undefined) return ['', '']
  const { p5, p95 } = status.finish
  const range = paper.clock(p5) === paper.clock(p95) ? paper.clock(p95) : `${paper.clock(p5)}–${paper.clock(p95)}`
  return [range, status.gapEnd === undefined ? '' : spare(status.gapEnd - p95) + warn]
}
const spare = (ms: number): string => (ms < 0 ? `-${duration(-ms)}` : duration(ms))

/** Age of the newest evidence: what an identity's row stands on. */
function evidenceAge({ evidence }: IdentitySnapshot, now: number): string {
  const newest = Math.max(...evidence.filter((line) => line.isFresh !== false).map((line) => line.at))
  return Number.isFinite(newest) ? duration(now - newest) : 'none'
}

interface Cells {
  readonly mark: string
  readonly name: string
  readonly size: string
  readonly disk: string
  readonly what: string
  readonly done: string
  readonly spare: string
  readonly age: string
}

const HEAD: Cells = {
  mark: ' ',
  name: 'identity',
  size: 'size',
  disk: 'disk',
  what: 'what is happening',
  done: 'done',
  spare: 'to spare',
  age: 'evidence',
}
/** Columns that only a wide terminal has. */
const WIDE_ONLY: readonly (keyof Cells)[] = ['size', 'disk', 'age']
const MOST_CELLS = { name: 16, size: 9, disk: 12, done: 13, spare: 13, age: 9 } as const
const LEAST_WHAT = 16
const WIDE_FROM = 100

function cellsFor(identity: IdentitySnapshot, paper: Paper, now: number): Cells {
  const [done, left] = figures(identity, paper)
  const glyphs = GLYPHS[identity.status.kind] ?? ATTENTION
  return {
    mark: paper.isUnicode ? glyphs[0] : glyphs[1],
    name: paper.text(identity.name),
    size: identity.sizeBytes === undefined ? '' : size(identity.sizeBytes),
    disk: paper.text(identity.disk ?? ''),
    what: paper.text(identity.status.sentence),
    done: paper.text(done),
    spare: left,
    age: evidenceAge(identity, now),
  }
}

/** The rows of all identities under one heading; each column as wide as it needs, the sentence gets the rest. `isWhole`: it may take several lines. */
export function table(
  identities: readonly IdentitySnapshot[],
  { paper, now, isWhole }: { readonly paper: Paper; readonly now: number; readonly isWhole: boolean },
): { readonly head: string; readonly rows: readonly string[][] } {
  const all = identities.map((identity) => cellsFor(identity, paper, now))
  const isShown = (name: keyof Cells): boolean => paper.inner >= WIDE_FROM || !WIDE_ONLY.includes(name)
  const widthOf = (name: keyof typeof MOST_CELLS): number =>
    isShown(name) ? Math.min(MOST_CELLS[name], Math.max(...[HEAD, ...all].map((cells) => cellsOf(cells[name])))) : 0
  const narrow = paper.inner < 60
  const column = (cells: Cells, name: 'size' | 'done' | 'spare' | 'age'): string => {
    const width = narrow && name !== 'done' ? 0 : widthOf(name)
    return width === 0 ? '' : ` ${fitRight(cells[name], width)}`
  }
  const left = (cells: Cells): string => {
    const disk = widthOf('disk')
    const name = narrow ? Math.min(9, widthOf('name')) : widthOf('name')
    return `${cells.mark} ${paper.fit(cells.name, name)}${column(cells, 'size')}${disk === 0 ? '' : ` ${paper.fit(cells.disk, disk)}`} `
  }
  const right = (cells: Cells): string => `${column(cells, 'done')}${column(cells, 'spare')}${column(cells, 'age')}`
  const room = Math.max(LEAST_WHAT, paper.inner - cellsOf(left(HEAD)) - cellsOf(right(HEAD)))
  const rowOf = (cells: Cells): string[] => {
    if (!isWhole) return [left(cells) + paper.fit(cells.what, room) + right(cells)]
    const [first = '', ...more] = wrap(cells.what, room)
    const indent = ' '.repeat(cellsOf(left(HEAD)))
    return [left(cells) + paper.fit(first, room) + right(cells), ...more.map((line) => indent + line)]
  }
  return { head: left(HEAD) + paper.fit(HEAD.what, room) + right(HEAD), rows: all.map(rowOf) }
}
