import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askServer, type ServerAnswer } from '../../../electron/hardware/clock/ask-server.ts'
import { systemClock } from '../../../electron/lib/clock.ts'

const CHRONYD = process.env['SMESHKEEPER_CHRONYD'] ?? '/usr/sbin/chronyd'
const isThere = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync(CHRONYD, ['--version']).status === 0

// Not installed by our scripts: as a package it would replace the time service of the machine.
describe.skipIf(!isThere)('a real NTP server on this machine (needs root and chronyd; SMESHKEEPER_CHRONYD names it)', () => {
  let folder = ''
  let server: ChildProcess
  let port = 0

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sk-chrony-'))
    const spare = createSocket('udp4')
    await new Promise<void>((resolve) => spare.bind(0, '127.0.0.1', resolve))
    port = spare.address().port
    await new Promise<void>((resolve) => spare.close(() => resolve()))
    const config = path.join(folder, 'chrony.conf')
    const lines = ['local stratum 8', `port ${port}`, 'bindaddress 127.0.0.1', 'allow 127.0.0.1', 'cmdport 0', 'bindcmdaddress /']
    writeFileSync(config, [...lines, `pidfile ${folder}/pid`, `driftfile ${folder}/drift`, ''].join('\n'))
    // -x: it never touches the clock of this machine.
    server = spawn(CHRONYD, ['-d', '-x', '-U', '-u', 'root', '-f', config], { stdio: 'ignore' })
  })
  afterAll(() => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('shares our clock, and we find no difference beyond what we say', async () => {
    let answer: ServerAnswer
    // It needs a moment to listen; until then the port is closed, and that is told at once.
    do answer = await askServer(`127.0.0.1:${port}`, systemClock, 500)
    while (answer.is === 'silent')
    expect(answer.is).toBe('answered')
    if (answer.is === 'answered') expect(Math.abs(answer.offsetMs)).toBeLessThanOrEqual(answer.uncertaintyMs)
  })
})
