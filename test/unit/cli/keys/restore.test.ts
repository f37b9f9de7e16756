import { describe, expect, it } from 'vitest'
import { restore } from '../../../../electron/cli/keys/restore.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import { aRestoreItem, aRestorePlan } from '../../../builders/backup.ts'
import { fakeCli, wordsOf, type FakeCli } from './fake-cli.ts'

const SECRET = 'correct horse battery staple'

function ready(typed: readonly (string | undefined)[] | undefined = [SECRET, 'y']): FakeCli {
  const fake = fakeCli({ typed, env: { S: SECRET } })
  fake.answer('backup.open', ok(aRestorePlan()))
  fake.answer('backup.restore', ok({ done: [{ id: 'keys/0', sentence: 'Fjord is back and held' }], refused: [] }))
  return fake
}
const blind = (): FakeCli => {
  const fake = fakeCli({ env: { S: SECRET } })
  fake.answer('backup.open', ok(aRestorePlan()))
  fake.answer('backup.restore', ok({ done: [{ id: 'keys/0', sentence: 'Fjord is back and held' }], refused: [] }))
  return fake
}
const BLIND = ['--passphrase-env', 'S']

describe('restore', () => {
  it('shows what would come back and what stays, risks first, and changes nothing', async () => {
    const fake = ready()
    expect(await restore(fake.cli, wordsOf('old.age'))).toBe(0)
    expect(fake.inputOf('backup.open')).toEqual({
      file: '/home/me/old.age',
      secret: { passphrase: SECRET, useRemembered: false, isTyped: true },
    })
    expect(fake.out[0]).toContain('made 2026-11-15 02:42 UTC by Smeshkeeper 0.1.0.')
    expect(fake.out[1]).toContain('! This local.sql is 9 d old.')
    const text = fake.out.join('\n')
    for (const part of ['comes back  Fjord (keys/0', 'is here     Basalt', 'refused     Grove', 'stays       setup.json', 'Held until'])
      expect(text).toContain(part)
    expect(fake.out.at(-1)).toBe('Nothing was changed. --apply brings back 2 items.')
    expect(fake.inputOf('backup.restore')).toBeUndefined()
    expect([...fake.out, ...fake.err, ...fake.shown].join()).not.toContain(SECRET)
  })

  it('prints the plan as one object without the token', async () => {
    const fake = blind()
    expect(await restore(fake.cli, wordsOf('old.age', '--json', ...BLIND))).toBe(0)
    expect(fake.out).toHaveLength(1)
    expect(Object.keys(JSON.parse(fake.out[0] ?? '') as object)).toEqual(['file', 'madeAt', 'madeBy', 'risks', 'items'])
  })

  it('brings back everything that is missing after a yes', async () => {
    const fake = ready()
    expect(await restore(fake.cli, wordsOf('old.age', '--apply'))).toBe(0)
    const input = { token: 't1', items: ['keys/0', 'local-database/0'] }
    expect(fake.inputOf('keys.question')).toEqual({ call: 'backup.restore', input })
    expect(fake.inputOf('backup.restore')).toEqual(input)
    expect(fake.out.at(-1)).toBe('Fjord is back and held.')
  })

  it.each([
    ['a no', [SECRET, 'n'], 2],
    ['an empty answer', [SECRET, ''], 2],
    ['Ctrl-C', [SECRET, undefined], 130],
  ] as const)('brings back nothing after %s', async (_, typed, code) => {
    const fake = ready(typed)
    expect(await restore(fake.cli, wordsOf('old.age', '--apply'))).toBe(code)
    expect(fake.inputOf('backup.restore')).toBeUndefined()
  })

  it('needs --yes where nobody can be asked', async () => {
    const without = blind()
    expect(await restore(without.cli, wordsOf('old.age', '--apply', ...BLIND))).toBe(2)
    expect(without.inputOf('backup.restore')).toBeUndefined()
    const fake = blind()
    expect(await restore(fake.cli, wordsOf('old.age', '--apply', '--yes', '--json', ...BLIND))).toBe(0)
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({
      file: '/media/me/KEYS-1/smeshkeeper-2026-11-15.age',
      report: { done: [{ id: 'keys/0' }] },
    })
  })

  it('brings back only the named items, and none that would stay or is refused', async () => {
    const fake = ready()
    expect(await restore(fake.cli, wordsOf('old.age', '--apply', '--item', 'keys/0', '--item', 'keys/1', '--item', 'keys/0'))).toBe(0)
    expect(fake.inputOf('backup.restore')).toMatchObject({ items: ['keys/0'] })
    for (const [item, why] of [
      ['keys/2', 'Another node runs it now'],
      ['setup/0', 'Another set-up is in use'],
      ['keys/99', 'is not in this backup'],
    ] as const) {
      const refused = ready()
      expect(await restore(refused.cli, wordsOf('old.age', '--apply', '--item', item))).toBe(1)
      expect(refused.err.join()).toContain(why)
      expect(refused.inputOf('backup.restore')).toBeUndefined()
    }
  })

  it('is done when nothing is missing', async () => {
    const fake = ready()
    fake.answer('backup.open', ok(aRestorePlan({ items: [aRestoreItem({ is: 'same' })], risks: [] })))
    expect(await restore(fake.cli, wordsOf('old.age', '--apply'))).toBe(0)
    expect(fake.out.at(-1)).toBe('Nothing that could come back is missing here.')
    expect(fake.inputOf('backup.restore')).toBeUndefined()
  })

  it('fails when something that was asked for did not come back', async () => {
    const fake = ready()
    fake.answer('backup.restore', ok({ done: [], refused: [{ id: 'keys/0', sentence: 'Another node has taken it meanwhile' }] }))
    expect(await restore(fake.cli, wordsOf('old.age', '--apply'))).toBe(1)
    expect(fake.out.at(-1)).toBe('! Another node has taken it meanwhile.')
  })

  it.each([
    ['backup/wrong-secret', 1, 'The backup was not opened: the reason.'],
    ['backup/damaged', 1, 'The backup was not opened: the reason.'],
    ['backup/newer', 1, 'The backup was not opened: the reason.'],
    ['backup/foreign', 1, 'The backup was not opened'],
    ['backup/cancelled', 130, 'The backup was not opened'],
  ])('tells of %s', async (code, exit, words) => {
    const fake = blind()
    fake.answer('backup.open', fail(code, 'the reason'))
    expect(await restore(fake.cli, wordsOf('old.age', '--apply', ...BLIND))).toBe(exit)
    expect(fake.err[0]).toContain(words)
    expect(fake.inputOf('backup.restore')).toBeUndefined()
  })

  it.each([[[]], [['a', 'b']], [['a', '--item', 'x']], [['a', '--yes']], [['a', '--suggest']], [['a', '--apply', '--item']]])(
    'refuses %j',
    async (argv) => {
      const fake = ready()
      expect(await restore(fake.cli, wordsOf(...argv))).toBe(64)
      expect(fake.calls).toEqual([])
    },
  )
})
