import { readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs'

/** How long the pretended work takes and how it turns out: `SMESHKEEPER_PRACTICE_PACE`, a JSON object. */
export interface Pace {
  /** RandomX is made ready for this long at the start of a proof. */
  readonly randomxMs: number
  /** Proof of work of one pass. */
  readonly powMs: number
  /** Speed of the reading pass. */
  readonly bytesPerSecond: number
  /** Chance that a pass over complete data finds a proof; without it the real one, from k1, k2 and nonces. */
  readonly passSuccess: number | undefined
  readonly verifyMs: number
  readonly seed: number
  /** Length of one second of the program's own waits (reconnect, back-off, watch). */
  readonly secondMs: number
}

const USUAL: Pace = {
  randomxMs: 600,
  powMs: 4000,
  bytesPerSecond: 32 * 1024 * 1024,
  passSuccess: undefined,
  verifyMs: 700,
  seed: 1,
  secondMs: 1000,
}

/** Unknown or unusable values leave the usual ones: a practice run is never refused for its pace. */
export function readPace(text: string | undefined): Pace {
  const given = parseObject(text)
  const number = (name: keyof Pace): number | undefined => {
    const value = given[name]
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
  }
  return {
    randomxMs: number('randomxMs') ?? USUAL.randomxMs,
    powMs: number('powMs') ?? USUAL.powMs,
    bytesPerSecond: Math.max(1, number('bytesPerSecond') ?? USUAL.bytesPerSecond),
    passSuccess: number('passSuccess'),
    verifyMs: number('verifyMs') ?? USUAL.verifyMs,
    seed: number('seed') ?? USUAL.seed,
    secondMs: number('secondMs') ?? USUAL.secondMs,
  }
}

/** What shall go wrong with one service; counts are counted over restarts of the process, until the entry changes. */
export interface Mishaps {
  /** The next n proofs end without a result (all nonces used up). */
  readonly failNextProofs?: number
  /** The next n proofs are delivered but are invalid for the node: their `pow` is odd. */
  readonly invalidProofs?: number
  /** The process panics at this point of its next proof, `crashes` times (once). */
  readonly crashAt?: 'pow' | 'reading'
  readonly crashes?: number
  /** `GET /status` is accepted and not answered. */
  readonly hangStatus?: boolean
  /** The first pass of each proof finds nothing, the second does. */
  readonly secondPass?: boolean
}

type Counted = 'failNextProofs' | 'invalidProofs' | 'crashAt'

/**
 * The script of the practice network (`SMESHKEEPER_PRACTICE_SCRIPT`): `{ services: { '<id hex>' | '*': Mishaps } }`.
 * Read anew when the file changes. How often a mishap has happened stands in `<script>.used/<id>.json`.
 */
export class Script {
  readonly #file: string | undefined
  readonly #id: string
  #seen = ''
  #mishaps: Mishaps = {}

  constructor(file: string | undefined, id: string) {
    this.#file = file === '' ? undefined : file
    this.#id = id
  }

  mishaps(): Mishaps {
    if (this.#file === undefined) return {}
    const stat = statSync(this.#file, { throwIfNoEntry: false })
    const stamp = stat === undefined ? 'none' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
    if (stamp === this.#seen) return this.#mishaps
    this.#seen = stamp
    const services = stat === undefined ? {} : asObject(parseObject(readText(this.#file))['services'])
    this.#mishaps = { ...asObject(services['*']), ...asObject(services[this.#id]) }
    return this.#mishaps
  }

  /** Whether the mishap is due once more; then it counts as happened. */
  take(what: Counted): boolean {
    const mishaps = this.mishaps()
    const due = what === 'crashAt' ? (mishaps.crashes ?? 1) : (mishaps[what] ?? 0)
    if (this.#file === undefined || due <= 0) return false
    const entry = JSON.stringify(mishaps)
    const book = `${this.#file}.used`
    const page = `${book}/${this.#id}.json`
    const written = parseObject(readText(page))
    const used = written['entry'] === entry ? asObject(written['used']) : {}
    const times = typeof used[what] === 'number' ? used[what] : 0
    if (times >= due) return false
    mkdirSync(book, { recursive: true })
    writeFileSync(page, JSON.stringify({ entry, used: { ...used, [what]: times + 1 } }))
    return true
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function parseObject(text: string | undefined): Record<string, unknown> {
  if (text === undefined || text === '') return {}
  try {
    return asObject(JSON.parse(text))
  } catch {
    // Half-written by whoever is changing it: the next look reads it whole.
    return {}
  }
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
