import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { passphraseFromFile, passphraseFromVariable } from '../../../../electron/cli/keys/passphrase.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'sk-pass-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array, mode = 0o600): string {
  const at = path.join(folder, name)
  writeFileSync(at, content, { mode })
  chmodSync(at, mode)
  return at
}

describe('a passphrase out of a file', () => {
  it.each([
    ['plain', 'six random words', 'six random words'],
    ['with a newline', 'six random words\n', 'six random words'],
    ['with the line end of Windows and more lines', 'six random words\r\nother\n', 'six random words'],
    ['with a byte order mark', '\ufeffsix random words\n', 'six random words'],
    ['with spaces that belong to it', ' six \n', ' six '],
    ['not in Latin', 'sechs zufällige Wörter 山\n', 'sechs zufällige Wörter 山'],
    ['of the most characters', `${'x'.repeat(1024)}\n`, 'x'.repeat(1024)],
  ])('is its first line: %s', async (name, content, passphrase) => {
    expect(await passphraseFromFile(file(name.replaceAll(' ', '-'), content))).toEqual({ ok: true, value: { passphrase, isOpen: false } })
  })

  it.each([
    ['empty', '', 'has a first line that is empty'],
    ['with an empty first line', '\nsecret-below\n', 'has a first line that is empty'],
    ['too long', `${'secret'.repeat(200)}\n`, 'is longer than 1024 characters'],
    ['endless', 'secret'.repeat(100_000), 'is longer than 1024 characters'],
    ['endless and cut within a letter', `ab${'山'.repeat(10_000)}`, 'its first line is too long'],
    ['not text', Buffer.from([0xff, 0xfe, 0x80, 0x0a]), 'is not text in UTF-8'],
    ['with a control character', 'secret\u0000secret\n', 'cannot be typed'],
  ])('is refused when it is %s, and not repeated', async (name, content, why) => {
    const read = await passphraseFromFile(file(`bad-${name.replaceAll(' ', '-')}`, content))
    expect(read).toMatchObject({ ok: false, fault: { detail: expect.stringContaining(why) as string } })
    expect(JSON.stringify(read)).not.toContain('secret')
  })

  it('is no folder, no device, no dangling link, nothing that is not there', async () => {
    mkdirSync(path.join(folder, 'dir'))
    symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'dangling'))
    symlinkSync(path.join(folder, 'loop'), path.join(folder, 'loop'))
    for (const [name, why] of [
      [path.join(folder, 'dir'), 'is a folder'],
      ['/dev/zero', 'is a device'],
      [path.join(folder, 'dangling'), 'does not exist'],
      [path.join(folder, 'loop'), 'leads to itself'],
      [path.join(folder, 'none'), 'does not exist'],
    ] as const)
      expect(await passphraseFromFile(name)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining(why) as string } })
  })

  it('reads no further than it must from a huge file', async () => {
    const huge = file('huge', 'six random words\n')
    truncateSync(huge, 10 * 2 ** 30)
    expect(await passphraseFromFile(huge)).toMatchObject({ ok: true, value: { passphrase: 'six random words' } })
  })

  it('says when others can read it', async () => {
    for (const [mode, isOpen] of [
      [0o600, false],
      [0o640, true],
      [0o604, true],
      [0o400, false],
    ] as const)
      expect(await passphraseFromFile(file(`mode-${mode.toString(8)}`, 'six random words\n', mode))).toMatchObject({ value: { isOpen } })
  })

  it.skipIf(process.platform === 'win32')(
    'comes out of a pipe that is filled late, and does not wait for one that nobody fills',
    async () => {
      const pipe = path.join(folder, 'pipe')
      execFileSync('mkfifo', [pipe])
      expect(await passphraseFromFile(pipe)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('is empty') as string } })
      const writer = await open(pipe, 'r+')
      const reading = passphraseFromFile(pipe)
      await new Promise((resolve) => setImmediate(resolve))
      await writer.write('six random words\n')
      expect(await reading).toMatchObject({ ok: true, value: { passphrase: 'six random words', isOpen: false } })
      await writer.close()
    },
  )
})

describe('a passphrase out of a variable', () => {
  it('is taken out of the environment too', () => {
    const env: Record<string, string | undefined> = { SECRET: 'six random words', OTHER: 'x' }
    expect(passphraseFromVariable('SECRET', env)).toEqual({ ok: true, value: 'six random words' })
    expect(env).toEqual({ OTHER: 'x' })
  })

  it.each([
    ['there is none', 'six-random-words', {}],
    ['it is empty', 'NAME', { NAME: '' }],
    ['it has two lines', 'NAME', { NAME: 'six\nrandom' }],
  ])('is refused when %s, and neither name nor text is repeated', (_, name, env) => {
    const read = passphraseFromVariable(name, { ...env })
    expect(read.ok).toBe(false)
    expect(JSON.stringify(read)).not.toMatch(/six|random/)
  })
})
