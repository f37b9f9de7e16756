import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface StoryHome {
  readonly ids: readonly string[]
  readonly names: readonly string[]
  readonly posFolders: readonly string[]
  readonly script: string
}

/** A practice set-up that lies ready in `home`; the app begins with it. */
export function prepareHome(ask: {
  home: string
  identities: number
  epochSeconds: number
  secondDisk?: string
  pace?: Record<string, number>
}): StoryHome {
  const out = execFileSync(
    process.execPath,
    ['scripts/electron-runtime.mjs', '--as-node', 'test/e2e/live/prepare.ts', JSON.stringify(ask)],
    { encoding: 'utf8' },
  )
  return JSON.parse(out) as StoryHome
}

/** The script of the ugly things, replaced whole. */
export function writeScript(file: string, script: object): void {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(script))
  renameSync(`${file}.new`, file)
}

/** Pids of the children as the process table has them, by name. */
export function pidsOf(home: string): Map<string, number> {
  const table = JSON.parse(readFileSync(path.join(home, 'practice/state/processes.json'), 'utf8')) as object
  const found = new Map<string, number>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const [name, pid]: unknown[] = [Reflect.get(value, 'name'), Reflect.get(value, 'pid')]
    if (typeof name === 'string' && typeof pid === 'number') found.set(name, pid)
    for (const inner of Object.values(value)) visit(inner)
  }
  visit(table)
  return found
}

export interface Disk {
  readonly folder: string
  unmount(): void
  remove(): void
}

/** Mounts by `mount`; undefined where that is not possible. Root only. */
function mounted(folder: string, mount: () => void, clear: () => void): Disk | undefined {
  const clearAll = (): void => {
    rmSync(folder, { recursive: true, force: true })
    clear()
  }
  if (process.getuid?.() !== 0) return undefined
  try {
    mkdirSync(folder, { recursive: true })
    mount()
  } catch {
    clearAll()
    return undefined
  }
  const unmount = (): void => {
    try {
      execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
    } catch {
      return // not mounted any more
    }
  }
  return {
    folder,
    unmount,
    remove: () => {
      unmount()
      clearAll()
    },
  }
}

/** A disk of its own: a file system in memory (a loop device would share its file's disk). */
export const makeDisk = (folder: string, size = '16M'): Disk | undefined =>
  mounted(
    folder,
    () => execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' }),
    () => undefined,
  )

/** A disk of its own that survives a restart: a file with ext4 on a loop device. */
export const makeExt4 = (folder: string, image: string, label = 'KEYS-1'): Disk | undefined =>
  mounted(
    folder,
    () => {
      execFileSync('truncate', ['-s', '64M', image])
      execFileSync('mkfs.ext4', ['-q', '-L', label, image], { stdio: 'pipe' })
      attachExt4(folder, image)
    },
    () => rmSync(image, { force: true }),
  )

/** Mounts a disk of `makeExt4`, also again after its `unmount`. */
export const attachExt4 = (folder: string, image: string): void =>
  void execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'pipe' })

/** The machine of the keys' story; see prepare-machine.ts. */
export interface StoryMachine {
  /** SMESHKEEPER_HOME and HOME of its user. */
  readonly home: string
  readonly user: string
  readonly nodeFolder: string
  readonly oldNode: string
  readonly smapp: string
  readonly setupFile: string
  readonly script: string
  readonly amber: { readonly id: string; readonly key: string }
  readonly birch: { readonly id: string; readonly key: string }
  readonly cedar: { readonly id: string; readonly key: string }
}

export function prepareMachine(ask: { readonly base: string; readonly epochSeconds: number }): StoryMachine {
  const script = 'test/e2e/live/prepare-machine.ts'
  const out = execFileSync(process.execPath, ['scripts/electron-runtime.mjs', '--as-node', script, JSON.stringify(ask)], {
    encoding: 'utf8',
  })
  return JSON.parse(out) as StoryMachine
}

/** The machine of the migration's story; see prepare-migrate.ts. */
export interface MigrateMachine {
  /** SMESHKEEPER_HOME and HOME of its user. */
  readonly home: string
  readonly user: string
  /** Data folders: the remote node, Smapp's, and the bare supervised one. */
  readonly main: string
  readonly smappNode: string
  readonly attic: string
  readonly setupFile: string
  readonly drives: string
  readonly ids: Readonly<Record<'amber' | 'birch' | 'cedar' | 'dahlia' | 'elder', string>>
  /** When every identity must prove, Unix ms. */
  readonly gapOpensAt: number
}

export function prepareMigrate(ask: { readonly base: string; readonly epochSeconds: number }): MigrateMachine {
  const script = 'test/e2e/live/prepare-migrate.ts'
  const out = execFileSync(process.execPath, ['scripts/electron-runtime.mjs', '--as-node', script, JSON.stringify(ask)], {
    encoding: 'utf8',
  })
  return JSON.parse(out) as MigrateMachine
}

/** The machine of the newcomer's story; see prepare-newcomer.ts. */
export interface NewcomerMachine {
  /** SMESHKEEPER_HOME and HOME of its user. */
  readonly home: string
  readonly user: string
  readonly script: string
  /** The second PoET round, and the gap of epoch 2 with both of its ends; Unix ms. */
  readonly roundBeginsAt: number
  readonly gapOpensAt: number
  readonly gapClosesAt: number
  readonly publishEndsAt: number
}

export function prepareNewcomer(ask: {
  readonly base: string
  readonly epochSeconds: number
  /** From now to the time at which the network is said to have been made; negative: it runs already. */
  readonly leadMs: number
  readonly pace: Readonly<Record<string, number>>
}): NewcomerMachine {
  const script = 'test/e2e/live/prepare-newcomer.ts'
  const out = execFileSync(process.execPath, ['scripts/electron-runtime.mjs', '--as-node', script, JSON.stringify(ask)], {
    encoding: 'utf8',
  })
  return JSON.parse(out) as NewcomerMachine
}
