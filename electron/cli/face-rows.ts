import type { IdentitySnapshot } from '../../shared/ipc/snapshot.ts'
import type { Paper } from './face.ts'
import { cellsOf, duration, fitRight, size } from './text.ts'

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

interface Columns {
  readonly name: number
  readonly size: number
  readonly disk: number
  readonly done: number
  readonly spare: number
  readonly age: number
}
const WIDE: Columns = { name: 14, size: 9, disk: 10, done: 13, spare: 12, age: 9 }
const NARROW: Columns = { name: 9, size: 0, disk: 0, done: 13, spare: 12, age: 0 }

function line(
  cells: { mark: string; name: string; size: string; disk: string; what: string; done: string; spare: string; age: string },
  paper: Paper,
): string {
  const columns = paper.inner >= 100 ? WIDE : NARROW
  const column = (text: string, width: number): string => (width === 0 ? '' : `${fitRight(text, width)} `)
  const right = `${column(cells.done, columns.done)}${column(cells.spare, columns.spare)}${column(cells.age, columns.age)}`
  const left = `${cells.mark} ${paper.fit(cells.name, columns.name)} ${column(cells.size, columns.size)}${columns.disk === 0 ? '' : ` ${paper.fit(cells.disk, columns.disk)}`}`
  return left + paper.fit(cells.what, paper.inner - cellsOf(left) - cellsOf(right)) + right
}

export const headRow = (paper: Paper): string =>
  line(
    {
      mark: ' ',
      name: 'identity',
      size: 'size',
      disk: 'disk',
      what: 'what is happening',
      done: 'done',
      spare: 'to spare',
      age: 'evidence',
    },
    paper,
  )

export function identityRow(identity: IdentitySnapshot, paper: Paper, now: number): string {
  const [done, left] = figures(identity, paper)
  const glyphs = GLYPHS[identity.status.kind] ?? ATTENTION
  return line(
    {
      mark: paper.isUnicode ? glyphs[0] : glyphs[1],
      name: paper.text(identity.name),
      size: identity.sizeBytes === undefined ? '' : size(identity.sizeBytes),
      disk: paper.text(identity.disk ?? ''),
      what: paper.text(identity.status.sentence),
      done: paper.text(done),
      spare: left,
      age: evidenceAge(identity, now),
    },
    paper,
  )
}
