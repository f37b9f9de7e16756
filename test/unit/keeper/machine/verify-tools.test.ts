import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { verifyTools } from '../../../../electron/keeper/machine/verify-tools.ts'
import { systemClock } from '../../../../electron/lib/clock.ts'
import { homeAt } from '../../../../electron/lib/home.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'

const root = scratchFolder('verify-tools')
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('ends what a crash left running, and nobody who has that number now', async () => {
  const home = homeAt(root)
  mkdirSync(home.state, { recursive: true })
  const left = spawn('sleep', ['61'])
  const other = spawn('sleep', ['62'])
  const book = path.join(home.state, 'verify-tools.json')
  writeFileSync(book, JSON.stringify([left, other].map(({ pid }) => ({ pid, args: ['61'] }))))
  const ended = once(left, 'exit')
  await verifyTools({ home, clock: systemClock, log: silentLogger, mode: 'real' }).endLeft()
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(other.exitCode).toBeNull()
  expect(existsSync(book)).toBe(false)
  other.kill('SIGKILL')
})
