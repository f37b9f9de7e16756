import { describe, expect, it } from 'vitest'
import { identities } from '../../../../electron/cli/keys/identities.ts'
import { base64Of } from '../../../../electron/cli/keys/names.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../../shared/domain/ids.ts'
import { aBackupEntry, aBackupState, aSummary } from '../../../builders/backup.ts'
import { aConflict, aHold, anInventory, anInventoryIdentity } from '../../../builders/inventory.ts'
import { anId, anIdentity, aSnapshot } from '../../../builders/snapshot.ts'
import { fakeCli, wordsOf, type FakeCli } from './fake-cli.ts'

const idOf = (index: number): IdentityId => anId(index) as IdentityId

/** Amber in the set-up and found, Basalt only in the set-up, a third only found. */
function withThree(fake: FakeCli): FakeCli {
  const setup = {
    identities: [
      { id: anId(0), nickname: 'Amber' },
      { id: anId(1), nickname: 'Basalt', held: { reason: 'Not checked yet' } },
    ],
  }
  fake.answer('setup.read', ok({ setup, path: '/x', problems: [] }))
  fake.answer(
    'scan.state',
    ok({ is: 'done', inventory: anInventory({ identities: [anInventoryIdentity({ index: 0 }), anInventoryIdentity({ index: 2 })] }) }),
  )
  fake.answer('app.snapshot', ok(aSnapshot({ identities: [anIdentity({ id: anId(0), hold: aHold() })] })))
  fake.answer(
    'backup.state',
    ok(aBackupState({ entries: [aBackupEntry({ identities: [idOf(0), idOf(1)] })], summary: aSummary({ missing: [idOf(1)] }) })),
  )
  return fake
}

describe('identities', () => {
  it('puts together what the set-up, the last search and the backups know', async () => {
    const fake = withThree(fakeCli())
    expect(await identities(fake.cli, wordsOf('--json'))).toBe(0)
    const known = JSON.parse(fake.out[0] ?? '') as { identities: unknown[] }
    expect(known.identities).toMatchObject([
      {
        id: anId(0),
        idBase64: base64Of(anId(0)),
        nickname: 'Amber',
        isInSetup: true,
        key: 'here',
        data: 'complete',
        hold: { code: 'active-elsewhere' },
        backup: { is: 'there', place: 'KEYS-1' },
      },
      { id: anId(1), nickname: 'Basalt', isInSetup: true, key: 'unknown', hold: { reason: 'Not checked yet' }, backup: { is: 'missing' } },
      { id: anId(2), isInSetup: false, key: 'here', backup: { is: 'none' } },
    ])
  })

  it('says it in plain words, with ids in hex or base64', async () => {
    const fake = withThree(fakeCli())
    await identities(fake.cli, wordsOf())
    const text = fake.out.join('\n')
    expect(text).toContain(`id      ${anId(0)}`)
    expect(text).toContain('backed up 9')
    expect(text).toContain('on KEYS-1')
    expect(text).toContain('in no backup that is known to be good')
    expect(text).toContain('held    The network knows an ATX of epoch 60')
    expect(text).toContain('not in the set-up')
    const inBase64 = withThree(fakeCli())
    await identities(inBase64.cli, wordsOf('--base64'))
    expect(inBase64.out.join('\n')).toContain(`id      ${base64Of(anId(0))}`)
    expect(inBase64.out.join('\n')).not.toContain(anId(0))
  })

  it('says that nothing was searched and nothing is known', async () => {
    const fake = fakeCli()
    expect(await identities(fake.cli, wordsOf())).toBe(0)
    expect(fake.out.slice(-2)).toEqual(['This machine was not searched yet: `smeshkeeper scan` does it.', 'Backup 9 d old, drill passed.'])
  })

  it('says which nodes it could not look into', async () => {
    const fake = fakeCli()
    fake.answer('keys.blindSpots', ok(['unit node.service may hold a key of yours as well: /srv/identities cannot be read (EACCES)']))
    expect(await identities(fake.cli, wordsOf('conflicts'))).toBe(0)
    expect(fake.out).toEqual([
      'No key that can be read here could run twice.',
      'unit node.service may hold a key of yours as well: /srv/identities cannot be read (EACCES).',
    ])
    await identities(fake.cli, wordsOf('conflicts', '--json'))
    expect(JSON.parse(fake.out.at(-1) ?? '')).toMatchObject({ blindSpots: [expect.stringContaining('EACCES')] })
  })

  it('calls nothing safe when it is not known what it could look into', async () => {
    const fake = fakeCli()
    fake.answer('keys.blindSpots', fail('internal', 'the search broke'))
    expect(await identities(fake.cli, wordsOf('conflicts'))).not.toBe(0)
    expect(fake.out.join('\n')).not.toContain('could run twice')
  })

  it('names both places of a conflict and fails until it is settled', async () => {
    const fake = fakeCli()
    expect(await identities(fake.cli, wordsOf('conflicts'))).toBe(0)
    fake.answer('keys.conflicts', ok([aConflict()]))
    expect(await identities(fake.cli, wordsOf('conflicts'))).toBe(1)
    expect(fake.out.join('\n')).toContain('/home/me/.config/Spacemesh/node-data/identities/local.key (Smapp)')
    expect(await identities(fake.cli, wordsOf('conflicts', '--json'))).toBe(1)
    expect(JSON.parse(fake.out.at(-1) ?? '')).toMatchObject({ conflicts: [{ key: 'c1', grade: 'configured' }] })
    fake.answer('keys.conflicts', ok([aConflict({ overriddenAt: 1 })]))
    expect(await identities(fake.cli, wordsOf('conflicts'))).toBe(0)
  })
})

describe('identities disarm', () => {
  const argv = ['disarm', 'Amber', 'copy/local.key']
  const asking = (typed?: readonly (string | undefined)[]): FakeCli => {
    const fake = withThree(fakeCli(typed === undefined ? {} : { typed }))
    fake.answer('keys.disarm', ok({ quarantined: '/home/me/q/local.key' }))
    return fake
  }
  const input = { identity: anId(0), path: '/home/me/copy/local.key' }

  it('has the keeper look before it is asked: one that has just begun knows of no conflict', async () => {
    const fake = asking(['n'])
    await identities(fake.cli, wordsOf(...argv))
    const names = fake.calls.map(({ name }) => name)
    expect(names.indexOf('keys.conflicts')).toBeGreaterThanOrEqual(0)
    expect(names.indexOf('keys.conflicts')).toBeLessThan(names.indexOf('keys.question'))
  })

  it('asks with the words of the keeper, and does it on a yes', async () => {
    const fake = asking(['y'])
    expect(await identities(fake.cli, wordsOf(...argv))).toBe(0)
    expect(fake.inputOf('keys.question')).toEqual({ call: 'keys.disarm', input })
    expect(fake.inputOf('keys.disarm')).toEqual(input)
    expect(fake.err).toEqual(['Do it?', '  It has a price.'])
    expect(fake.shown).toEqual(['Do it? [y/N] '])
    expect(fake.out).toEqual(['Disarmed. The key file is kept here: /home/me/q/local.key'])
  })

  it.each([
    ['a no', [''], [], 2],
    ['another word', ['yep'], [], 2],
    ['Ctrl-C', [undefined], [], 130],
    ['no terminal', undefined, [], 2],
  ] as const)('does nothing after %s', async (_, typed, more, code) => {
    const fake = asking(typed)
    expect(await identities(fake.cli, wordsOf(...argv, ...more))).toBe(code)
    expect(fake.inputOf('keys.disarm')).toBeUndefined()
    expect(fake.err.at(-1)).toContain('Nothing was done.')
  })

  it('takes --yes for the answer and still shows the question', async () => {
    const fake = asking()
    expect(await identities(fake.cli, wordsOf(...argv, '--yes', '--json'))).toBe(0)
    expect(fake.err).toEqual(['Do it?', '  It has a price.'])
    expect(JSON.parse(fake.out[0] ?? '')).toEqual({ identity: anId(0), quarantined: '/home/me/q/local.key' })
  })

  it('says why it could not be done', async () => {
    const fake = asking()
    fake.answer('keys.disarm', fail('keys/running', 'Smapp runs it now: end Smapp first'))
    expect(await identities(fake.cli, wordsOf(...argv, '--yes'))).toBe(1)
    expect(fake.err.at(-1)).toBe('Nothing was disarmed: Smapp runs it now: end Smapp first.')
    const unknown = asking()
    unknown.answer('keys.question', fail('keys/not-found', 'there is no such conflict'))
    expect(await identities(unknown.cli, wordsOf(...argv, '--yes'))).toBe(1)
    expect(unknown.inputOf('keys.disarm')).toBeUndefined()
  })

  it('knows an identity by nickname, hex, base64 and the beginning of its id, but never by a doubtful one', async () => {
    for (const name of ['amber', anId(0), anId(0).toUpperCase(), base64Of(anId(0)), anId(0).slice(0, 6)]) {
      const fake = asking()
      expect(await identities(fake.cli, wordsOf('disarm', name, 'x', '--yes'))).toBe(0)
      expect(fake.inputOf('keys.disarm')).toMatchObject({ identity: anId(0) })
    }
    for (const name of ['nobody', anId(0).slice(0, 3), '']) {
      const fake = asking()
      expect(await identities(fake.cli, wordsOf('disarm', name, 'x', '--yes'))).toBe(1)
      expect(fake.inputOf('keys.disarm')).toBeUndefined()
    }
  })
})

describe('identities release', () => {
  const early = fail('keys/not-typed', 'Its window has not passed: type the last eight characters of its id')
  const tail = anId(0).slice(-8)

  it('arms a held key and says whether the node has to start anew', async () => {
    const fake = withThree(fakeCli())
    fake.answer('keys.release', ok({ placed: '/n/identities/amber.key', needsRestart: true }))
    expect(await identities(fake.cli, wordsOf('release', 'Amber', '--yes'))).toBe(0)
    expect(fake.inputOf('keys.release')).toEqual({ identity: anId(0) })
    expect(fake.out).toEqual(['Armed: /n/identities/amber.key. The node takes it up at its next start.'])
  })

  it('wants the end of the id typed while its window has not passed', async () => {
    const fake = withThree(fakeCli({ typed: ['y', ` ${tail} `] }))
    fake.answer('keys.release', (input) =>
      (input as { typed?: string }).typed === tail ? ok({ placed: '/n/a.key', needsRestart: false }) : early,
    )
    expect(await identities(fake.cli, wordsOf('release', 'Amber'))).toBe(0)
    expect(fake.shown.at(-1)).toContain('last eight characters')
    const blind = withThree(fakeCli())
    blind.answer('keys.release', early)
    expect(await identities(blind.cli, wordsOf('release', 'Amber', '--yes'))).toBe(2)
    expect(blind.err.at(-1)).toBe('It stays held: Its window has not passed: type the last eight characters of its id.')
    const given = withThree(fakeCli())
    given.answer('keys.release', ok({ placed: '/n/a.key', needsRestart: false }))
    expect(await identities(given.cli, wordsOf('release', 'Amber', '--yes', '--typed', tail, '--json'))).toBe(0)
    expect(given.inputOf('keys.release')).toEqual({ identity: anId(0), typed: tail })
  })
})

describe('the forms of identities', () => {
  it.each([
    [['release']],
    [['disarm', 'Amber']],
    [['dance']],
    [['conflicts', '--yes']],
    [['--typed', 'x']],
    [['release', 'a', 'b']],
    [['constructor']],
  ])('refuse %j', async (argv) => {
    const fake = withThree(fakeCli())
    expect(await identities(fake.cli, wordsOf(...argv))).toBe(64)
    expect(fake.inputOf('keys.release')).toBeUndefined()
  })
})
