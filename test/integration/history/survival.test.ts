import { spawn, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHistory } from '../../../electron/history/index.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger, type Logger } from '../../../electron/lib/logger.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Observation } from '../../../shared/domain/observation.ts'

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-survival-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the writer, kills it after it has committed at least `commits` times. @returns rows it reported as committed */
function writeAndKill(file: string, first: number, commits: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, file, String(first)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    })
    let text = ''
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()))
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.split('\n').length > commits) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => {
      const told = text.slice(0, text.lastIndexOf('\n')).split('\n')
      const last = Number(told.at(-1))
      if (text === '') reject(new Error(`the writer said nothing: ${errors}`))
      else resolve(last)
    })
  })
}

describe('history', () => {
  it('survives 20 kills in the middle of writing: it opens, is sound, and every committed row is there', async () => {
    const file = path.join(folder, 'history.sqlite')
    let committed = 0
    for (let round = 0; round < 20; round += 1) {
      committed = await writeAndKill(file, committed, 1 + (round % 5) * 3)
      const opened = openHistory(file, { clock: new FakeClock(), log: silentLogger })
      if (!opened.ok) throw new Error(opened.fault.detail)
      expect(opened.value.preservedAs).toBeUndefined()
      opened.value.close()
      const db = new Sqlite(file, { readonly: true })
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      const { n } = db.prepare('SELECT count(*) AS n FROM node_events WHERE at < ?').get(committed) as { n: number }
      expect(n).toBe(committed)
      db.close()
    }
    expect(committed).toBeGreaterThan(20 * 37)
  })

  const isRoot = process.platform === 'linux' && process.getuid?.() === 0
  if (!isRoot) console.log('skipped: a full disk needs root to mount a small file system')
  it.runIf(isRoot)('goes on when its disk is full, says it once, and writes the rows when there is space', () => {
    const mount = path.join(folder, 'small')
    mkdirSync(mount)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount])
    try {
      const clock = new FakeClock()
      const errors: string[] = []
      const log: Logger = { ...silentLogger, error: (name) => void errors.push(name) }
      const opened = openHistory(path.join(mount, 'history.sqlite'), { clock, log })
      if (!opened.ok) throw new Error(opened.fault.detail)
      const history = opened.value
      const ballast = path.join(mount, 'ballast')
      expect(() => writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))).toThrow(/ENOSPC/)
      expect(statSync(ballast).size).toBeGreaterThan(0)
      const event = (i: number): Observation => ({
        kind: 'node-event',
        at: i,
        event: {
          event: 'post-start',
          emittedAt: i,
          failure: false,
          help: 'x'.repeat(200),
          identity: 'ab'.repeat(32) as IdentityId,
          challenge: '',
        },
      })
      for (let i = 0; i < 600; i += 1) history.recordObservation(event(i))
      clock.advance(60_000)
      expect(history.trouble).toMatchObject({ code: 'history/not-written', context: { code: 'SQLITE_FULL' } })
      expect(errors).toEqual(['history.not-written'])
      history.markSent({ key: 'k', at: 1, way: 'desktop', outcome: 'sent', title: 'T', body: 'B' })
      expect(history.wasSent('k')).toBe(true)
      rmSync(ballast)
      clock.advance(60_000)
      expect(history.trouble).toBeUndefined()
      expect(history.entries({ limit: 1000 })).toHaveLength(601)
      expect(history.wasSent('k')).toBe(true)
      history.close()
    } finally {
      execFileSync('umount', ['-l', mount])
    }
  })
})
