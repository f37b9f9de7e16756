import { describe, expect, it } from 'vitest'
import { backup } from '../../../../electron/cli/keys/backup.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import { aBackupEntry, aBackupPlan, aBackupState, aPlace, aProgress, HISTORY } from '../../../builders/backup.ts'
import { fakeCli, wordsOf, type FakeCli } from './fake-cli.ts'

const SECRET = 'correct horse battery staple'
const RECIPIENT = `age1${'q'.repeat(58)}`

function ready(options: Parameters<typeof fakeCli>[0] = {}): FakeCli {
  const fake = fakeCli(options)
  fake.answer('backup.place', ok(aPlace()))
  fake.answer('backup.begin', ok(aBackupEntry()))
  fake.answer('backup.plan', ok(aBackupPlan()))
  fake.answer('backup.suggest', ok({ passphrase: 'one-two-three-four-five', bits: 64.3 }))
  return fake
}
const said = ({ out, err, shown }: FakeCli): string => [...out, ...err, ...shown].join('\n')
const state = (parts: Parameters<typeof aBackupState>[0] = {}, settings: Partial<ReturnType<typeof aBackupState>['settings']> = {}) =>
  ok(aBackupState({ ...parts, settings: { ...aBackupState().settings, ...settings } }))

describe('backup', () => {
  it('asks for the passphrase twice without showing it, makes the backup and says what was read back', async () => {
    const fake = ready({ typed: [SECRET, SECRET] })
    expect(await backup(fake.cli, wordsOf('--to', 'sticks/one', '--extra', 'wallet.json', '--extra', '/etc/x', '--with-history'))).toBe(0)
    expect(fake.inputOf('backup.begin')).toMatchObject({
      folder: '/home/me/sticks/one',
      passphrase: SECRET,
      recipients: [],
      extraFiles: ['/home/me/wallet.json', '/etc/x'],
      withHistory: true,
      remember: false,
    })
    expect(fake.out[0]).toMatch(/^Backed up the 6 keys to .*\.age \(2\.1\u2009MiB\)\.$/)
    expect(fake.out[1]).toContain('Read back from the disk')
    expect(said(fake)).not.toContain(SECRET)
  })

  it('makes nothing when the two differ, when one is empty, and on Ctrl-C', async () => {
    for (const [typed, code] of [
      [[SECRET, 'another'], 1],
      [[''], 1],
      [[undefined], 130],
      [[SECRET, undefined], 130],
    ] as const) {
      const fake = ready({ typed })
      expect(await backup(fake.cli, wordsOf('--to', '/x'))).toBe(code)
      expect(fake.inputOf('backup.begin')).toBeUndefined()
      expect(said(fake)).not.toContain(SECRET)
    }
  })

  it('takes a passphrase from a variable that the user names, and prints none of it', async () => {
    const fake = ready({ env: { BACKUP_SECRET: SECRET } })
    expect(await backup(fake.cli, wordsOf('--to', '/x', '--passphrase-env', 'BACKUP_SECRET', '--json'))).toBe(0)
    expect(fake.inputOf('backup.begin')).toMatchObject({ passphrase: SECRET })
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ id: 'b1', sha256: 'ab'.repeat(32), isOnOtherDisk: true })
    expect(said(fake)).not.toContain(SECRET)
    expect(fake.cli.env).toEqual({})
    const wrong = ready()
    expect(await backup(wrong.cli, wordsOf('--to', '/x', '--passphrase-env', SECRET))).toBe(64)
    expect(said(wrong)).not.toContain(SECRET)
  })

  it('wants no passphrase for age recipients', async () => {
    const fake = ready({ typed: [] })
    expect(await backup(fake.cli, wordsOf('--to', '/x', '--recipient', RECIPIENT, '--recipient', RECIPIENT))).toBe(0)
    expect(fake.inputOf('backup.begin')).toMatchObject({ recipients: [RECIPIENT, RECIPIENT] })
    expect(fake.inputOf('backup.begin')).not.toHaveProperty('passphrase')
  })

  it('takes no secret key for a recipient, and does not repeat it', async () => {
    for (const wrong of ['AGE-SECRET-KEY-1QQQQ', 'ssh-ed25519 AAAA', 'age1short']) {
      const fake = ready()
      expect(await backup(fake.cli, wordsOf('--to', '/x', '--recipient', wrong))).toBe(64)
      expect(said(fake)).not.toContain(wrong)
      expect(fake.calls).toEqual([])
    }
  })

  it('makes up a passphrase, and makes nothing before it was typed from the paper', async () => {
    const fake = ready({ typed: ['one-two', 'one-two-three-four-five'] })
    expect(await backup(fake.cli, wordsOf('--to', '/x', '--suggest'))).toBe(0)
    expect(fake.shown[0]).toContain('(64 bits)')
    expect(fake.shown[0]).toContain('one-two-three-four-five')
    expect(fake.inputOf('backup.begin')).toMatchObject({ passphrase: 'one-two-three-four-five' })
    expect([...fake.out, ...fake.err].join()).not.toContain('one-two')
    const careless = ready({ typed: ['a', 'b', 'c', 'one-two-three-four-five'] })
    expect(await backup(careless.cli, wordsOf('--to', '/x', '--suggest'))).toBe(1)
    const blind = ready()
    expect(await backup(blind.cli, wordsOf('--to', '/x', '--suggest'))).toBe(64)
    for (const one of [careless, blind]) expect(one.inputOf('backup.begin')).toBeUndefined()
    expect(blind.inputOf('backup.suggest')).toBeUndefined()
  })

  it('warns of a short passphrase and of a place that shares its fate', async () => {
    const fake = ready({ typed: ['short', 'short'] })
    fake.answer('backup.place', ok(aPlace({ verdict: 'same-disk-as-keys', sentence: 'No help if it dies' })))
    fake.answer('backup.begin', ok(aBackupEntry({ isOnOtherDisk: false })))
    expect(await backup(fake.cli, wordsOf('--to', '/x'))).toBe(0)
    expect(fake.err[0]).toContain('No help if it dies.')
    expect(fake.err[1]).toContain('is short')
    expect(fake.out.at(-1)).toContain('on the same disk as your keys')
  })

  it('goes to the folder of the settings with their recipients and files, and to none when none is chosen', async () => {
    const fake = ready()
    fake.answer('backup.state', state({}, { folder: '/mnt/stick', recipients: [RECIPIENT], extraFiles: ['/a'], withHistory: true }))
    expect(await backup(fake.cli, wordsOf('--extra', '/b'))).toBe(0)
    expect(fake.inputOf('backup.begin')).toMatchObject({
      folder: '/mnt/stick',
      recipients: [RECIPIENT],
      extraFiles: ['/a', '/b'],
      withHistory: true,
    })
    const nowhere = ready()
    expect(await backup(nowhere.cli, wordsOf())).toBe(64)
    expect(nowhere.err[0]).toContain('Where to?')
  })

  it('leaves the passphrase to the keyring where nobody can be asked', async () => {
    const fake = ready()
    fake.answer('backup.state', state({}, { isRemembered: true }))
    expect(await backup(fake.cli, wordsOf('--to', '/x'))).toBe(0)
    expect(fake.inputOf('backup.begin')).not.toHaveProperty('passphrase')
    const without = ready()
    expect(await backup(without.cli, wordsOf('--to', '/x'))).toBe(64)
    expect(without.err[0]).toContain('There is no terminal to ask on')
  })

  it('shows what would be in it and where, and makes nothing', async () => {
    const fake = ready()
    expect(await backup(fake.cli, wordsOf('--plan', '--to', '/x'))).toBe(0)
    const text = fake.out.join('\n')
    expect(text).toContain('keys               7, each checked against its public key.')
    expect(text).toContain('--extra /home/me/.config/Spacemesh/my_wallet_0.json (Wallet of Smapp)')
    expect(text).toContain('Place: /media/me/KEYS-1 (KEYS-1, USB stick, 12 GiB free). Nothing of yours is on it.')
    expect(fake.inputOf('backup.begin')).toBeUndefined()
    const bare = ready()
    expect(await backup(bare.cli, wordsOf('--plan', '--json'))).toBe(0)
    expect(Object.keys(JSON.parse(bare.out[0] ?? '') as object)).toEqual(['parts', 'identities', 'problems', 'offered'])
    const spoilt = ready()
    spoilt.answer('backup.plan', ok(aBackupPlan({ problems: ['b.key is empty'] })))
    expect(await backup(spoilt.cli, wordsOf('--plan'))).toBe(1)
    const full = ready()
    full.answer('backup.place', ok(aPlace({ isWritable: false, verdict: 'read-only' })))
    expect(await backup(full.cli, wordsOf('--plan', '--to', '/x'))).toBe(1)
  })

  it.each([
    ['backup/no-space', 1, 'No backup was made: the reason.'],
    ['backup/nothing', 1, 'the reason. `smeshkeeper scan`'],
    ['backup/not-read-back', 1, 'No backup was made'],
    ['backup/busy', 5, 'Wait until'],
    ['backup/cancelled', 130, 'No backup was made'],
    ['no-keeper', 4, 'No backup was made'],
    ['internal', 70, 'No backup was made'],
  ])('tells of %s and ends with %i', async (code, exit, words) => {
    const fake = ready({ env: { S: SECRET } })
    fake.answer('backup.begin', fail(code, 'the reason'))
    expect(await backup(fake.cli, wordsOf('--to', '/x', '--passphrase-env', 'S', '--json'))).toBe(exit)
    expect(fake.err.at(-1)).toContain(words)
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ fault: { code } })
  })

  it('asks for no passphrase when nothing can go to that place', async () => {
    const fake = ready({ typed: [] })
    fake.answer('backup.place', fail('backup/no-place', '/x is not there'))
    expect(await backup(fake.cli, wordsOf('--to', '/x'))).toBe(1)
    expect(fake.shown).toEqual([])
  })

  it('shows how far it is, and cancels on Ctrl-C', async () => {
    const fake = ready({ typed: [SECRET, SECRET] })
    let end = (): void => {}
    fake.answer('backup.begin', () => {
      fake.publish('backup.changed', aBackupState({ running: aProgress() }))
      setImmediate(() => fake.cli.interrupts.hit())
      return new Promise((resolve) => {
        end = () => resolve(fail('backup/cancelled', 'it was cancelled'))
      })
    })
    fake.answer('backup.cancel', () => {
      end()
      return ok(undefined)
    })
    expect(await backup(fake.cli, wordsOf('--to', '/x'))).toBe(130)
    expect(fake.shown.some((text) => text.includes('Reading back from the disk: 1.5\u2009MiB of 2.1\u2009MiB, 40\u2009s left'))).toBe(true)
  })
})

describe('backup list', () => {
  it('says how each stands; one that is unplugged is no fault', async () => {
    const fake = fakeCli()
    fake.answer('backup.state', ok(aBackupState({ entries: HISTORY })))
    expect(await backup(fake.cli, wordsOf('list'))).toBe(0)
    const text = fake.out.join('\n')
    expect(text).toContain('Drill passed: Opened')
    expect(text).toContain('Drill FAILED: It does not open')
    expect(text).toContain('(not there; last seen 9')
    expect(text).toContain('No drill yet.')
    expect(await backup(fake.cli, wordsOf('list', '--json'))).toBe(0)
    expect(JSON.parse(fake.out.at(-1) ?? '')).toMatchObject({ summary: { is: 'good' }, entries: [{ id: 'b1' }, {}, {}, {}] })
  })
})

describe('backup settings', () => {
  it('shows them and changes nothing', async () => {
    const fake = fakeCli()
    expect(await backup(fake.cli, wordsOf('settings'))).toBe(0)
    expect(fake.out[0]).toBe('No backup is made by itself: no folder is chosen.')
    expect(fake.inputOf('backup.configure')).toBeUndefined()
  })

  it('changes what is named and leaves the rest', async () => {
    const fake = fakeCli()
    fake.answer('backup.state', state({}, { folder: '/old', recipients: [RECIPIENT], extraFiles: ['/a'], withHistory: true }))
    fake.answer('backup.configure', ok(undefined))
    const argv = ['settings', '--to', 'new', '--every', '7', '--no-extra', '--json']
    expect(await backup(fake.cli, wordsOf(...argv))).toBe(0)
    expect(fake.inputOf('backup.configure')).toEqual({
      folder: '/home/me/new',
      everyDays: 7,
      keep: 6,
      recipients: [RECIPIENT],
      extraFiles: [],
      withHistory: true,
    })
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ settings: { folder: '/home/me/new', isRemembered: false } })
    expect(await backup(fake.cli, wordsOf('settings', '--no-folder', '--no-recipients', '--without-history', '--keep', '3'))).toBe(0)
    expect(fake.inputOf('backup.configure')).toMatchObject({ folder: null, recipients: [], withHistory: false, keep: 3 })
  })

  it.each([
    [['--every', '0'], '--every takes'],
    [['--every', '1.5'], '--every takes'],
    [['--keep', 'many'], '--keep takes'],
    [['--to', 'x', '--no-folder'], 'Give one'],
    [['--with-history', '--without-history'], 'Give one'],
    [['--recipient', 'age1'], 'begins with age1'],
    [['--every', '1', '--every', '2'], 'can be given once'],
    [['--plan'], 'not known here'],
  ])('refuses %j', async (argv, why) => {
    const fake = fakeCli()
    expect(await backup(fake.cli, wordsOf('settings', ...argv))).toBe(64)
    expect(fake.err[0]).toContain(why)
    expect(fake.inputOf('backup.configure')).toBeUndefined()
  })
})
