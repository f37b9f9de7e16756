import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createKeyStore, readIdentitiesFolder } from '../../../electron/identities/index.ts'
import { aKey, silentLog } from '../../unit/identities/keys.ts'

const MOVER = fileURLToPath(new URL('./peers/key-mover.ts', import.meta.url))
const key = aKey(1)
/** The mover makes a move in about ten milliseconds. */
const MOST_MS = 40

export function filesBelow(start: string): string[] {
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

const isUnfinished = (file: string): boolean => file.endsWith('.part') || file.endsWith('moving.json')

/**
 * Kills a process at random moments that moves one key between two nodes in `where`. At each kill the key must be whole
 * somewhere and armed at most once, and the next start must settle what was left.
 */
export async function killMoves(
  where: string,
  times: number,
  random: () => number,
): Promise<{ readonly line: string; readonly broken: readonly string[] }> {
  const nodes = ['a', 'b'].map((node) => path.join(where, node))
  for (const node of nodes) mkdirSync(path.join(node, 'identities'), { recursive: true })
  const quarantine = path.join(where, 'home', 'quarantine')
  mkdirSync(quarantine, { recursive: true })
  writeFileSync(path.join(where, 'a', 'identities', 'one.key'), key.hex, { mode: 0o600 })
  const broken: string[] = []
  let leftovers = 0
  for (let kill = 1; kill <= times; kill += 1) {
    const say = (what: string): void => void broken.push(`kill ${kill}: ${what}`)
    const signal = await killWhileMoving(where, random() * MOST_MS)
    if (signal !== 'SIGKILL') say(`the mover ended by itself (${signal ?? 'no signal'})`)
    const all = filesBelow(where)
    if (!all.some((file) => readFileSync(file, 'latin1') === key.hex)) say('the key is lost')
    const armed = nodes.flatMap((node) => readIdentitiesFolder(node).keys.filter(({ isLoaded }) => isLoaded))
    if (armed.some(({ form }) => form !== 'good')) say('a node would load a file that is no key')
    if (armed.length > 1) say(`the key is armed ${armed.length} times`)
    if (all.some(isUnfinished)) leftovers += 1
    const store = createKeyStore({ folder: quarantine, now: () => Date.now(), log: silentLog() })
    for (const problem of store.recover(nodes).problems) say(problem)
    const again = store.recover(nodes)
    if (again.finished.length + again.cleaned.length + again.problems.length > 0) say('the second start found something to settle')
    for (const file of filesBelow(where).filter(isUnfinished)) say(`${file} was left behind`)
    const settled = nodes.flatMap((node) => readIdentitiesFolder(node).keys).length + store.held().length
    if (settled !== 1) say(`the key is armed or held ${settled} times`)
  }
  const moves = readdirSync(quarantine).length
  return { line: `${times} kills in ${moves} moves of a key: ${leftovers} left it half-done, ${broken.length} broken`, broken }
}

/** Starts the mover and kills it some time after it is ready. */
async function killWhileMoving(where: string, afterMs: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [MOVER, where, key.id], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended])
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  return await ended
}
