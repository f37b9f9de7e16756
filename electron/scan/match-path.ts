import { homedir } from 'node:os'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import type { FoundNode, Inventory, MatchAnswer } from '../../shared/domain/inventory.ts'
import type { Clock } from '../lib/clock.ts'
import { startChildBy, type ScanLauncher } from './child.ts'
import type { LookedAt } from './looked-at.ts'
import { explainPath } from './match-words.ts'
import { asLine, parseLine } from './protocol.ts'

/** A sleeping disk spins up in less. */
const PATIENCE_MS = 20_000

export interface MatchPathContext {
  readonly launch: () => ScanLauncher
  readonly clock: Clock
  readonly inventory: Inventory | undefined
  /** Private folder for copies of databases; exists. */
  readonly temporary: string
}

/** What a dropped file or folder is, looked at by a process that can be killed: its disk may be dead. */
export async function matchPath(path: string, context: MatchPathContext): Promise<Result<MatchAnswer, 'scan/unreadable'>> {
  const looked = await look(path, context)
  if (looked === undefined) {
    return fail('scan/unreadable', `${path} could not be looked at: its disk did not answer. Look at its cable or its network`)
  }
  return ok(explainPath(looked, { inventory: context.inventory, homedir: homedir() }))
}

/**
 * What lies in a node's data folder now: keys, database, network. undefined when it is none, or does not answer.
 * The same process as for a dropped folder, so that a database of a dead disk does not hold up its asker.
 */
export async function nodeAt(dataFolder: string, context: MatchPathContext): Promise<FoundNode | undefined> {
  const looked = await look(dataFolder, context)
  return looked?.is === 'node-folder' ? looked.node : undefined
}

function look(path: string, { launch, clock, temporary }: MatchPathContext): Promise<LookedAt | undefined> {
  return new Promise((resolve) => {
    const child = startChildBy(launch)({
      onLine(text) {
        const line = parseLine(text)
        if (line?.is === 'looked') finish(line.looked)
        else if (line?.is === 'broken') finish(undefined)
      },
      onEnd: () => finish(undefined),
    })
    const cancel = clock.after(PATIENCE_MS, () => finish(undefined))
    function finish(looked: LookedAt | undefined): void {
      cancel()
      child.kill()
      resolve(looked)
    }
    child.send(asLine({ ask: 'look', path, temporary, platform: process.platform }).trimEnd())
  })
}
