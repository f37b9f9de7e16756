import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fail, ok, textOf } from '../../../shared/domain/fault.ts'
import type { Inventory, ScanState } from '../../../shared/domain/inventory.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import { matchPath, matchText, startScan, type RunningScan, type ScanRequest } from '../../scan/index.ts'
import { dataFolderOf, ownPids, type CustodyContext } from './context.ts'

const MOST_INVENTORY_BYTES = 64 * 1024 * 1024

export interface ScanDesk {
  readonly handlers: AppHandlers['scan']
  /** The last whole look at this machine, also of an earlier run. */
  inventory(): Inventory | undefined
  close(): void
}

/** Kept across starts: paths and public keys only. */
function readKept(file: string): Inventory | undefined {
  try {
    if (statSync(file).size > MOST_INVENTORY_BYTES) return undefined
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const isOurs = typeof kept === 'object' && kept !== null && Reflect.get(kept, 'version') === 1
    return isOurs ? (Reflect.get(kept, 'inventory') as Inventory) : undefined
  } catch {
    return undefined // never scanned, or half a file of an earlier version: a new scan tells
  }
}

function requestOf(context: CustodyContext, folders: readonly string[]): ScanRequest {
  const { home } = context
  const setup = context.setup()
  const dataFolder = dataFolderOf(setup)
  const ids = setup?.identities ?? []
  const isOurs = setup?.node.mode === 'managed' && setup.node.owner === 'smeshkeeper'
  return {
    roots: folders,
    home: home.root,
    quarantine: home.quarantine,
    homedir: homedir(),
    platform: process.platform,
    nodes: dataFolder === undefined || !isOurs ? [] : [{ dataFolder, label: 'Smeshkeeper' }],
    nicknames: Object.fromEntries(ids.flatMap(({ id, nickname }) => (nickname === undefined ? [] : [[id, nickname]]))),
    posFolders: Object.fromEntries((setup?.services ?? []).map((service) => [service.identity, service.posFolder])),
    ownPids: ownPids(context),
  }
}

/** Runs one scan at a time and keeps its result. */
export function scanDesk(context: CustodyContext, onInventory: (inventory: Inventory) => void): ScanDesk {
  const { home, clock, log } = context
  const file = path.join(home.state, 'inventory.json')
  const kept = readKept(file)
  let state: ScanState = kept === undefined ? { is: 'never' } : { is: 'done', inventory: kept }
  let running: RunningScan | undefined
  let isCancelled = false
  const last = (): Inventory | undefined => (state.is === 'done' ? state.inventory : state.is === 'never' ? undefined : state.last)
  const show = (next: ScanState): void => {
    state = next
    context.publish('scan.changed', next)
  }
  const keep = (inventory: Inventory): void => {
    try {
      writeFileAtomic(file, JSON.stringify({ version: 1, inventory }))
    } catch (cause: unknown) {
      log.warn('scan.not-kept', { error: textOf(cause) })
    }
  }
  const run = async (folders: readonly string[]): Promise<void> => {
    const before = last()
    const withLast = before === undefined ? {} : { last: before }
    const scan = startScan({
      launch: () => context.launch('scan'),
      clock,
      log,
      request: requestOf(context, folders),
      onProgress: (progress) => show({ is: 'running', progress, ...withLast }),
    })
    running = scan
    isCancelled = false
    const done = await scan.done
    running = undefined
    // Half a search must not make the guard forget what a whole one has found.
    if (done.ok && isCancelled && before !== undefined) show({ is: 'done', inventory: before })
    else if (done.ok) {
      keep(done.value)
      onInventory(done.value)
      show({ is: 'done', inventory: done.value })
    } else if (done.fault.code === 'scan/cancelled') show(before === undefined ? { is: 'never' } : { is: 'done', inventory: before })
    else show({ is: 'failed', at: clock.now(), why: done.fault.detail, ...withLast })
  }

  return {
    inventory: last,
    handlers: {
      begin({ folders }) {
        if (running !== undefined || state.is === 'running') return fail('scan/busy', 'a search is running')
        const progress = { startedAt: clock.now(), volumesDone: 0, volumesInAll: 0, folders: 0, files: 0 }
        const before = last()
        const found = { keys: 0, posFolders: 0, nodes: 0, setups: 0 }
        show({ is: 'running', progress: { ...progress, found }, ...(before === undefined ? {} : { last: before }) })
        void run(folders).catch((cause: unknown) => {
          running = undefined
          log.error('scan.bug', { error: textOf(cause) })
          show({ is: 'failed', at: clock.now(), why: textOf(cause) })
        })
        return ok(undefined)
      },
      cancel() {
        isCancelled = true
        running?.cancel()
        return ok(undefined)
      },
      state: () => ok(state),
      match({ path: dropped, text }) {
        if (dropped !== undefined)
          return matchPath(dropped, { launch: () => context.launch('scan'), clock, temporary: home.state, inventory: last() })
        return ok(matchText(text ?? '', last()))
      },
    },
    close() {
      isCancelled = true
      running?.cancel()
    },
  }
}
