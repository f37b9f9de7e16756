import type { IdentityId } from '../../shared/domain/ids.ts'
import type { ServiceLogFact } from '../../shared/domain/log-facts.ts'
import type { Observation, OperatorAnswer } from '../../shared/domain/observation.ts'
import type { Clock } from '../../electron/lib/clock.ts'
import type { SimDisk } from './disk.ts'
import type { SimService } from './service.ts'

const BUSY_MS = 1_000
const CALM_MS = 15_000
const DEADLINE_MS = 2_000
const VOLUME_MS = 15_000
const SIZES_MS = 600_000
const SPACE_DEADLINE_MS = 8_000

interface Options {
  readonly clock: Clock
  readonly service: SimService
  readonly hasLog: boolean
  readonly emit: (seen: Observation) => void
  readonly isBusy: () => boolean
  readonly isDown: () => boolean
}

/** Tells what electron/keeper/service-watch.ts tells: the operator at its two paces, the log as it grows. */
export class SimServiceWatch {
  readonly #options: Options
  answer: OperatorAnswer | undefined
  facts: ServiceLogFact[] = []
  #isClosed = false
  #isAsking = false
  #isCalm = false
  #cancel = (): void => {}

  constructor(options: Options) {
    this.#options = options
    // What the log tells of the past comes before the present.
    if (options.hasLog) for (const fact of options.service.log) this.#tell(fact)
    this.#ask()
  }

  get identity(): IdentityId {
    return this.#options.service.traits.identity
  }

  /** A line was written; it is read a little later. */
  onLog(fact: ServiceLogFact): void {
    if (!this.#options.hasLog) return
    this.#options.clock.after(60, () => {
      if (this.#isClosed) return
      this.#tell(fact)
      if (fact.fact === 'proof-started') this.hurry()
    })
  }

  begin(): void {
    this.facts = []
    this.answer = undefined
  }
  hurry(): void {
    this.#cancel()
    this.#cancel = this.#options.clock.after(0, () => this.#ask())
  }
  wake(): void {
    if (this.#isCalm && !this.#isAsking && this.#options.isBusy()) this.hurry()
  }
  close(): void {
    this.#isClosed = true
    this.#cancel()
  }

  #tell(fact: ServiceLogFact): void {
    const { clock, emit } = this.#options
    this.facts.push(fact)
    if (this.facts.length > 400) this.facts = this.facts.slice(-200)
    emit({ at: fact.loggedAt ?? clock.now(), kind: 'service-log', identity: this.identity, fact })
  }

  #ask(): void {
    const { clock, service, isDown } = this.#options
    if (this.#isClosed || this.#isAsking) return
    this.#cancel()
    if (isDown()) {
      this.#again()
      return
    }
    this.#isAsking = true
    const answer = service.answer()
    const tookMs = answer.is === 'silent' ? DEADLINE_MS : 4
    clock.after(tookMs, () => {
      this.#isAsking = false
      if (this.#isClosed) return
      this.answer = answer
      this.#options.emit({ at: clock.now(), kind: 'operator', identity: this.identity, answer, tookMs })
      this.#again()
    })
  }

  #again(): void {
    const { clock, isBusy } = this.#options
    const { answer } = this
    this.#isCalm = !(isBusy() || answer?.is === 'proving' || answer?.is === 'silent' || answer?.is === 'done')
    this.#cancel = clock.after(this.#isCalm ? CALM_MS : BUSY_MS, () => this.#ask())
  }
}

/** Tells what electron/pos-data tells of one PoS folder and its volume. */
export function watchSimFolder(options: {
  clock: Clock
  disk: SimDisk
  identity: IdentityId
  totalBytes: number
  emit: (seen: Observation) => void
}): () => void {
  const { clock, disk, identity, totalBytes, emit } = options
  let isLooking = false
  let isClosed = false
  let sizesAt = Number.NEGATIVE_INFINITY
  const tell = (): void => {
    isLooking = false
    if (isClosed) return
    const at = clock.now()
    if (disk.state !== 'there') {
      sizesAt = Number.NEGATIVE_INFINITY
      const { mountPoint } = disk
      const is = disk.state === 'gone' ? { is: 'gone' as const, lastMountPoint: mountPoint } : { is: 'not-answering' as const, mountPoint }
      emit({ at, kind: 'volume', identity, volume: is })
      return
    }
    const volume = { is: 'mounted', mountPoint: disk.mountPoint, device: disk.name, freeBytes: 1e12, totalBytes: 4e12 } as const
    emit({ at, kind: 'volume', identity, volume })
    if (clock.monotonic() - sizesAt < SIZES_MS) return
    sizesAt = clock.monotonic()
    emit({
      at,
      kind: 'pos-folder',
      identity,
      folder: {
        is: 'present',
        identity,
        numUnits: 4,
        labelsPerUnit: totalBytes / 64,
        expectedBytes: totalBytes,
        actualBytes: totalBytes,
        hasVrfNonce: true,
        problems: [],
      },
    })
  }
  const look = (): void => {
    if (isLooking || isClosed) return
    isLooking = true
    clock.after(disk.state === 'hung' ? SPACE_DEADLINE_MS : 30, tell)
  }
  look()
  const stop = clock.every(VOLUME_MS, look)
  return () => {
    isClosed = true
    stop()
  }
}
