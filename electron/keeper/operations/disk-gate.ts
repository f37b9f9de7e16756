import { diskSystem, lanesOf } from '../../hardware/index.ts'
import type { OperationRun } from '../../operations/index.ts'
import type { CustodyContext } from '../custody/context.ts'

const LOOK_MS = 1_000
const NEEDS_DISK: ReadonlySet<string> = new Set(['proving', 'handing-over', 'queued'])

/** Whether somebody proves, or is next to prove, from a disk that one of these folders lies on. */
function isNeeded(context: CustodyContext, folders: readonly string[]): boolean {
  const services = context.setup()?.services ?? []
  const identities = context.session()?.snapshot()?.identities ?? []
  const busy = new Set(identities.filter(({ status }) => NEEDS_DISK.has(status.kind)).map(({ id }) => id))
  const proving = services.filter(({ identity, posFolder }) => busy.has(identity) && !folders.includes(posFolder))
  if (proving.length === 0) return false
  const lanes = lanesOf([...folders, ...proving.map(({ posFolder }) => posFolder)], diskSystem())
  const used = new Set(folders.map((folder) => lanes.get(folder)?.id))
  return proving.some(({ posFolder }) => used.has(lanes.get(posFolder)?.id))
}

/** Holds a move of PoS data as long as its disks are needed for a proof. @returns ends it */
export function gateDisks(context: CustodyContext, run: Pick<OperationRun<'run'>, 'holdDisks'>, folders: readonly string[]): () => void {
  if (folders.length === 0) return () => {}
  let isHeld = false
  const look = (): void => {
    const needed = isNeeded(context, folders)
    if (needed === isHeld) return
    isHeld = needed
    context.log.info('operation.disks', { isHeld })
    run.holdDisks(isHeld)
  }
  look()
  return context.clock.every(LOOK_MS, look)
}
