import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { systemFiles, type Files } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import { holdFolders, systemHold } from '../../../electron/operations/hold-folders.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import { loadedKeys } from '../../../electron/operations/steps/key-moves.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { makeNodeFolder, type MadeNodeFolder, type NodeFolderSpec } from '../../builders/node-folder.ts'
import { aKey } from '../../unit/identities/keys.ts'
import { draftOf, mergeSteps } from '../../unit/operations/stories.ts'

/** Two real node folders and a home of ours below `root`: `node/main` takes in what `node/attic` has. */
export interface MergeWorld {
  readonly root: string
  /** Where the source lies; elsewhere when it is on another disk. */
  readonly attic: string
  readonly target: string
}

const KEYS = 4
export const mergeWorld = (root: string, attic = path.join(root, 'node', 'attic')): MergeWorld => ({
  root,
  attic,
  target: path.join(root, 'node', 'main'),
})

const keysFrom = (first: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: KEYS }, (_, n) => [`key-${first + n}.key`, first + n]))

/** Makes the folders, as stopped nodes leave them. */
export function makeWorld({ root, attic, target }: MergeWorld, spec: NodeFolderSpec = { rowsIn: 'both' }): readonly MadeNodeFolder[] {
  for (const folder of ['home/state/operations', 'home/quarantine', 'home/tmp', 'locks'])
    mkdirSync(path.join(root, folder), { recursive: true })
  return [makeNodeFolder(target, { keys: keysFrom(1), ...spec }), makeNodeFolder(attic, { keys: keysFrom(101), ...spec })]
}

export const realEngine = ({ root }: MergeWorld, files: Files = systemFiles): Engine =>
  createEngine({
    files,
    folder: path.join(root, 'home', 'state', 'operations'),
    quarantine: path.join(root, 'home', 'quarantine'),
    temporary: path.join(root, 'home', 'tmp'),
    rules: stepRules(),
    hold: holdFolders({ ...systemHold(), defaultLock: path.join(root, 'locks', 'spacemesh.lock') }),
    log: silentLogger,
    now: () => Date.now(),
    monotonic: () => performance.now(),
  })

export function mergeDraft({ attic, target }: MergeWorld, id: string): Draft {
  const keys = Object.entries(keysFrom(101)).map(([name, n]) => ({ name, identity: aKey(n).id, hex: aKey(n).hex }))
  const draft = draftOf('merge', mergeSteps(target, [{ folder: attic, keys }]))
  return { ...draft, plan: { ...draft.plan, id }, touches: [{ dataFolder: target }, { dataFolder: attic }] }
}

/** Path, mode and bytes of everything below these folders. */
export const listing = (folders: readonly string[]): string =>
  folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => `${file} ${readFileSync(file).toString('base64')}`)
    .join('\n')

/** A key that is armed twice, or that is nowhere any more. */
export function keysProblem({ root, attic, target }: MergeWorld): string | undefined {
  const armed = [attic, target]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => loadedKeys(systemFiles, folder).map(({ file, identity }) => ({ file, identity })))
  const texts = new Set(
    [attic, target, path.join(root, 'home', 'quarantine')]
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && /\.(key|part)$/.test(entry.name))
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1')),
  )
  for (const n of [...Object.values(keysFrom(1)), ...Object.values(keysFrom(101))]) {
    const { id, hex } = aKey(n)
    const places = armed.filter(({ identity }) => identity === id)
    if (places.length > 1) return `key ${n} is armed twice: ${places.map(({ file }) => file).join(' and ')}`
    if (!texts.has(hex)) return `key ${n} is lost`
  }
  return undefined
}

/** Whether the target has every key and each one's rows once, and the source arms nothing. */
export function doneProblem(world: MergeWorld): string | undefined {
  const broken = keysProblem(world)
  if (broken !== undefined) return broken
  const { attic, target, root } = world
  if (loadedKeys(systemFiles, attic).length > 0) return 'the source still arms a key'
  const numbers = [...Object.values(keysFrom(1)), ...Object.values(keysFrom(101))]
  if (loadedKeys(systemFiles, target).length !== numbers.length) return 'the target does not arm every key'
  const real = path.join(root, 'look.sql')
  for (const tail of ['', '-wal']) if (existsSync(`${target}/local.sql${tail}`)) copyFileSync(`${target}/local.sql${tail}`, real + tail)
  const db = new Sqlite(real)
  try {
    if (db.pragma('integrity_check', { simple: true }) !== 'ok') return 'the database is damaged'
    for (const n of numbers) {
      const counts = ['post', 'challenge', 'poet_registration', 'nipost', 'poet_certificates'].map((table) =>
        Number(
          db
            .prepare(`SELECT count(*) FROM ${table} WHERE ${table === 'poet_certificates' ? 'node_id' : 'id'} = ?`)
            .pluck()
            .get(Buffer.from(aKey(n).id, 'hex')),
        ),
      )
      if (counts.some((count) => count !== 1)) return `rows of key ${n}: ${counts.join(', ')} instead of one each`
    }
    return undefined
  } finally {
    db.close()
    for (const tail of ['', '-wal', '-shm']) rmSync(real + tail, { force: true })
  }
}
