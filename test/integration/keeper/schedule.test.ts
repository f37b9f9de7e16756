import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { backupDesk, type BackupDesk } from '../../../electron/keeper/custody/backup-desk.ts'
import type { CustodyContext } from '../../../electron/keeper/custody/context.ts'
import { keyDesk, type KeyDesk } from '../../../electron/keeper/custody/key-desk.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { secretsIn, secretsInText } from '../../secrets/search.ts'
import { aCustody, arm } from '../../unit/keeper/custody/context.ts'
import { aKey } from '../../unit/identities/keys.ts'
import { ageIdentity, hasAge, refusal, value } from './custody-machine.ts'
import { eventually } from './running.ts'

const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))
const AMBER = aKey(41)
const BIRCH = aKey(42)
const DAY = 86_400_000

const open: { readonly desk: KeyDesk; readonly backups: BackupDesk }[] = []
afterEach(() => {
  for (const { desk, backups } of open.splice(0)) {
    backups.end()
    desk.end()
  }
})

/** The desk of backups with a clock that the test moves; its vault is a real process. */
function aDesk({ isQuiet = false, ...change }: Partial<CustodyContext> & { readonly isQuiet?: boolean } = {}) {
  const custody = aCustody([AMBER, BIRCH], { launch, ...change })
  arm(custody.dataFolder, AMBER)
  const root = path.dirname(custody.dataFolder)
  const folder = path.join(root, 'stick')
  mkdirSync(folder)
  const age = hasAge ? ageIdentity(path.join(root, 'age')) : undefined
  const desk = keyDesk({
    context: custody.context,
    inventory: () => undefined,
    planOf: () => undefined,
    onKeysMoved: () => backups.keysChanged(),
  })
  const backups: BackupDesk = backupDesk(custody.context, desk, () => undefined)
  open.push({ desk, backups })
  const settings = { folder, everyDays: 7, keep: 2, recipients: [age?.recipient ?? 'age1'], extraFiles: [], withHistory: false }
  const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.age'))
  const entries = async () => (await value(backups.handlers.state())).entries
  /** Lets a minute pass, so that the desk looks, and waits until it has looked. */
  const look = async (): Promise<void> => {
    const before = custody.published.length
    custody.clock.advance(60_000)
    await eventually('the desk has looked', () => custody.published.length > before)
  }
  const begin = (): void => backups.begin(isQuiet)
  return { custody, folder, root, age, desk, backups, settings, files, entries, look, begin }
}

describe.skipIf(!hasAge)('backups on a schedule', () => {
  it('are made without any passphrase when due and after a change of keys; the oldest of ours goes', { timeout: 60_000 }, async () => {
    const { custody, folder, root, age, backups, settings, files, entries, look, begin } = aDesk()
    writeFileSync(path.join(folder, 'holiday.age'), 'somebody else’s')
    begin()
    await look()
    expect(await entries(), 'nothing is made that nobody asked for').toEqual([])

    expect(await backups.handlers.configure(settings)).toMatchObject({ ok: true })
    custody.clock.advance(60_000)
    await eventually('the first is made', () => files().length === 2)
    await eventually('it is listed', async () => (await entries()).length === 1)
    const [first] = await entries()
    expect(first).toMatchObject({ identities: [AMBER.id], openedBy: 'recipients', isThere: true })
    const opened = execFileSync('age', ['-d', '-i', age?.file ?? '', first?.file ?? ''])
    expect(opened.includes(Buffer.from(AMBER.hex))).toBe(true)

    custody.clock.jump(7 * DAY - 300_000)
    await look()
    expect(await entries(), 'not a day before').toHaveLength(1)
    custody.clock.jump(300_000)
    custody.clock.advance(60_000)
    await eventually('the second is made', async () => (await entries()).length === 2)

    arm(custody.dataFolder, BIRCH)
    custody.clock.jump(1_000)
    backups.keysChanged()
    custody.clock.jump(3_600_000)
    await eventually('the third is made, with the new key', async () => {
      custody.clock.advance(60_000) // the desk may have been at the second still
      return (await entries()).some(({ identities }) => identities.includes(BIRCH.id))
    })
    await eventually('the oldest is gone', () => files().length === 3)
    const left = (await entries()).map(({ file }) => path.basename(file))
    expect(left).not.toContain(path.basename(first?.file ?? ''))
    expect(files().sort()).toEqual([...left, 'holiday.age'].sort())
    expect(readdirSync(folder), 'and nothing half-made').toHaveLength(3)

    const secrets = { keys: [AMBER.hex, BIRCH.hex] }
    expect(secretsIn(root, secrets)).toEqual([])
    expect(secretsInText(custody.lines.join('\n') + JSON.stringify(custody.published), secrets)).toEqual([])
  })

  it('are tried again after an hour when the drive is away, and the user’s copy stays as it is', { timeout: 30_000 }, async () => {
    const { custody, folder, backups, settings, entries, look, begin } = aDesk()
    renameSync(folder, `${folder}-unplugged`)
    writeFileSync(folder, 'a file in its place')
    begin()
    expect(await backups.handlers.configure(settings)).toMatchObject({ ok: true })
    const tries = (): number => custody.lines.filter((line) => line.startsWith('backup.scheduled-failed')).length
    custody.clock.advance(60_000)
    await eventually('it was tried', () => tries() === 1)
    for (let minute = 0; minute < 3; minute += 1) await look()
    expect(tries(), 'not every minute').toBe(1)
    renameSync(folder, `${folder}-file`)
    renameSync(`${folder}-unplugged`, folder)
    custody.clock.jump(3_600_000)
    custody.clock.advance(60_000)
    await eventually('it is made', async () => (await entries()).length === 1)
    expect(readFileSync(`${folder}-file`, 'utf8')).toBe('a file in its place')
  })

  it.each([
    ['a verb is at work', { isQuiet: true }],
    ['practice runs', { mode: 'practice' as const }],
  ])('are not made while %s', { timeout: 30_000 }, async (_what, change) => {
    const { backups, settings, files, look, begin } = aDesk(change)
    begin()
    expect(await backups.handlers.configure(settings)).toMatchObject({ ok: true })
    await look()
    await look()
    expect(files()).toEqual([])
  })

  it('are not taken on without something that opens them', async () => {
    const { backups, settings } = aDesk()
    expect((await refusal(backups.handlers.configure({ ...settings, recipients: [] }))).code).toBe('backup/no-secret')
    expect((await refusal(backups.handlers.configure({ ...settings, passphrase: 'words' }))).code).toBe('backup/no-keyring')
    expect((await value(backups.handlers.state())).settings.folder).toBeNull()
  })
})
