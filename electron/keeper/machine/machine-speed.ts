import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import { diskTrend, trendAdvice, type DiskTrend } from '../../../shared/domain/disk-trend.ts'
import type { Advice, DiskFolder, DiskReport, SpeedReading } from '../../../shared/domain/machine.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import {
  createSpeedKeeper,
  diskSystem,
  hostSystem,
  lookAtDisks,
  openSpeedBook,
  type DiskFacts,
  type SpeedOrder,
} from '../../hardware/index.ts'
import type { Session } from '../session.ts'
import { readLanes } from '../session-parts.ts'
import type { MachineContext } from './context.ts'
import { diskReports } from './machine-disks.ts'
import { holdNow } from './verify-data.ts'

/** Which disks, what, and whether the user wants it now. */
export interface MeasureAsk {
  readonly disks?: readonly string[] | undefined
  readonly what: 'read' | 'write'
  readonly acceptsNow: boolean
}
export type MeasureFault = 'machine/busy' | 'machine/unknown-disk' | 'machine/proving' | 'machine/no-files'

/** The disks of this set-up, and their speed. */
export interface MachineDisks {
  /** @param readings  identity → speeds of its proofs */
  reports(setup: Setup, readings: ReadonlyMap<string, readonly SpeedReading[]>): readonly DiskReport[]
  /** What is said of disks that become worse. */
  advice(disks: readonly DiskReport[]): readonly Advice[]
  look(setup: Setup): Promise<void>
  measure(setup: Setup, disks: readonly DiskReport[], ask: MeasureAsk): Result<void, MeasureFault>
  /** By itself: what was not measured for a week. */
  measureOld(setup: Setup, disks: readonly DiskReport[]): void
  /** A proof may have become due. */
  recheck(): void
  cancel(): void
  close(): void
}

/** Mounts change now and then; a report is made four times a second. */
const LANES_MS = 10_000
const WEEK_MS = 7 * 24 * 3_600_000

const foldersOf = (setup: Setup, session: Session | undefined): readonly DiskFolder[] => {
  const sizes = new Map(session?.snapshot()?.identities.map(({ id, sizeBytes }) => [id, sizeBytes]))
  return setup.services.map(({ identity, posFolder }) => {
    const sizeBytes = sizes.get(identity)
    return { identity, path: posFolder, ...(sizeBytes === undefined ? {} : { sizeBytes }) }
  })
}

/** Room of the volume of a folder, as its own probe last told. */
const spaceOf = (session: Session | undefined, setup: Setup) => (folder: string) => {
  const identity = setup.services.find(({ posFolder }) => posFolder === folder)?.identity
  const volume = identity === undefined ? undefined : session?.world.identities.get(identity as IdentityId)?.volume?.value
  return volume?.is === 'mounted' ? { totalBytes: volume.totalBytes, freeBytes: volume.freeBytes } : undefined
}

/** @param changed  something that is shown has changed */
export function machineDisks(context: MachineContext, changed: () => void): MachineDisks {
  const { clock, log, home } = context
  let lanes: { readonly at: number; readonly of: Setup; readonly found: ReturnType<typeof readLanes> } | undefined
  let facts: readonly DiskFacts[] = []
  /** lane → identities on it, as last reported. */
  let onLane = new Map<string, ReadonlySet<string>>()
  const book = openSpeedBook(path.join(home.state, 'disk-speeds.json'), log)

  const trendOf = (lane: string): DiskTrend => diskTrend(book.of(lane))

  const whyNot = (lane: string, isAsked: boolean): string | undefined => {
    if (context.session() === undefined) return undefined
    // Another disk's proof is not disturbed by some seconds of reading; by itself nothing is read beside any proof.
    return isAsked ? holdNow(context, undefined, onLane.get(lane) ?? new Set()).asked : holdNow(context, undefined).byItself
  }
  const keeper = createSpeedKeeper({
    launch: () => context.launch('speed-probe'),
    clock,
    log,
    book,
    changed,
    hold: ({ lane, isAsked }) => {
      const why = whyNot(lane, isAsked)
      return why === undefined ? undefined : { why }
    },
  })

  const lanesOf = (setup: Setup): ReturnType<typeof readLanes> => {
    const at = clock.monotonic()
    if (lanes?.of.services !== setup.services || at - lanes.at > LANES_MS) lanes = { at, of: setup, found: readLanes(setup) }
    return lanes.found
  }
  const orderOf = (disk: DiskReport, what: 'read' | 'write', isAsked: boolean): SpeedOrder => ({
    lane: disk.id,
    what,
    folders: disk.folders.map((folder) => folder.path),
    isAsked,
  })

  return {
    reports(setup, readings) {
      const folders = foldersOf(setup, context.session())
      const found = diskReports({ setup, folders, readings, facts, lanes: lanesOf(setup), speeds: keeper, trendOf })
      onLane = new Map(found.map((disk) => [disk.id, new Set(disk.folders.map(({ identity }) => identity))]))
      return found
    },
    advice: (disks) => disks.flatMap((disk) => trendAdvice(disk, trendOf(disk.id)) ?? []),
    async look(setup) {
      const session = context.session()
      facts = await lookAtDisks(foldersOf(setup, session), { system: diskSystem(), host: hostSystem(), space: spaceOf(session, setup) })
    },
    measure(setup, disks, { disks: chosen, what, acceptsNow }) {
      if (keeper.isBusy && acceptsNow && disks.some(({ test }) => test.is === 'running'))
        return fail('machine/busy', 'A disk is measured already: wait for it, or cancel it.')
      const unknown = chosen?.find((id) => !disks.some((disk) => disk.id === id))
      if (unknown !== undefined) return fail('machine/unknown-disk', `There is no disk ${unknown} with PoS data of this set-up.`)
      const wanted = disks.filter(({ id, folders }) => folders.length > 0 && (chosen?.includes(id) ?? true))
      if (wanted.length === 0) return fail('machine/no-files', 'There is no PoS data to read: nothing of this set-up lies on a disk here.')
      const held = wanted.map(({ id }) => whyNot(id, true)).filter((why) => why !== undefined)
      const [why] = held
      if (acceptsNow && why !== undefined && held.length === wanted.length)
        return fail('machine/proving', `Not now: ${why}. Reading would slow the proof down.`)
      const free = acceptsNow ? wanted.filter(({ id }) => whyNot(id, true) === undefined) : wanted
      keeper.measure(free.map((disk) => orderOf(disk, what, acceptsNow)))
      return ok(undefined)
    },
    measureOld(setup, disks) {
      if (!setup.machine.measuresItself || keeper.isBusy || holdNow(context, undefined).byItself !== undefined) return
      const old = disks.filter(({ folders, speed }) => folders.length > 0 && Math.abs(clock.now() - (speed?.at ?? 0)) > WEEK_MS)
      keeper.measure(old.map((disk) => orderOf(disk, 'read', false)))
    },
    recheck: () => {
      if (keeper.isBusy) keeper.recheck()
    },
    cancel: () => keeper.cancel(),
    close: () => keeper.close(),
  }
}
