import { describe, expect, it } from 'vitest'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { makeBackup } from '../../../electron/vault/make.ts'
import { checkContents, openBackup } from '../../../electron/vault/open.ts'
import { aJob, aKey, aMachine, DATA, machineItems, PASSPHRASE, STICK, tools } from './helpers.ts'

describe('making a backup', () => {
  it('writes one file that opens with the passphrase and holds every item', async () => {
    const files = aMachine()
    const made = await makeBackup(aJob(), tools(files))
    if (!made.ok) throw new Error(made.fault.detail)
    expect(made.value.identities).toEqual([aKey(1).id, aKey(2).id])
    expect(files.list(STICK)).toEqual([made.value.file.slice(STICK.length + 1)])
    expect(files.list('/home/u/smesh/tmp')).toEqual([])
    const opened = await openBackup(made.value.file, { passphrase: PASSPHRASE }, files)
    if (!opened.ok) throw new Error(opened.fault.detail)
    expect(opened.value.manifest.entries.map(({ name }) => name)).toEqual(machineItems().map(({ name }) => name))
    expect(await checkContents(opened.value)).toMatchObject({ ok: true, value: { identities: [aKey(1).id, aKey(2).id] } })
    const [key] = opened.value.manifest.entries
    expect(key && (await opened.value.whole(key)).toString()).toBe(aKey(1).text)
  })

  it('writes two files when both a passphrase and recipients shall open it', async () => {
    const files = aMachine()
    const identity = await generateX25519Identity()
    const recipients = [await identityToRecipient(identity)]
    const made = await makeBackup(aJob({ recipients }), tools(files))
    if (!made.ok) throw new Error(made.fault.detail)
    expect(made.value).toMatchObject({ openedBy: 'both' })
    const [first = '', second = ''] = made.value.files
    expect(second).toBe(first.replace('.zip.age', '.recipients.zip.age'))
    expect((await openBackup(second, { identities: [identity] }, files)).ok).toBe(true)
    expect(await openBackup(second, { passphrase: PASSPHRASE }, files)).toMatchObject({ fault: { code: 'backup/wrong-secret' } })
    expect(await openBackup(first, { identities: [identity] }, files)).toMatchObject({ fault: { code: 'backup/wrong-secret' } })
  })

  it('takes another name in the same minute and never overwrites', async () => {
    const files = aMachine()
    const names = []
    for (let n = 0; n < 3; n += 1) {
      const made = await makeBackup(aJob(), tools(files))
      names.push(made.ok ? made.value.file : made.fault.detail)
    }
    expect(new Set(names).size).toBe(3)
    expect(names[2]).toMatch(/-3\.zip\.age$/)
  })

  it('works on a drive without hard links', async () => {
    const files = aMachine()
    const link = files.link.bind(files)
    files.link = () => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    }
    expect((await makeBackup(aJob(), tools(files))).ok).toBe(true)
    expect(files.list(STICK)).toHaveLength(1)
    files.link = link
  })

  it('stops when a key is another one than planned, and leaves nothing behind', async () => {
    const files = aMachine()
    files.put(`${DATA}/identities/south.key`, aKey(3).text)
    const made = await makeBackup(aJob(), tools(files))
    expect(made).toMatchObject({ ok: false, fault: { code: 'backup/unreadable-source' } })
    expect(JSON.stringify(made)).not.toContain(aKey(3).text.slice(0, 64))
    expect(files.list(STICK)).toEqual([])
  })

  it('repairs a key that the node would refuse', async () => {
    const files = aMachine()
    files.put(`${DATA}/identities/south.key`, `\uFEFF${aKey(2).text}\r\n`)
    const made = await makeBackup(aJob(), tools(files))
    if (!made.ok) throw new Error(made.fault.detail)
    const opened = await openBackup(made.value.file, { passphrase: PASSPHRASE }, files)
    if (!opened.ok) throw new Error(opened.fault.detail)
    const entry = opened.value.manifest.entries[1]
    expect(entry).toMatchObject({ isRepaired: true, bytes: 128 })
  })

  it('leaves out what cannot be read beside the keys, and says so', async () => {
    const files = aMachine()
    files.remove(`${DATA}/config.json`)
    const made = await makeBackup(aJob(), tools(files))
    expect(made).toMatchObject({ ok: true, value: { leftOut: [`${DATA}/config.json is not in the backup: it is not there`] } })
  })

  it('quotes nothing of what is given as a recipient and is a secret', async () => {
    const secret = await generateX25519Identity()
    const recipient = await identityToRecipient(secret)
    const told: string[] = []
    for (const wrong of [secret, secret.toLowerCase(), PASSPHRASE, '', `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`]) {
      const made = await makeBackup(aJob({ recipients: [wrong] }), tools(aMachine()))
      told.push(made.ok ? 'made' : `${made.fault.code}: ${made.fault.detail}`)
    }
    for (const text of told) expect(text).toMatch(/^backup\/no-secret: .*copy the line that begins with age1/)
    expect(told.join().toLowerCase()).not.toContain(secret.slice(0, 18).toLowerCase())
    expect(told.join()).not.toContain(PASSPHRASE.slice(0, 8))
    expect(told.at(-1)).toContain(recipient.slice(0, 20))
  })

  it('never writes in clear and never without content', async () => {
    const files = aMachine()
    const { passphrase: _, ...open } = aJob()
    expect(await makeBackup(open, tools(files))).toMatchObject({ fault: { code: 'backup/no-secret' } })
    expect(await makeBackup(aJob({ items: [] }), tools(files))).toMatchObject({ fault: { code: 'backup/nothing' } })
    expect(await makeBackup(aJob({ folder: '/nowhere' }), tools(files))).toMatchObject({ fault: { code: 'backup/no-place' } })
    expect(await makeBackup({ ...open, recipients: ['age1nonsense'] }, tools(files))).toMatchObject({ fault: { code: 'backup/no-secret' } })
  })
})
