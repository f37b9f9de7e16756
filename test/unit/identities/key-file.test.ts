import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLoadedByNode, parseKeyBytes, readKeyFile } from '../../../electron/identities/index.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey } from './keys.ts'

const key = aKey(1)
const other = aKey(2)
const text = (content: string) => parseKeyBytes(Buffer.from(content, 'latin1'))

describe('parseKeyBytes', () => {
  it.each([
    ['lower case', key.hex],
    ['upper case', key.hex.toUpperCase()],
    ['mixed case', key.hex.slice(0, 64).toUpperCase() + key.id],
  ])('takes a key in %s as the node does', (_name, content) => {
    const reading = text(content)
    expect(reading).toMatchObject({ form: 'good', identity: key.id })
    expect(reading.problem).toBeUndefined()
    expect(Buffer.from(reading.canonical ?? []).toString()).toBe(key.hex)
  })

  it.each([
    ['a line feed', `${key.hex}\n`, 'line break'],
    ['CRLF', `${key.hex}\r\n`, 'line break'],
    ['a byte order mark', `\xef\xbb\xbf${key.hex}`, 'byte order mark'],
    ['a mark and CRLF', `\xef\xbb\xbf${key.hex}\r\n`, 'byte order mark'],
    ['0x', `0x${key.hex}`, '0x'],
    ['spaces', ` ${key.seed.toString('hex')} ${key.id} `, 'spaces'],
    ['a line a half', `${key.hex.slice(0, 64)}\n${key.id}\n`, 'line breaks'],
    ['UTF-16', Buffer.from(`\ufeff${key.hex}\r\n`, 'utf16le').toString('latin1'), 'UTF-16'],
    ['UTF-16 the other way', Buffer.from(`\ufeff${key.hex}`, 'utf16le').swap16().toString('latin1'), 'UTF-16'],
    ['64 raw bytes', Buffer.from(key.hex, 'hex').toString('latin1'), 'raw bytes'],
    ['the seed only', key.hex.slice(0, 64), '64 characters'],
    ['the last character cut off', key.hex.slice(0, 127), 'cut off'],
    ['most of the public half cut off', key.hex.slice(0, 72), 'cut off'],
    ['a character too many', `${key.hex}0`, '1 characters too many'],
    ['the key twice', key.hex + key.hex, '128 characters too many'],
    ['the public half of another key', key.hex.slice(0, 64) + other.id, 'does not fit'],
    ['a damaged public half', `${key.hex.slice(0, 100)}${key.hex[100] === '0' ? '1' : '0'}${key.hex.slice(101)}`, 'does not fit'],
  ])('reads the key despite %s and says why the node would not', (_name, content, why) => {
    const reading = text(content)
    expect(reading).toMatchObject({ form: 'repairable', identity: key.id })
    expect(reading.problem).toContain(why)
    expect(Buffer.from(reading.canonical ?? []).toString()).toBe(key.hex)
  })

  it.each([
    ['nothing', ''],
    ['zeros', '\0'.repeat(128)],
    ['63 characters', key.hex.slice(0, 63)],
    ['seven characters of the public half', key.hex.slice(0, 71)],
    ['a character missing in the middle', key.hex.slice(0, 30) + key.hex.slice(31)],
    ['a character too many in the middle', `${key.hex.slice(0, 30)}0${key.hex.slice(30)}`],
    ['a letter that is no digit', `${key.hex.slice(0, 30)}g${key.hex.slice(31)}`],
    ['base64', Buffer.from(key.hex, 'hex').toString('base64')],
    ['JSON', JSON.stringify({ key: key.hex })],
    ['a PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['64 other raw bytes', Buffer.concat([key.seed, other.seed]).toString('latin1')],
    ['32 raw bytes', key.seed.toString('latin1')],
    ['zeros behind half a key', key.hex.slice(0, 50) + '\0'.repeat(78)],
    ['only white space', ' \n\r\n'],
    ['only 0x', '0x'],
    ['a mark alone', '\xef\xbb\xbf'],
    ['half a UTF-16 mark', '\xff\xfe'],
    ['emoji', Buffer.from('🔑'.repeat(32)).toString('latin1')],
  ])('takes %s for no key and says what to do', (_name, content) => {
    const reading = text(content)
    expect(reading).toMatchObject({ form: 'bad', problem: expect.stringMatching(/restore|look/) })
    expect(reading.canonical).toBeUndefined()
    expect(reading.identity).toBeUndefined()
  })

  it('does not look at 10 MB of garbage', () => {
    const began = performance.now()
    expect(parseKeyBytes(Buffer.alloc(10_000_000, 'a'))).toMatchObject({ form: 'bad' })
    expect(performance.now() - began).toBeLessThan(50)
  })

  it('never quotes what it read', () => {
    const hex = key.hex
    for (let end = 1; end <= 130; end += 1) {
      const { problem = '' } = text(`${hex}00`.slice(0, end))
      for (let at = 0; at + 6 <= 64; at += 1) expect(problem).not.toContain(hex.slice(at, at + 6))
    }
  })

  it('answers something for any bytes', () => {
    for (let round = 0; round < 2000; round += 1) {
      const reading = parseKeyBytes(randomBytes(round % 200))
      expect(reading.form === 'good' || (reading.problem ?? '').length > 20).toBe(true)
    }
  })

  it('is fast enough for a guard before each start', () => {
    const contents = Array.from({ length: 1000 }, (_, n) => Buffer.from(aKey(n).hex))
    const began = performance.now()
    for (const content of contents) expect(parseKeyBytes(content).form === 'good').toBe(true)
    console.log(`1,000 keys parsed and derived: ${(performance.now() - began).toFixed(0)} ms`)
  })
})

describe('isLoadedByNode', () => {
  it('is the rule of the node', () => {
    for (const name of ['a.key', '.key', '._a.key', 'local.key', 'a.b.key', ' .key']) expect(isLoadedByNode(name), name).toBe(true)
    for (const name of ['A.KEY', 'a.Key', 'a.key.bak', 'key.bin', 'key', 'akey', 'a.key ', 'a.keys'])
      expect(isLoadedByNode(name), name).toBe(false)
  })
})

describe('readKeyFile', () => {
  let folder: string
  let server: net.Server
  const at = (name: string) => path.join(folder, name)
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'keys-'))
    writeFileSync(at('good.key'), key.hex)
    writeFileSync(at('huge.key'), Buffer.alloc(10_000_000, '0'))
    writeFileSync(at('locked.key'), key.hex)
    chmodSync(at('locked.key'), 0)
    mkdirSync(at('folder.key'))
    symlinkSync('good.key', at('link.key'))
    symlinkSync('nothing', at('dangling.key'))
    symlinkSync('loop.key', at('loop.key'))
    symlinkSync('folder.key', at('to-folder.key'))
    symlinkSync('/dev/zero', at('zero.key'))
    execFileSync('mkfifo', [at('fifo.key')])
    symlinkSync('fifo.key', at('to-fifo.key'))
    server = net.createServer()
    await new Promise<void>((resolve) => server.listen(at('socket.key'), resolve))
    symlinkSync('socket.key', at('to-socket.key'))
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['good.key', { form: 'good', found: 'parsed', identity: key.id }],
    ['link.key', { form: 'good', found: 'parsed', identity: key.id }],
    ['huge.key', { form: 'bad', found: 'parsed' }],
    ['folder.key', { form: 'bad', found: 'folder' }],
    ['to-folder.key', { form: 'bad' }],
    ['dangling.key', { form: 'bad', found: 'dangling-link' }],
    ['loop.key', { form: 'bad', found: 'unreadable' }],
    ['zero.key', { form: 'bad', found: 'special' }],
    ['fifo.key', { form: 'bad', found: 'special' }],
    ['to-fifo.key', { form: 'bad', found: 'special' }],
    ['socket.key', { form: 'bad', found: 'special' }],
    ['to-socket.key', { form: 'bad', found: 'special' }],
    ['vanished.key', { form: 'bad', found: 'absent' }],
    ['good.key/below', { form: 'bad' }],
  ])('says what %s is', (name, expected) => {
    expect(readKeyFile(at(name))).toMatchObject(expected)
  })

  it('says when there is no permission', (context) => {
    if (process.getuid?.() === 0) context.skip('root may read everything')
    expect(readKeyFile(at('locked.key'))).toMatchObject({
      form: 'bad',
      found: 'unreadable',
      problem: expect.stringContaining('permission'),
    })
  })

  it.each(['EACCES', 'EIO', 'ESTALE', 'EPERM'])('makes a sentence of %s', (code) => {
    const files = createCrashFiles()
    files.put('/a.key', key.hex)
    files.errorAt(1, code)
    expect(readKeyFile('/a.key', files)).toMatchObject({ form: 'bad', found: 'unreadable' })
  })
})
