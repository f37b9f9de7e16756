import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseKeyBytes } from '../../../electron/identities/index.ts'
import { readCandidate } from '../../../electron/scan/key-candidate.ts'
import { aKey } from '../../builders/machine-tree.ts'

const key = aKey(1)
let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-candidate-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function read(name: string, content: string | Buffer) {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return readCandidate(file, name, parseKeyBytes)
}

describe('a file that may be a key', () => {
  it.each([
    ['notes', key.text],
    ['amber.key', key.text],
    ['amber.txt', `${key.text}\n`],
    ['amber.txt', `\uFEFF${key.text}`],
    ['AMBER.TXT', key.text.toUpperCase()],
    ['raw', Buffer.from(key.text, 'hex')],
    ['cut', key.text.slice(0, 120)],
  ])('%s is one when its seed gives the public half in it', (name, content) => {
    expect(read(name, content)).toMatchObject({ identity: key.identity })
  })

  it('is one by its name also with the seed alone, or a wrong public half', () => {
    expect(read('amber.key', key.text.slice(0, 64))).toMatchObject({ form: 'repairable', identity: key.identity })
    expect(read('local.key.bak', key.text.slice(0, 64) + aKey(2).identity)).toMatchObject({ form: 'repairable', identity: key.identity })
    expect(read('key.bin', Buffer.from(key.text, 'hex'))).toMatchObject({ identity: key.identity })
  })

  it('is a damaged one when it is named so and is empty, or mostly hex', () => {
    expect(read('a.key', '')).toMatchObject({ form: 'bad' })
    expect(read('b.key', 'ab'.repeat(25))).toMatchObject({ form: 'bad' })
    expect(read('c.key', `${'ab'.repeat(60)}zzzz`)).toMatchObject({ form: 'bad' })
  })

  it.each([
    ['a checksum', 'SHA512SUM', createHash('sha512').update('x').digest('hex')],
    ['a checksum of 256 bits', 'release', createHash('sha256').update('x').digest('hex')],
    ['a public key', 'amber.key.pub', key.identity],
    ['a TLS key', 'server.key', `-----BEGIN PRIVATE KEY-----\n${'MC4C'.repeat(20)}\n-----END PRIVATE KEY-----\n`],
    ['a text of that length', 'letter', 'Dear all, this is a letter about nothing that has just the length that a key has, more or less.'],
    ['64 random bytes', 'random', createHash('sha512').update('y').digest()],
    ['a huge file', 'talk.key', Buffer.alloc(100_000, 'ab')],
  ])('is none: %s', (_what, name, content) => {
    expect(read(name, content)).toBeUndefined()
  })

  it('is none when it is a folder, a link or a fifo, and nothing is waited for', () => {
    mkdirSync(path.join(folder, 'x.key'))
    writeFileSync(path.join(folder, 'real'), key.text)
    symlinkSync('real', path.join(folder, 'link.key'))
    execFileSync('mkfifo', [path.join(folder, 'pipe.key')])
    for (const name of ['x.key', 'link.key', 'pipe.key', 'gone.key']) {
      expect(readCandidate(path.join(folder, name), name, parseKeyBytes)).toBeUndefined()
    }
  })

  it('gives away nothing of the secret half', () => {
    for (const content of [key.text, `${key.text}\n`, key.text.slice(0, 127), key.text.slice(0, 64)]) {
      expect(JSON.stringify(read('amber.key', content))).not.toContain(key.text.slice(0, 16))
    }
  })
})
