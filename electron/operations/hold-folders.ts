import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { tryLock, type HeldLock } from '../lib/file-lock.ts'
import type { HoldFolders } from './engine.ts'
import { findHolders, type FindHolders } from './open-files.ts'
import type { TouchedFolder } from './types.ts'

/** What holding needs from the system; injected. */
export interface HoldTools {
  readonly lock: (file: string) => ReturnType<typeof tryLock>
  readonly holders: FindHolders
  /** The lock of a node whose config names none. */
  readonly defaultLock: string
  readonly exists: (file: string) => boolean
}

/** @source facts/identity-and-keys.md §7 */
export const systemHold = (): HoldTools => ({
  lock: tryLock,
  holders: findHolders,
  defaultLock: path.join(os.tmpdir(), 'spacemesh.lock'),
  exists: existsSync,
})

const databaseOf = (dataFolder: string): readonly string[] =>
  ['local.sql', 'local.sql-wal', 'local.sql-shm'].map((name) => path.join(dataFolder, name))

/**
 * Holds data folders while an operation works on them: the lock that each config names, the default one and the one in the
 * folder; and nobody has a database open, since a node with another lock file would not notice us.
 */
export function holdFolders(tools: HoldTools = systemHold()): HoldFolders {
  return async (touches) => {
    const held: HeldLock[] = []
    const release = (): void => {
      for (const lock of held.splice(0)) lock.release()
    }
    const taken = takeLocks(touches, tools, held)
    if (!taken.ok) {
      release()
      return taken
    }
    const free = await nobodyHasOpen(touches, tools)
    if (free.ok) return ok({ release })
    release()
    return free
  }
}

/** Locks of these folders: what their configs name, `LOCK` where it is, and the default one once. */
function locksOf(touches: readonly TouchedFolder[], { defaultLock, exists }: HoldTools): readonly { file: string; isDefault: boolean }[] {
  const own = touches.flatMap(({ dataFolder, lockFile }) => {
    const standalone = path.join(dataFolder, 'LOCK')
    return [...(lockFile === undefined ? [] : [lockFile]), ...(exists(standalone) ? [standalone] : [])]
  })
  const all = touches.length === 0 ? [] : [...new Set([...own, defaultLock])]
  return all.map((file) => ({ file, isDefault: file === defaultLock && !own.includes(file) }))
}

function takeLocks(touches: readonly TouchedFolder[], tools: HoldTools, held: HeldLock[]): Result<void, 'operation/folder-in-use'> {
  for (const { file, isDefault } of locksOf(touches, tools)) {
    const lock = tools.lock(file)
    if (lock.ok) held.push(lock.value)
    else if (lock.fault.code === 'lock/held' && !(isDefault && touches.every(({ lockFile }) => lockFile !== undefined))) {
      const pid = lock.fault.context?.['pid']
      return fail(
        'operation/folder-in-use',
        `A node runs${pid === undefined ? '' : ` (process ${pid})`}: it holds ${file}. Stop it, then go on. Nothing was changed.`,
      )
    }
    // Where a lock cannot be tried (no such volume, read-only), the look at open files stands alone.
  }
  return ok(undefined)
}

async function nobodyHasOpen(
  touches: readonly TouchedFolder[],
  { holders }: HoldTools,
): Promise<Result<void, 'operation/folder-in-use' | 'operation/folder-unknown'>> {
  const found = await holders(touches.flatMap(({ dataFolder }) => databaseOf(dataFolder)))
  const open = found?.find(({ is }) => is === 'open')
  if (open !== undefined)
    return fail(
      'operation/folder-in-use',
      `Process ${open.pid} (${open.command.slice(0, 80)}) has the node's database open. Stop it, then go on. Nothing was changed.`,
    )
  const unknown = found?.find(({ is }) => is === 'unknown')
  if (unknown !== undefined)
    return fail(
      'operation/folder-unknown',
      `Process ${unknown.pid} is a node of another user, and it may not be seen which data folder it uses. Stop it, or name its folder with --data-folder. Nothing was changed.`,
    )
  return ok(undefined)
}
