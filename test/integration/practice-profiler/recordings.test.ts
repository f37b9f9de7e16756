import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonLines } from '../../unit/programs/recordings.ts'

const MAIN = path.resolve(import.meta.dirname, '../../../electron/practice/profiler/main.ts')
const scratch = mkdtempSync(path.join(os.tmpdir(), 'profiler-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

function run(args: readonly string[]): Promise<Ran> {
  const env = {
    ELECTRON_RUN_AS_NODE: '1',
    TMPDIR: scratch,
    SMESHKEEPER_PRACTICE_PACE: JSON.stringify({ verifyMs: 0 }),
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
      resolve({ exit: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

/** Figures differ from run to run; everything else must not. */
const shape = (text: string): string =>
  text
    .replace(/\nCommand exited.*/s, '')
    .replaceAll(/FLAG_[A-Z0-9_]+/g, 'FLAG')
    .replaceAll(/\d+(\.\d+)?(ms|s)\b/g, 'TIME')
    .replaceAll(/\d+\.\d+|(?<="(secs|nanos)": )\d+/g, '0')
    .trim()

describe.concurrent('the practice profiler does as recorded', { concurrent: true }, () => {
  const recorded = jsonLines('profiler/profiler.jsonl').filter((one) => one['version'] === '0.8.5')
  for (const { cmd, exit, stdout, stderr } of recorded) {
    it(`for ${String(cmd)}`, async () => {
      const args = String(cmd).replaceAll('$HOME', scratch).replaceAll('/nonexistent', path.join(scratch, 'not-there')).split(' ').slice(1)
      const got = await run(args)
      expect(got.exit).toBe(exit)
      expect(shape(got.stdout)).toBe(shape(String(stdout)))
      expect(shape(got.stderr)).toBe(shape(String(stderr)))
    })
  }
  it('and leaves the data file in its wanted size, with its folder made', async () => {
    const file = path.join(scratch, 'deep', 'file.bin')
    await run(['proving', '--data-size', '2', '--data-file', file])
    expect(existsSync(file) && statSync(file).size).toBe(2 * 1024 ** 3)
  })
})
