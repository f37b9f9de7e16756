import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseArguments } from '../../../electron/practice/post-service/arguments.ts'
import { scaledPowDifficulty, type ServiceContext } from '../../../electron/practice/post-service/context.ts'
import { readPace, Script } from '../../../electron/practice/post-service/pace.ts'
import { passChanceOf } from '../../../electron/practice/post-service/prover.ts'
import { lookAtPid } from '../../../electron/practice/post-service/watch-pid.ts'

function aContext(more: readonly string[] = [], pace = '{}'): ServiceContext {
  const parsed = parseArguments(['--dir', 'd', '--address', 'http://h:1', '--threads', '1', ...more], '0.8.5')
  if ('exit' in parsed) throw new Error(parsed.exit.stderr)
  const metadata = {
    nodeId: new Uint8Array(32),
    commitmentAtxId: new Uint8Array(32),
    labelsPerUnit: 1024,
    numUnits: 4,
    maxFileSize: 4096,
    nonce: 1,
    lastPosition: undefined,
  }
  const never = (): never => {
    throw new Error('not part of this test')
  }
  return {
    version: '0.8.5',
    args: parsed.run,
    metadata,
    pace: readPace(pace),
    script: new Script(undefined, ''),
    randomFor: never,
    log: never,
    sleep: never,
    monotonic: never,
    die: never,
  }
}

describe('the chance of a pass', () => {
  it('is the real one without another wish', () => {
    expect(passChanceOf(aContext(['--nonces', '64']), 1)).toBeCloseTo(0.794, 3)
  })
  it('is the chosen one over complete data', () => {
    expect(passChanceOf(aContext([], '{"passSuccess":0.25}'), 1)).toBe(0.25)
  })
  it('stays next to nothing where half of the data are missing, whatever was chosen', () => {
    expect(passChanceOf(aContext([], '{"passSuccess":1}'), 0.5)).toBeLessThan(1e-3)
  })
  it('stays zero where k1 and k2 allow no proof', () => {
    expect(passChanceOf(aContext(['--k1', '4', '--k2', '60'], '{"passSuccess":1}'), 1)).toBeLessThan(1e-9)
  })
})

it('scales the difficulty of the proof of work with the units', () => {
  expect(scaledPowDifficulty(aContext(['--pow-difficulty', 'f'.repeat(64)]))).toBe(`3${'f'.repeat(63)}`)
})

it('reads a pace loosely: what is no number stays as usual', () => {
  expect(readPace('{"powMs":5,"verifyMs":"soon"')).toMatchObject({ powMs: 4000, verifyMs: 700 })
  expect(readPace('{"powMs":5,"verifyMs":"soon","passSuccess":-1}')).toMatchObject({ powMs: 5, verifyMs: 700, passSuccess: undefined })
})

describe('the script', () => {
  let folder = ''
  let file = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'smeshkeeper-script-'))
    file = path.join(folder, 'script.json')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('counts over restarts and per service', () => {
    writeFileSync(file, '{"services":{"*":{"failNextProofs":2}}}')
    expect(new Script(file, 'aa').take('failNextProofs')).toBe(true)
    expect(new Script(file, 'aa').take('failNextProofs')).toBe(true)
    expect(new Script(file, 'aa').take('failNextProofs')).toBe(false)
    expect(new Script(file, 'bb').take('failNextProofs')).toBe(true)
  })

  it('counts anew when the entry changes, and an own entry wins over the common one', () => {
    writeFileSync(file, '{"services":{"aa":{"invalidProofs":1},"*":{"invalidProofs":0}}}')
    const script = new Script(file, 'aa')
    expect([script.take('invalidProofs'), script.take('invalidProofs')]).toEqual([true, false])
    writeFileSync(file, '{"services":{"aa":{"invalidProofs":1,"secondPass":true}}}')
    expect(script.take('invalidProofs')).toBe(true)
    expect(script.mishaps().secondPass).toBe(true)
  })

  it('wants nothing when there is no file', () => {
    expect(new Script(file, 'aa').mishaps()).toEqual({})
  })
})

describe('a watched process', () => {
  it('lives, then is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: { ELECTRON_RUN_AS_NODE: '1' }, stdio: 'ignore' })
    const { pid } = child
    if (pid === undefined) throw new Error('no child')
    expect(lookAtPid(pid)).toBeUndefined()
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
    expect(lookAtPid(pid)).toBe('not found')
  })
})
