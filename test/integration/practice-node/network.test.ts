import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v2beta1 } from '../../../electron/node-api/index.ts'
import { preparePractice } from '../../../electron/practice/index.ts'
import { checkSetup } from '../../../shared/setup/parse.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { call } from './fake-service.ts'

const practice = path.resolve(import.meta.dirname, '../../../electron/practice')
const EPOCH_SECONDS = 20

describe('a prepared practice network', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'practice-net-'))
  const children: ChildProcess[] = []
  let setup: Setup
  let env: Readonly<Record<string, string>>
  let nodeLog = ''

  const start = (program: 'node' | 'post-service', args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [path.join(practice, program, 'main.ts'), ...args], {
      env: { ...process.env, ...env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(child)
    return child
  }

  beforeAll(async () => {
    const home = { root, state: path.join(root, 'state') }
    const prepared = await preparePractice({ home, identities: 2, epochSeconds: EPOCH_SECONDS, now: Date.now() })
    if (!prepared.ok) throw new Error(prepared.fault.detail)
    setup = prepared.value.setup
    env = prepared.value.env
  })

  afterAll(async () => {
    const ended = children.map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(ended)
    rmSync(root, { recursive: true, force: true })
  })

  it('is a valid set-up with private keys that only the owner can read', () => {
    expect(checkSetup(JSON.parse(JSON.stringify(setup))).ok).toBe(true)
    const folder = setup.node.mode === 'managed' ? path.join(setup.node.dataFolder, 'identities') : ''
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) {
      expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600)
      expect(readFileSync(path.join(folder, name), 'latin1')).toMatch(/^[0-9a-f]{128}$/)
    }
  })

  it('brings both identities to the ATX of a regular proof within two epochs', async () => {
    if (setup.node.mode !== 'managed' || setup.network.preset !== 'custom') throw new Error('not a practice set-up')
    const node = start('node', ['--config', setup.node.configFile])
    node.stdout?.on('data', (chunk: Buffer) => (nodeLog += chunk.toString()))
    const { post } = setup.network
    const units = ['--min-num-units', String(post.minNumUnits), '--max-num-units', String(post.maxNumUnits)]
    const scrypt = ['-n', String(post.scrypt.n), '-r', String(post.scrypt.r), '-p', String(post.scrypt.p)]
    const proof = ['--k1', String(post.k1), '--k2', String(post.k2), '--pow-difficulty', post.powDifficulty]
    for (const s of setup.services) {
      const own = ['--address', s.nodeAddress, '--dir', s.posFolder, '--operator-address', s.operator, '--nonces', String(s.nonces)]
      start('post-service', [...own, '--threads', '1', '--randomx-mode', 'light', ...units, ...scrypt, ...proof])
    }
    await expect.poll(() => nodeLog.match(/"atx published"/g)?.length ?? 0, { timeout: 50_000, interval: 200 }).toBe(2)
    const { activations } = await call(setup.node.listeners.public, v2beta1.ActivationService.method.list, { limit: 100n })
    const smeshers = activations.map((a) => Buffer.from(a.smesherId).toString('hex')).sort()
    expect(smeshers).toEqual(setup.identities.map((i) => i.id).sort())
    expect(activations.every((a) => a.publishEpoch === 1)).toBe(true)
  }, 60_000)
})
