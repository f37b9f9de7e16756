import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { drill } from '../../../../electron/cli/keys/drill.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import { aBackupEntry, aBackupState, aDrill, HISTORY } from '../../../builders/backup.ts'
import { fakeCli, wordsOf, type FakeCli } from './fake-cli.ts'

const SECRET = 'correct horse battery staple'
const folder = mkdtempSync(path.join(os.tmpdir(), 'sk-drill-'))
const file = path.join(folder, 'b.age')
writeFileSync(file, 'x')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function ready(options: Parameters<typeof fakeCli>[0] = { typed: [SECRET] }): FakeCli {
  const fake = fakeCli(options)
  fake.answer('backup.state', ok(aBackupState({ entries: HISTORY })))
  fake.answer('backup.drill', ok(aDrill()))
  return fake
}

describe('drill', () => {
  it.each([
    ['passed', 0, 'Passed: '],
    ['failed', 1, 'FAILED: '],
    ['not-reached', 3, 'Not done: '],
  ] as const)('that has %s ends with %i', async (is, code, head) => {
    const fake = ready()
    fake.answer('backup.drill', ok(aDrill({ is, sentence: 'What was found' })))
    expect(await drill(fake.cli, wordsOf())).toBe(code)
    expect(fake.out).toEqual([`${head}What was found.`])
    expect([...fake.err, ...fake.shown].join()).not.toContain(SECRET)
  })

  it('takes the newest backup, one of the list by its name or place, or any file', async () => {
    const entries = [aBackupEntry({ id: 'b9', madeAt: 1, file }), ...HISTORY]
    for (const [argv, target] of [
      [[], { id: 'b1' }],
      [['b4'], { id: 'b4' }],
      [[file], { id: 'b9' }],
    ] as const) {
      const fake = ready()
      fake.answer('backup.state', ok(aBackupState({ entries })))
      expect(await drill(fake.cli, wordsOf(...argv, '--json'))).toBe(0)
      expect(fake.inputOf('backup.drill')).toEqual({ ...target, secret: { passphrase: SECRET, useRemembered: false, isTyped: true } })
      expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ ...target, is: 'passed' })
    }
    const other = ready()
    expect(await drill(other.cli, wordsOf(file))).toBe(0)
    expect(other.inputOf('backup.drill')).toMatchObject({ file })
  })

  it('says whether somebody typed the passphrase', async () => {
    writeFileSync(path.join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 })
    for (const [argv, secret] of [
      [['--passphrase-env', 'S'], { passphrase: SECRET, useRemembered: false, isTyped: false }],
      [['--passphrase-file', path.join(folder, 'secret')], { passphrase: SECRET, useRemembered: false, isTyped: false }],
      [['--identity-file', 'key.txt'], { identityFile: '/home/me/key.txt', useRemembered: false }],
      [['--remembered'], { useRemembered: true }],
    ] as const) {
      const fake = ready({ typed: [], env: { S: SECRET } })
      expect(await drill(fake.cli, wordsOf(...argv))).toBe(0)
      expect(fake.inputOf('backup.drill')).toEqual({ id: 'b1', secret })
      expect(fake.err).toEqual([])
    }
  })

  it('uses the remembered one only where nobody can be asked', async () => {
    const remembers = ok(aBackupState({ entries: HISTORY, settings: { ...aBackupState().settings, isRemembered: true } }))
    const blind = ready({})
    blind.answer('backup.state', remembers)
    expect(await drill(blind.cli, wordsOf())).toBe(0)
    expect(blind.inputOf('backup.drill')).toMatchObject({ secret: { useRemembered: true } })
    const seen = ready()
    seen.answer('backup.state', remembers)
    await drill(seen.cli, wordsOf())
    expect(seen.inputOf('backup.drill')).toMatchObject({ secret: { isTyped: true } })
    const neither = ready({})
    expect(await drill(neither.cli, wordsOf())).toBe(64)
  })

  it.each([
    ['two ways to open it', ['--remembered', '--identity-file', 'x'], 64],
    ['a file that is not there', ['none.age'], 3],
    ['two words', ['a', 'b'], 64],
  ] as const)('is not done with %s', async (_, argv, code) => {
    const fake = ready()
    expect(await drill(fake.cli, wordsOf(...argv))).toBe(code)
    expect(fake.inputOf('backup.drill')).toBeUndefined()
  })

  it('is not done without a backup, and says so where one is unplugged', async () => {
    const none = ready()
    none.answer('backup.state', ok(aBackupState({ entries: [] })))
    expect(await drill(none.cli, wordsOf())).toBe(3)
    expect(none.err[0]).toContain('there is no backup yet')
    const away = ready()
    away.answer('backup.drill', fail('backup/not-there', 'the stick KEYS-1 is not plugged in'))
    expect(await drill(away.cli, wordsOf())).toBe(3)
    expect(away.err[0]).toContain('KEYS-1 is not plugged in')
  })
})
