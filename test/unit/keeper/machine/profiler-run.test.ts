import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProfiler } from '../../../../electron/keeper/machine/profiler-run.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { aSetup } from '../builders.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-profiler-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Half of the rounds, then the figures. */
const SCRIPT = `const is = process.argv[1]
if (is === 'pow') console.error('[31]: 1.0s (scaled: 1.0s)')
console.log(JSON.stringify(is === 'pow' ? { average_time: { secs: 1, nanos: 0 }, iterations: 64 } : { time_s: 1, speed_gib_s: 1 }))`

it('tells how far it is and when it ends, from its first moment to its last', async () => {
  const clock = new FakeClock()
  const seen: { readonly percent: number; readonly endsAt: number }[] = []
  const run = runProfiler({
    launcher: { file: process.execPath, prefixArgs: ['-e', SCRIPT, '--'], env: { ELECTRON_RUN_AS_NODE: '1' } },
    log: silentLogger,
    setup: aSetup({ services: [] }),
    threads: 2,
    folders: [path.join(folder, 'no-such-folder')],
    clock,
    onProgress: () => seen.push(run.progress()),
  })
  const first = run.progress()
  expect(first).toEqual({ percent: 0, endsAt: clock.now() + 85_000 })
  const { figures, problem } = await run.done
  expect(figures).toEqual({ labelSpeeds: [], lightHashesPerSecond: 36, fastHashesPerSecond: 36 })
  expect(problem).toContain('no room')
  expect(seen.map(({ percent }) => Math.round(percent))).toEqual([32, 65, 82, 100])
  expect(seen.at(-1)?.endsAt).toBe(clock.now())
})
