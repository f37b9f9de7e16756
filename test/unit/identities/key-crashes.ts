import path from 'node:path'
import { createKeyStore, parseKeyBytes, type KeyReading, type KeyStore } from '../../../electron/identities/index.ts'
import type { Files } from '../../../electron/lib/files.ts'
import type { Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import type { CrashScenario } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles, type CrashFiles, type CrashFilesOptions } from '../../fakes/crash-files.ts'
import { aKey, silentLog } from './keys.ts'

const KEY = aKey(1)
const OTHER = aKey(2)
const QUARANTINE = '/home/me/quarantine'
const because: Hold = { code: 'by-user', reason: 'You asked for it.', since: 0 }

export type Step = (store: KeyStore) => Result<unknown>

export interface KeyStory {
  readonly name: string
  readonly options?: CrashFilesOptions
  /** Files before: path to content. */
  readonly before: Readonly<Record<string, string>>
  /** Permissions of these files. */
  readonly mode?: number
  readonly steps: readonly Step[]
}

export const steps = {
  disarm: (store) => store.quarantine('/node/identities/a.key', { why: 'it would run twice' }),
  restore: (store) => store.hold(Buffer.from(KEY.hex), { identity: KEY.id, hold: because, name: 'a' }),
  takeOut: (store) => store.holdFile('/node/identities/a.key', { identity: KEY.id, hold: because }),
  explain: (store) => store.setHold(KEY.id, { ...because, code: 'active-elsewhere' }),
  place: (store) => store.place({ identity: KEY.id, dataFolder: '/node', name: 'a' }),
  placeElsewhere: (store) => store.place({ identity: KEY.id, dataFolder: '/fresh', name: 'a' }),
  setAside: (store) => store.setAsideLocalKey('/node', () => true),
} satisfies Record<string, Step>

const inBackup = { '/backup/one': KEY.hex, '/fresh/genesis.json': '{}' }
const inNode = { '/node/identities/a.key': KEY.hex, '/fresh/genesis.json': '{}' }

export const stories: readonly KeyStory[] = [
  { name: 'disarm on the same disk', before: inNode, steps: [steps.disarm] },
  { name: 'disarm to another disk', options: { devices: { '/home': 2 } }, before: inNode, steps: [steps.disarm] },
  { name: 'disarm without links', options: { hasLinks: false }, before: inNode, steps: [steps.disarm] },
  { name: 'disarm a key that others may read', mode: 0o644, before: inNode, steps: [steps.disarm] },
  { name: 'hold a key of a backup', before: inBackup, steps: [steps.restore, steps.restore, steps.explain] },
  { name: 'hold without links', options: { hasLinks: false }, before: inBackup, steps: [steps.restore] },
  { name: 'take a key out of a node', before: inNode, steps: [steps.takeOut] },
  { name: 'move a key to another node', before: inNode, steps: [steps.takeOut, steps.explain, steps.placeElsewhere] },
  { name: 'move it without links', options: { hasLinks: false }, before: inNode, steps: [steps.takeOut, steps.placeElsewhere] },
  {
    name: 'move it over three disks',
    options: { devices: { '/node': 2, '/fresh': 3 } },
    before: inNode,
    steps: [steps.takeOut, steps.placeElsewhere],
  },
  {
    name: 'place beside a key of the same name',
    before: { ...inBackup, '/node/identities/a.key': OTHER.hex },
    steps: [steps.restore, steps.place],
  },
  {
    name: 'place after the local.key is set aside',
    before: { ...inBackup, '/node/identities/local.key': OTHER.hex },
    steps: [steps.restore, steps.setAside, steps.place],
  },
]

const storeOn = (files: Files): KeyStore =>
  createKeyStore({ files, folder: QUARANTINE, now: () => Date.UTC(2026, 10, 28), log: silentLog() })

function diskOf({ before, options, mode }: KeyStory): CrashFiles {
  const files = createCrashFiles(options)
  files.putFolder('/home/me')
  files.putFolder('/node/identities')
  for (const [file, content] of Object.entries(before)) files.put(file, content, mode ?? 0o600)
  return files
}

const listing = (disk: CrashFiles): string =>
  disk
    .all()
    // A key that could not be read is moved all the same.
    .map((file) => file.path.replace('-unknown-', `-${KEY.id.slice(0, 8)}-`))
    .join(' ')

/** What the disk looks like before, and after each step. */
function outcomesOf(story: KeyStory): string[] {
  const files = diskOf(story)
  const store = storeOn(files)
  return [
    listing(files),
    ...story.steps.map((step) => {
      const done = step(store)
      if (!done.ok) throw new Error(`${story.name}: ${done.fault.detail}`)
      return listing(files)
    }),
  ]
}

/** The promises of the key store, as a crash scenario. */
export function scenarioOf(story: KeyStory, sabotage?: (files: Files) => Files): CrashScenario {
  const outcomes = outcomesOf(story)
  const last = outcomes.at(-1)
  const ids = [KEY, OTHER].filter(({ hex }) => Object.values(story.before).includes(hex)).map(({ id }) => id)
  return {
    prepare: () => diskOf(story),
    run: (files) => {
      const store = storeOn(files)
      story.steps.every((step) => step(store).ok)
    },
    recover: (files) => void storeOn(files).recover(['/node', '/fresh']),
    check(disk, at) {
      const broken = brokenPromise(disk, ids)
      if (broken !== undefined) return broken
      const now = listing(disk)
      if ((at === 'finished' || at === 'settled') && now !== last) return `done, but the disk has ${now}`
      if (at === 'recovered' && !outcomes.includes(now)) return `neither done nor as before: ${now}`
      if (at === 'recovered' && disk.all().some((file) => file.bytes.includes('"doing"')))
        return 'recovered, but a begun move is still noted'
      return undefined
    },
    ...(sabotage === undefined ? {} : { sabotage }),
  }
}

const isLoaded = (file: string): boolean => path.posix.basename(path.posix.dirname(file)) === 'identities' && file.endsWith('.key')

const readings = new Map<string, KeyReading>()
/** Thousands of disks hold the same few contents. */
function readingOf(bytes: Buffer): KeyReading {
  const text = bytes.toString('latin1')
  const reading = readings.get(text) ?? parseKeyBytes(bytes)
  readings.set(text, reading)
  return reading
}

function brokenPromise(disk: CrashFiles, ids: readonly IdentityId[]): string | undefined {
  const read = disk.all().map((file) => ({ file: file.path, reading: readingOf(file.bytes) }))
  for (const id of ids) {
    const copies = read.filter(({ reading }) => reading.form === 'good' && reading.identity === id)
    if (copies.length === 0) return `the key ${id.slice(0, 8)} is lost`
    const armed = copies.filter(({ file }) => isLoaded(file))
    if (armed.length > 1) return `the key ${id.slice(0, 8)} is armed twice: ${armed.map(({ file }) => file).join(', ')}`
  }
  const partial = read.find(({ file, reading }) => (isLoaded(file) || file.endsWith('.key')) && reading.form !== 'good')
  return partial && `${partial.file} is not whole`
}
