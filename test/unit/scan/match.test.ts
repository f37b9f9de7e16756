import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isLoadedByNode, parseKeyBytes, readIdentitiesFolder } from '../../../electron/identities/index.ts'
import { inspectPosFolder } from '../../../electron/pos-data/index.ts'
import { lookAt } from '../../../electron/scan/look-at.ts'
import { explainPath } from '../../../electron/scan/match-words.ts'
import { matchText } from '../../../electron/scan/match.ts'
import type { Readers } from '../../../electron/scan/readers.ts'
import type { Inventory, MatchAnswer } from '../../../shared/domain/inventory.ts'
import { anInventory, anInventoryIdentity } from '../../builders/inventory.ts'
import { aKey, writeKey, writeNodeFolder, writePosFolder } from '../../builders/machine-tree.ts'

const key = aKey(1)
const readers: Readers = {
  parseKeyBytes,
  readIdentitiesFolder,
  isLoadedByNode,
  readLocalDatabase: () => ({ is: 'absent' }),
  inspectPosFolder: (folder) => inspectPosFolder(folder).state,
}
let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-match-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => path.join(folder, name)
const dropped = (name: string, inventory: Inventory | undefined = anInventory()): MatchAnswer =>
  explainPath(lookAt(at(name), 'linux', readers), { inventory, homedir: folder })
const withIdentity = (parts: Parameters<typeof anInventoryIdentity>[0] = {}): Inventory =>
  anInventory({
    identities: [
      anInventoryIdentity({
        nickname: 'Amber',
        posFolders: [at('pos')],
        copies: [{ path: at('amber.key'), grade: 'at-rest' }],
        ...parts,
        id: key.identity,
      }),
    ],
    posFolders: [{ path: at('pos'), state: inspectPosFolder(at('pos')).state }],
  })

describe('a dropped file or folder', () => {
  it('with PoS data tells how much, whose, whether complete and where the key is', () => {
    writePosFolder(at('pos'), { number: 1 })
    const answer = dropped('pos', withIdentity())
    expect(answer).toMatchObject({ is: 'pos-folder', identity: key.identity, next: 'none' })
    expect(answer.sentences.join(' ')).toMatch(
      /^PoS data of identity .{4}….{4} \("Amber"\): 2\.0\u2009KiB, complete\. Its key is in ~\/amber\.key\.$/,
    )
  })

  it('with data but no key anywhere leads to a restore', () => {
    writePosFolder(at('pos'), { number: 1 })
    expect(dropped('pos')).toMatchObject({ next: 'restore' })
    expect(dropped('pos').sentences.at(-1)).toContain('without it the data is worthless')
  })

  it('that is one file of PoS data stands for its folder', () => {
    writePosFolder(at('pos'), { number: 1, files: 3 })
    rmSync(at('pos/postdata_0.bin'))
    for (const name of ['pos/postdata_2.bin', 'pos/postdata_metadata.json']) {
      const answer = dropped(name)
      expect(answer.identity).toBe(key.identity)
      expect(answer.sentences[0]).toContain('one file of the PoS data in ~/pos')
      expect(answer.sentences[1]).toContain('1 file missing')
    }
  })

  it.each([
    ['truncated', '{"NodeId": "AA'],
    ['foreign', '{"name":"x"}'],
    ['empty', ''],
    [
      'absurd',
      JSON.stringify({
        NodeId: Buffer.alloc(32).toString('base64'),
        CommitmentAtxId: Buffer.alloc(32).toString('base64'),
        LabelsPerUnit: 1e15,
        NumUnits: 4e9,
        MaxFileSize: 16,
      }),
    ],
  ])('whose metadata is %s is told with what to do', (_what, content) => {
    writePosFolder(at('pos'), { number: 1 })
    writeFileSync(at('pos/postdata_metadata.json'), content)
    const answer = dropped('pos')
    expect(answer).toMatchObject({ is: 'pos-folder', next: 'restore' })
    expect(answer.sentences.join(' ')).toContain('cannot be used')
  })

  it('with data files alone is known for PoS data without its metadata', () => {
    writePosFolder(at('pos'), { number: 1 })
    rmSync(at('pos/postdata_metadata.json'))
    expect(dropped('pos').sentences[0]).toContain('postdata_metadata.json is missing')
  })

  it('that is a key without data says so, and never shows its secret half', () => {
    writeKey(at('amber.key'), 1)
    const answer = dropped('amber.key')
    expect(answer).toMatchObject({ is: 'key', identity: key.identity, next: 'add-key' })
    expect(answer.sentences).toContain('This key has no data here.')
    expect(JSON.stringify(answer)).not.toContain(key.text.slice(0, 16))
  })

  it('that is a key of a running node is not added again', () => {
    writePosFolder(at('pos'), { number: 1 })
    writeKey(at('copy.key'), 1)
    const answer = dropped(
      'copy.key',
      withIdentity({ copies: [{ path: '/n/identities/a.key', grade: 'running', by: 'spacemesh.service' }] }),
    )
    expect(answer.next).toBe('none')
    expect(answer.sentences.join(' ')).toContain('also in /n/identities/a.key (spacemesh.service runs with it)')
  })

  it('that is a damaged key says what is wrong', () => {
    writeFileSync(at('x.key'), key.text.slice(0, 50))
    expect(dropped('x.key').sentences[0]).toContain('no key can be read from it')
    writeFileSync(at('y.key'), 'not a key at all, but somebody named it so')
    expect(dropped('y.key')).toMatchObject({ is: 'key', next: 'none' })
  })

  it('that is a node folder, or its identities, lists its keys', () => {
    writeNodeFolder(at('node'), { 'a.key': 1, 'b.key': 2 })
    for (const name of ['node', 'node/identities']) {
      const answer = dropped(name)
      expect(answer).toMatchObject({ is: 'node-folder', next: 'import' })
      expect(answer.sentences[1]).toContain(key.identity.slice(0, 4))
    }
  })

  it('with keys and nothing else says whose they are', () => {
    for (let i = 1; i <= 7; i += 1) writeKey(at(`keys/k${i}`), i)
    writeFileSync(at('keys/k8.key'), '')
    const answer = dropped('keys')
    expect(answer).toMatchObject({ is: 'key', next: 'add-key' })
    expect(answer.sentences.join(' ')).toMatch(/8 key files.*and 2 more.*From 1 of them no key can be read/s)
  })

  it("knows Smapp's folder, our backups and other age files", () => {
    mkdirSync(at('Spacemesh'))
    writeFileSync(at('Spacemesh/config.json'), '{}')
    writeFileSync(at('Spacemesh/node-config.7c8cef2b.json'), '{}')
    writeFileSync(at('smeshkeeper-2026-11-28.zip.age'), 'age-encryption.org/v1\n')
    writeFileSync(at('other.age'), 'age-encryption.org/v1\n-> scrypt')
    expect(dropped('Spacemesh')).toMatchObject({ is: 'node-folder', next: 'import' })
    expect(dropped('smeshkeeper-2026-11-28.zip.age')).toMatchObject({ is: 'backup', next: 'restore' })
    expect(dropped('other.age')).toMatchObject({ is: 'backup', next: 'restore' })
  })

  it('that is nothing of these, or nothing at all, is told as that', () => {
    writeFileSync(at('letter.txt'), 'hello')
    mkdirSync(at('empty'))
    expect(dropped('letter.txt')).toMatchObject({ is: 'unknown', next: 'none' })
    expect(dropped('empty').sentences[0]).toContain('This folder is no key')
    expect(dropped('gone').sentences[0]).toContain('does not exist')
  })

  it('before any scan says that a search comes first', () => {
    writeKey(at('amber.key'), 1)
    const answer = explainPath(lookAt(at('amber.key'), 'linux', readers), { inventory: undefined, homedir: folder })
    expect(answer).toMatchObject({ is: 'key', next: 'none' })
    expect(answer.sentences.join(' ')).toContain('Search this machine first')
  })
})

describe('a pasted text', () => {
  const inventory = anInventory({ identities: [anInventoryIdentity({ nickname: 'Amber', id: key.identity } as never)] })
  const hex = key.identity
  const base64 = Buffer.from(hex, 'hex').toString('base64')

  it.each([
    hex,
    hex.toUpperCase(),
    ` ${hex}\n`,
    `0x${hex}`,
    `"${hex}",`,
    hex.match(/.{8}/g)?.join(' ') ?? '',
    hex.match(/../g)?.join(':') ?? '',
    base64,
    base64.replace(/=$/, ''),
    base64.replaceAll('+', '-').replaceAll('/', '_'),
    'amber',
    ' Amber ',
  ])('is an identity: %j', (text) => {
    const answer = matchText(text, inventory)
    expect(answer).toMatchObject({ is: 'identity', identity: hex })
    expect(answer.sentences[0]).toContain('"Amber"')
  })

  it('of an identity that is not here says that', () => {
    expect(matchText(aKey(9).identity, inventory).sentences[1]).toContain('Neither its key nor its data')
    expect(matchText(aKey(9).identity, undefined).sentences[1]).toContain('Search this machine first')
  })

  it.each([
    ['a key', key.text],
    ['a key in capitals with a line break', `${key.text.toUpperCase()}\n`],
    ['a key cut short', key.text.slice(0, 127)],
    ['a key in base64', Buffer.from(key.text, 'hex').toString('base64')],
    ['the secret half alone', key.text.slice(0, 64)],
  ])('that is %s is called a secret, and not repeated', (_what, text) => {
    const answer = matchText(text, inventory)
    expect(answer).toMatchObject({ is: 'key', identity: hex, next: 'none' })
    expect(answer.sentences[0]).toContain('This is a KEY')
    expect(JSON.stringify(answer).toLowerCase()).not.toContain(key.text.slice(0, 16))
    expect(answer.sentences.join(' ')).toContain(hex)
  })

  it.each(['', 'hello', 'ab'.repeat(31), 'zz'.repeat(32), '{"a":1}', '🔑'])('is nothing known: %j', (text) => {
    expect(matchText(text, inventory)).toMatchObject({ is: 'unknown', next: 'none' })
  })
})
