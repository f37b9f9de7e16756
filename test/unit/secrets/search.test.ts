import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secretsIn, secretsInText } from '../../secrets/search.ts'

const SEED = 'a1'.repeat(32)
const KEY = `${SEED}${'b2'.repeat(32)}`
let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'secrets-'))
  mkdirSync(path.join(folder, 'node', 'identities'), { recursive: true })
  writeFileSync(path.join(folder, 'node', 'identities', 'amber.key'), KEY)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the search for secrets', () => {
  it('finds nothing where only the key file holds its key', () => {
    writeFileSync(path.join(folder, 'log'), `identity ${'b2'.repeat(32)} is fine`)
    expect(secretsIn(folder)).toEqual([])
  })

  it.each([
    ['hex', SEED],
    ['capitals', SEED.toUpperCase()],
    ['base64', Buffer.from(SEED, 'hex').toString('base64')],
  ])('finds a key in %s', (_form, text) => {
    writeFileSync(path.join(folder, 'log'), `before ${text} after`)
    expect(secretsIn(folder)).toEqual([expect.stringContaining('amber.key stands in')])
  })

  it('finds raw bytes and passphrases, also in what crossed', () => {
    writeFileSync(path.join(folder, 'dump'), Buffer.concat([Buffer.alloc(5), Buffer.from(SEED, 'hex')]))
    expect(secretsIn(folder)).toHaveLength(1)
    expect(secretsInText('{"said":"orbit-lantern"}', { passphrases: ['orbit-lantern'] })).toHaveLength(1)
    expect(secretsInText('{}', { passphrases: ['orbit-lantern'], keys: [KEY] })).toEqual([])
  })
})
