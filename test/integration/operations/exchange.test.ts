import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { systemFiles } from '../../../electron/lib/files.ts'
import { sealTo } from '../../../electron/operations/exchange/seal.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { makeNodeFolder } from '../../builders/node-folder.ts'
import { secretsIn } from '../../secrets/search.ts'
import { aKey } from '../../unit/identities/keys.ts'
import {
  copiesOf,
  emptyRecords,
  engineFor,
  goOn,
  makeMachine,
  PASSPHRASE,
  places,
  planExportOn,
  planImportOn,
  rowsIn,
  type ExchangeMachine,
} from './exchange-machine.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'exchange-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const { id, hex } = aKey(1)
const other = aKey(2)

function machineAt(name: string, keys: Readonly<Record<string, number>>, schema = 9): ExchangeMachine {
  const machine = { root: path.join(folder, name) }
  makeMachine(machine)
  // 2^63 − 1 is no JSON number.
  const sql = Object.values(keys).includes(1)
    ? `UPDATE challenge SET post_pow = 9223372036854775807, post_indices = x'00ff' WHERE id = x'${id}'; UPDATE nipost SET vrf_nonce = -9223372036854775808 WHERE id = x'${id}'`
    : undefined
  makeNodeFolder(places(machine).node, { keys, schema, rowsIn: 'both', ...(sql === undefined ? {} : { sql }) })
  writeFileSync(places(machine).records, emptyRecords())
  return machine
}

describe('an identity that goes to another machine', () => {
  it.each([7, 8, 9])('arrives with every row as it was, version %i', { timeout: 60_000 }, async (schema) => {
    const attic = machineAt('attic', { 'north.key': 1, 'south.key': 3 }, schema)
    const cellar = machineAt('cellar', { 'other.key': 2 }, schema)
    const before = rowsIn(places(attic).node, id)
    const neighbour = rowsIn(places(cellar).node, other.id)
    const out = await planExportOn(attic, id, { 'north.key': id, 'south.key': aKey(3).id })
    expect(await goOn(attic, out)).toBe('done')
    const file = path.join(places(attic).out, 'it.age')
    const into = await planImportOn(cellar, file, { 'other.key': other.id })
    expect(into.plan.refusals).toEqual([])
    expect(await goOn(cellar, into)).toBe('done')
    expect(rowsIn(places(cellar).node, id)).toEqual(before)
    expect(Object.values(before).filter((rows) => rows !== '').length).toBe(schema < 8 ? 4 : 5)
    expect(JSON.stringify(before)).toContain('9223372036854775807')
    expect(rowsIn(places(cellar).node, other.id)).toEqual(neighbour)
    expect(copiesOf(places(attic).node, hex)).toEqual([])
    expect(copiesOf(cellar.root, hex)).toEqual([path.join(places(cellar).quarantine, 'held', `${id}.key`)])
    expect(secretsIn(folder, { keys: [hex], passphrases: [PASSPHRASE] })).toEqual([])
  })

  it.skipIf(spawnSync('age', ['--version']).error !== undefined)('is opened by age alone', async () => {
    const identity = await generateX25519Identity()
    const file = path.join(folder, 'plain.age')
    await sealTo(systemFiles, file, '{"key":"of a test"}', { recipients: [await identityToRecipient(identity)], opener: 'recipients' })
    writeFileSync(path.join(folder, 'age.txt'), identity)
    const opened = spawnSync('age', ['-d', '-i', path.join(folder, 'age.txt'), file], { encoding: 'utf8' })
    expect(opened.stdout).toBe('{"key":"of a test"}')
  })
})

/** @returns whether it came to its end before it was killed */
async function killedAfter(machine: ExchangeMachine, draft: Draft, afterMs: number): Promise<boolean> {
  const words = [path.resolve('test/integration/operations/exchange-child.ts'), JSON.stringify({ ...machine, draft })]
  const child = spawn(process.execPath, words, { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  const begun = path.join(places(machine).operations, draft.plan.id, 'journal.jsonl')
  const wait = setInterval(() => {
    if (!existsSync(begun)) return
    clearInterval(wait)
    setTimeout(() => child.kill('SIGKILL'), afterMs)
  }, 1)
  await new Promise((resolve) => child.once('close', resolve))
  clearInterval(wait)
  return out.trim() === 'done'
}

describe('an export that is killed', () => {
  it('loses no key, and is finished or rolled back by the next process', { timeout: 120_000 }, async () => {
    const model = machineAt('model', { 'north.key': 1, 'south.key': 3 })
    const ends: string[] = []
    for (let n = 0; n < 8; n += 1) {
      const machine = { root: path.join(folder, `try-${n}`) }
      cpSync(model.root, machine.root, { recursive: true })
      const draft = await planExportOn(machine, id, { 'north.key': id, 'south.key': aKey(3).id })
      const isDone = await killedAfter(machine, draft, n * 12)
      const isVisible = existsSync(path.join(places(machine).out, 'it.age'))
      const armed = copiesOf(places(machine).node, hex)
      expect(armed.length + copiesOf(places(machine).quarantine.replace(/quarantine$/, ''), hex).length).toBeGreaterThan(0)
      expect(isVisible && armed.some((file) => file.endsWith('.key'))).toBe(false)
      const engine = engineFor(machine)
      const back = !isDone && n % 2 === 0 ? await engine.rollBack(draft.plan.id) : await engine.finish(draft.plan.id, PASSPHRASE)
      if (!back.ok && back.fault.code === 'operation/unknown') {
        // Killed within the first line of its journal: nothing was begun.
        expect(armed.length).toBe(1)
        ends.push('killed before it began')
        continue
      }
      expect(back.ok ? '' : back.fault.detail).toBe('')
      ends.push(`${isDone ? 'done' : 'killed'} → ${back.ok ? back.value.state : ''}`)
      const isArmed = copiesOf(places(machine).node, hex).length === 1
      expect(isArmed).toBe(back.ok && back.value.state === 'rolled-back')
    }
    console.log(ends.join(', '))
    expect(ends.some((end) => end.startsWith('killed'))).toBe(true)
  })
})
