import type { InitHold, InitRecord } from '../../../shared/domain/init-job.ts'
import { diskSystem, lanesOf, type DiskLane } from '../../hardware/index.ts'
import { CPU_PROVIDER } from '../../programs/index.ts'
import type { MachineContext } from './context.ts'
import { existingParent } from './init-folder.ts'
import { initVolume, type InitVolume } from './init-volume.ts'

const AT_PROOF: ReadonlySet<string> = new Set(['proving', 'queued', 'handing-over'])
const LANES_MS = 60_000
const OPERATIONS_MS = 2_000

export interface InitHolds {
  /** Why the job must not write now; undefined = it may. */
  of(record: InitRecord, writtenBytes: number): Promise<InitHold | undefined>
  laneOf(folder: string): Promise<DiskLane | undefined>
  readonly volume: InitVolume
}

/** An operation that is open in this home, by its title. */
async function openOperation(context: MachineContext): Promise<string | undefined> {
  const state = await context.custody().handlers.operations.state()
  if (!state.ok) return undefined
  return state.value.operations.find((one) => ['running', 'rolling-back', 'unfinished'].includes(one.state))?.title
}

export function initHolds(context: MachineContext): InitHolds {
  const { clock } = context
  const system = diskSystem()
  const volume = initVolume(system)
  const since = new Map<string, { readonly because: string; readonly at: number }>()
  const lanes = new Map<string, { readonly lane: DiskLane | undefined; readonly until: number }>()

  const laneOf = async (folder: string): Promise<DiskLane | undefined> => {
    const known = lanes.get(folder)
    if (known !== undefined && known.until > clock.monotonic()) return known.lane
    const at = await existingParent(folder)
    const lane = lanesOf([at], system).get(at)
    lanes.set(folder, { lane, until: clock.monotonic() + LANES_MS })
    return lane
  }

  const proofOn = async (record: InitRecord): Promise<string | undefined> => {
    const busy = (context.session()?.snapshot()?.identities ?? []).filter(({ status }) => AT_PROOF.has(status.kind))
    if (busy.length === 0) return undefined
    if (record.parts.some(({ provider }) => provider === CPU_PROVIDER))
      return `${busy[0]?.name ?? ''} is at a proof and needs the processor`
    const lane = await laneOf(record.folder)
    const neighbour = busy.find((one) => one.lane !== undefined && one.lane === lane?.id)
    return neighbour === undefined ? undefined : `${neighbour.name} is at a proof on the same disk`
  }

  let operation: { readonly title: string | undefined; readonly until: number } | undefined
  const operationNow = async (): Promise<string | undefined> => {
    if (operation === undefined || operation.until <= clock.monotonic())
      operation = { title: await openOperation(context), until: clock.monotonic() + OPERATIONS_MS }
    return operation.title
  }

  const reasonOf = async (record: InitRecord, writtenBytes: number): Promise<Omit<InitHold, 'since'> | undefined> => {
    const gone = await volume.gone(record)
    if (gone !== undefined) return gone
    const title = await operationNow()
    if (title !== undefined) return { because: 'operation', text: `“${title}” is under way` }
    const proof = await proofOn(record)
    if (proof !== undefined) return { because: 'proof', text: proof }
    return volume.full(record, writtenBytes)
  }

  return {
    laneOf,
    volume,
    async of(record, writtenBytes) {
      if (record.pausedAt !== undefined) return { because: 'user', text: 'you paused it', since: record.pausedAt }
      const reason = await reasonOf(record, writtenBytes)
      if (reason === undefined) {
        since.delete(record.id)
        return undefined
      }
      const before = since.get(record.id)
      const at = before?.because === reason.because ? before.at : clock.now()
      since.set(record.id, { because: reason.because, at })
      return { ...reason, since: at }
    },
  }
}
