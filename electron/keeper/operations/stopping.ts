import { realpathSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Draft } from '../../operations/index.ts'
import type { CustodyContext } from '../custody/context.ts'
import { serviceName } from '../snapshot.ts'

const LOOK_MS = 200
/** A node needs up to two and a half minutes while it waits for PoETs. @source design.md §9.2 */
const PATIENCE_MS = 180_000

const stoppedSchema = z.object({ operation: z.string(), node: z.boolean(), services: z.array(z.string()) })
/** What was up and is down for an operation. */
export type Stopped = z.output<typeof stoppedSchema>

/** Stops what an operation works on, and lets it up again afterwards. Kept on disk: a crash forgets none of it. */
export interface Stopping {
  /** What this draft needs down, of ours. */
  needed(draft: Pick<Draft, 'touches'>, identities: readonly string[]): Omit<Stopped, 'operation'>
  stop(what: Stopped): Promise<Result<void, 'operation/stopped'>>
  /** What was stopped for this operation. */
  of(operation: string): Stopped | undefined
  /** @param withNode false: the node waits for the user's own start */
  letUp(operation: string, withNode: boolean): Promise<void>
}

const real = (folder: string): string => {
  try {
    return realpathSync.native(folder)
  } catch {
    return path.resolve(folder)
  }
}

export function stopping(context: CustodyContext): Stopping {
  const { home, clock, log } = context
  const file = path.join(home.state, 'stopped-for-operation.json')

  function read(): Stopped | undefined {
    try {
      return stoppedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch {
      return undefined // nothing was stopped, or the note is torn: the user starts what he misses
    }
  }

  const want =
    (up: boolean, { node, services }: Omit<Stopped, 'operation'>) =>
    (setup: Setup): Setup => ({
      ...setup,
      node: node && setup.node.mode === 'managed' ? { ...setup.node, wanted: up ? 'up' : 'down' } : setup.node,
      services: setup.services.map((one) => {
        if (!services.includes(one.identity)) return one
        // What the user stopped meanwhile stays so.
        if (up) return one.stoppedBy === 'operation' ? { ...one, wanted: 'up', stoppedBy: null } : one
        return { ...one, wanted: 'down', stoppedBy: 'operation' }
      }),
    })

  async function untilDown(names: readonly string[]): Promise<boolean> {
    const end = clock.monotonic() + PATIENCE_MS
    for (;;) {
      const processes = context.session()?.processes
      const up = names.filter((name) => ['starting', 'ready', 'stopping', 'backoff'].includes(processes?.state(name)?.at ?? ''))
      if (up.length === 0) return true
      if (clock.monotonic() > end) return false
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
    }
  }

  return {
    needed({ touches }, identities) {
      const setup = context.setup()
      const folders = new Set(touches.map(({ dataFolder }) => real(dataFolder)))
      const isOurs = setup?.node.mode === 'managed' && setup.node.owner === 'smeshkeeper'
      return {
        node: isOurs && setup.node.mode === 'managed' && setup.node.wanted === 'up' && folders.has(real(setup.node.dataFolder)),
        services: (setup?.services ?? [])
          .filter((one) => one.owner === 'smeshkeeper' && one.wanted === 'up' && identities.includes(one.identity))
          .map((one) => one.identity),
      }
    },
    async stop(what) {
      if (!what.node && what.services.length === 0) return ok(undefined)
      try {
        writeFileAtomic(file, JSON.stringify(what))
      } catch (cause) {
        return fail('operation/stopped', `What has to be stopped could not be written down, so nothing was stopped: ${textOf(cause)}`)
      }
      const saved = await context.editSetup(want(false, what))
      if (!saved.ok) return fail('operation/stopped', saved.fault.detail)
      const names = [...(what.node ? ['node'] : []), ...what.services.map(serviceName)]
      const processes = context.session()?.processes
      for (const name of names) processes?.setDesired(name, 'down')
      if (await untilDown(names)) return ok(undefined)
      return fail(
        'operation/stopped',
        `${names[0] ?? 'A process'} did not stop within three minutes. Look at its log, stop it, then finish.`,
      )
    },
    of: (operation) => {
      const stopped = read()
      return stopped?.operation === operation ? stopped : undefined
    },
    async letUp(operation, withNode) {
      const stopped = read()
      if (stopped?.operation !== operation) return
      const left = { ...stopped, node: stopped.node && !withNode, services: [] }
      const ours = new Set((context.setup()?.services ?? []).filter((one) => one.stoppedBy === 'operation').map((one) => one.identity))
      const services = stopped.services.filter((identity) => ours.has(identity))
      const saved = await context.editSetup(want(true, { node: stopped.node && withNode, services }))
      if (!saved.ok) {
        log.warn('operation.not-let-up', { why: saved.fault.detail })
        return
      }
      if (left.node) writeFileAtomic(file, JSON.stringify(left))
      else rmSync(file, { force: true })
      const processes = context.session()?.processes
      for (const name of [...(withNode && stopped.node ? ['node'] : []), ...services.map(serviceName)]) processes?.setDesired(name, 'up')
    },
  }
}
