import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyLocalDatabase, readLocalDatabase } from '../../../electron/identities/index.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { fakeService } from '../practice-node/fake-service.ts'
import {
  baseConfig,
  makePlace,
  recordings,
  startNode,
  withValues,
  writeConfig,
  type Place,
  type Running,
} from '../practice-node/run-node.ts'

const writer = path.join(import.meta.dirname, 'peers/database-writer.ts')

let base = ''
let temporary = ''
const children: ChildProcess[] = []
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'live-database-'))
  temporary = path.join(base, 'temporary')
})
/** Resolves when the process is gone. */
const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('close', () => resolve())
    child.kill('SIGKILL')
  })
afterEach(async () => {
  await Promise.all(children.splice(0).map(killed))
  rmSync(base, { recursive: true, force: true })
})

async function startWriter(folder: string, mode: 'normal' | 'exclusive' = 'normal'): Promise<ChildProcess> {
  const child = spawn(process.execPath, [writer, folder, mode], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  return child
}
function folderOf(recording: string): string {
  const folder = path.join(base, 'node')
  cpSync(path.join(recordings, 'data-folders', recording), folder, { recursive: true })
  return folder
}
const rowsOf = (folder: string): readonly LocalRows[] | string => {
  const database = readLocalDatabase(folder, { temporary })
  return database.is === 'read' ? database.rows : `${database.is}: ${'text' in database ? database.text : ''}`
}
/** The two numbers that the writer always writes together. */
function numbersOf(folder: string): readonly [number | undefined, string | undefined] {
  const rows = rowsOf(folder)
  if (typeof rows === 'string') throw new Error(rows)
  const own = rows.find(({ identity }) => identity === 'ab'.repeat(32))
  return [own?.challenge?.publishEpoch, own?.registrations[0]?.roundId]
}

describe('a database that is written to without a pause', () => {
  it('is always read and copied as one moment of it', async () => {
    const folder = folderOf('1.8.3-remote-after-sigterm')
    await startWriter(folder)
    const seen = new Set<number | undefined>()
    for (let n = 0; n < 8; n += 1) {
      const [challenge, registration] = numbersOf(folder)
      expect(registration).toBe(String(challenge))
      seen.add(challenge)
    }
    expect(seen.size, 'the writer went on meanwhile').toBeGreaterThan(4)
    for (let n = 0; n < 4; n += 1) {
      const place = path.join(base, `copy-${n}`)
      mkdirSync(place)
      expect(copyLocalDatabase(folder, path.join(place, 'local.sql'), { temporary })).toMatchObject({ ok: true, value: { schema: 9 } })
      const [challenge, registration] = numbersOf(place)
      expect(registration).toBe(String(challenge))
      expect(readdirSync(place)).toEqual(['local.sql'])
    }
  }, 60_000)

  it('is read to its last commit after the writer was killed, as often as that happens', async () => {
    const folder = folderOf('1.8.3-remote-after-sigterm')
    let last = 0
    for (let n = 0; n < 5; n += 1) {
      const child = await startWriter(folder)
      await new Promise((resolve) => setTimeout(resolve, 60 + n * 37))
      await killed(child)
      const [challenge, registration] = numbersOf(folder)
      expect(registration).toBe(String(challenge))
      last = Math.max(last, challenge ?? 0)
    }
    expect(last).toBeGreaterThan(1)
  }, 60_000)

  it('is locked, and told so, when its writer shares it with nobody', async () => {
    const folder = folderOf('1.8.3-remote-after-sigterm')
    await startWriter(folder, 'exclusive')
    // On a busy machine the writer may pause for longer than we look: then its files are read as they lie, which is right too.
    const target = path.join(base, 'copy.sql')
    const deadline = Date.now() + 40_000
    let database = readLocalDatabase(folder, { temporary })
    while (database.is === 'read' && Date.now() < deadline) database = readLocalDatabase(folder, { temporary })
    expect(database.is).toBe('locked')
    expect('text' in database && database.text).toContain('Stop that program')
    let copied = copyLocalDatabase(folder, target, { temporary })
    while (copied.ok && Date.now() < deadline) {
      rmSync(target)
      copied = copyLocalDatabase(folder, target, { temporary })
    }
    expect(copied).toMatchObject({ ok: false, fault: { code: 'database/locked' } })
    expect(existsSync(target)).toBe(false)
  }, 60_000)
})

/** Epochs of six seconds, the first half of each before the round's start. */
const FAST = { 'main.layer-duration': '600ms', 'poet.phase-shift': '3s', 'poet.cycle-gap': '2s', 'poet.grace-period': '1s' }

describe('a node that runs', () => {
  const places: Place[] = []
  const nodes: Running[] = []
  afterEach(async () => {
    for (const node of nodes) node.kill('SIGKILL')
    await Promise.all(nodes.splice(0).map((node) => node.ended))
    for (const place of places.splice(0)) place.remove()
  })

  it('goes on with its registration on a folder that was restored from the copy', async () => {
    const genesisMs = Math.ceil(Date.now() / 1000) * 1000 + 3_000
    let poets: unknown
    const begin = async (fill: (place: Place) => void, hasKeys: boolean): Promise<{ place: Place; node: Running; post: string }> => {
      const place = makePlace(hasKeys)
      places.push(place)
      fill(place)
      const fresh = withValues(await baseConfig(place, genesisMs), FAST)
      poets ??= Reflect.get(Object(fresh['main']), 'poet-servers')
      const config = withValues(fresh, { 'main.poet-servers': poets })
      const node = startNode(['--config', writeConfig(place, config)])
      nodes.push(node)
      await node.until('"app started"')
      return { place, node, post: String(Reflect.get(Object(config['api']), 'grpc-post-listener')) }
    }
    const first = await begin(({ identities }) => {
      for (const name of ['home-a.key', 'home-b.key', 'spare.key']) rmSync(path.join(identities, name))
    }, true)
    const id = readFileSync(path.join(first.place.identities, 'attic.key'), 'latin1').slice(64)
    const service = fakeService(first.post, id, () => 'valid')
    await first.node.until('challenge submitted to poet proving service', 30_000)

    const before = rowsOf(first.place.data)
    const copy = path.join(base, 'local.sql')
    const copied = copyLocalDatabase(first.place.data, copy, { temporary })
    expect(copied).toMatchObject({ ok: true, value: { schema: 9, rows: { challenge: 1, poet_registration: 1, post: 1 } } })
    first.node.kill('SIGKILL')
    await first.node.ended
    service.close()
    expect(rowsOf(first.place.data)).toEqual(before)

    const second = await begin((place) => {
      cpSync(path.join(first.place.identities, 'attic.key'), path.join(place.identities, 'attic.key'))
      cpSync(path.join(first.place.data, 'genesis.json'), path.join(place.data, 'genesis.json'))
      cpSync(copy, path.join(place.data, 'local.sql'))
      expect(rowsOf(place.data)).toEqual(before)
    }, false)
    const again = fakeService(second.post, id, () => 'valid')
    await second.node.until('"atx published"', 40_000)
    again.close()
    const untilPublished = second.node.stdout().split('"atx published"')[0] ?? ''
    expect(untilPublished).toContain('"atx challenge is ready"')
    expect(untilPublished).not.toContain('building new NiPOST challenge')
    expect(untilPublished).not.toContain('challenge submitted to poet proving service')
    expect(untilPublished).not.toContain('creating initial post')
    expect(untilPublished).not.toContain('conflicting registration')
  }, 90_000)
})
