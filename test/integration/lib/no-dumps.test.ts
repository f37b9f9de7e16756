import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PEER = fileURLToPath(new URL('./peers/crash.ts', import.meta.url))

let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'no-dumps-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs it where the system may write as large a core file as it likes. */
const crashed = (command: string): string =>
  spawnSync('sh', ['-c', `ulimit -c unlimited; ${command}`, 'sh', process.execPath, PEER], {
    cwd: folder,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    encoding: 'utf8',
  }).stdout

const writesCores = (): boolean => {
  try {
    return !/[/|]/.test(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'))
  } catch {
    return false
  }
}

describe.skipIf(process.platform !== 'linux')('a process that reads keys', () => {
  it('leaves no image of its memory when it crashes, where another one does', (context) => {
    expect(crashed('"$1" "$2"')).toBe('true\n')
    expect(readdirSync(folder)).toEqual([])
    if (!writesCores()) context.skip('this system gives cores to another program, so there is nothing to compare with')
    crashed('kill -SEGV $$')
    expect(readdirSync(folder)).not.toEqual([])
  })
})
