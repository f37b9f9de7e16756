import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { describe, expect, it } from 'vitest'
import { readIdentitiesFolder } from '../../../electron/identities/index.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey } from './keys.ts'

const names = (folder: { keys: readonly { path: string }[] }) => folder.keys.map((key) => path.basename(key.path))

function nodeWith(entries: Readonly<Record<string, string>>) {
  const files = createCrashFiles()
  files.putFolder('/node/identities')
  for (const [name, content] of Object.entries(entries)) files.put(`/node/identities/${name}`, content)
  return files
}

describe('readIdentitiesFolder', () => {
  it('lists what the node loads, in its order, with the public key of the seed', () => {
    const files = nodeWith({ 'b.key': aKey(2).hex, 'a.key': aKey(1).hex, 'notes.txt': 'hello' })
    files.putFolder('/node/identities/folder.key')
    expect(readIdentitiesFolder('/node', files)).toMatchObject({
      keys: [
        { path: '/node/identities/a.key', identity: aKey(1).id, form: 'good', place: 'node', nodeFolder: '/node', isLoaded: true },
        { path: '/node/identities/b.key', identity: aKey(2).id },
      ],
      problems: [],
      wouldDropAll: false,
    })
  })

  it('has nothing to say about a folder that is not there or empty', () => {
    expect(readIdentitiesFolder('/node', createCrashFiles())).toEqual({ keys: [], problems: [], wouldDropAll: false })
    expect(readIdentitiesFolder('/node', nodeWith({}))).toEqual({ keys: [], problems: [], wouldDropAll: false })
  })

  it('warns of a link to nothing: the node would drop all keys', () => {
    const files = nodeWith({ 'a.key': aKey(1).hex })
    files.putLink('/node/identities/zz.key', '/gone')
    const folder = readIdentitiesFolder('/node', files)
    expect(folder).toMatchObject({ wouldDropAll: true, problems: [expect.stringContaining('drop all keys')] })
    expect(names(folder)).toEqual(['a.key', 'zz.key'])
  })

  it('does not mind a link to nothing that the node would not load', () => {
    const files = nodeWith({ 'a.key': aKey(1).hex })
    files.putLink('/node/identities/zz.bak', '/gone')
    expect(readIdentitiesFolder('/node', files)).toMatchObject({ wouldDropAll: false, problems: [] })
  })

  it('follows a link to a key', () => {
    const files = nodeWith({})
    files.put('/elsewhere/x', aKey(3).hex)
    files.putLink('/node/identities/x.key', '/elsewhere/x')
    expect(readIdentitiesFolder('/node', files).keys).toMatchObject([{ identity: aKey(3).id, form: 'good', isLoaded: true }])
  })

  it('names both files of a double, also when one of them is misspelt by a line end', () => {
    const { problems } = readIdentitiesFolder('/node', nodeWith({ 'a.key': aKey(1).hex, 'b.key': `${aKey(1).hex}\n` }))
    expect(problems.find((text) => text.includes('same key'))).toMatch(/a\.key and .*b\.key/)
  })

  it('says that local.key beside others stops the start, and is silent when it is alone', () => {
    expect(readIdentitiesFolder('/node', nodeWith({ 'local.key': aKey(1).hex })).problems).toEqual([])
    expect(readIdentitiesFolder('/node', nodeWith({ 'local.key': aKey(1).hex, 'a.key': aKey(2).hex })).problems).toMatchObject([
      expect.stringContaining('local.key lies beside other keys'),
    ])
  })

  it('says that one bad file stops the start', () => {
    const { problems, keys } = readIdentitiesFolder('/node', nodeWith({ 'a.key': aKey(1).hex, '._a.key': 'AppleDouble', 'c.key': '' }))
    expect(keys.map(({ form }) => form)).toEqual(['bad', 'good', 'bad'])
    expect(problems).toHaveLength(2)
    for (const problem of problems) expect(problem).toContain('does not start')
  })

  it('lists keys that the node does not load, and other files not', () => {
    const folder = readIdentitiesFolder('/node', nodeWith({ 'A.KEY': aKey(1).hex, 'a.key.bak': aKey(2).hex, 'note.txt': 'x' }))
    expect(folder.keys.map(({ isLoaded }) => isLoaded)).toEqual([false, false])
    expect(folder.problems).toHaveLength(2)
  })

  it('says when it is no folder or may not be read', () => {
    const files = createCrashFiles()
    files.put('/node/identities', 'a file')
    expect(readIdentitiesFolder('/node', files).problems).toMatchObject([expect.stringContaining('not a folder')])
    const denied = nodeWith({ 'a.key': aKey(1).hex })
    denied.errorAt(0, 'EACCES')
    expect(readIdentitiesFolder('/node', denied).problems).toMatchObject([expect.stringContaining('permission')])
  })

  it('reads the keys that real nodes wrote', () => {
    const folders = fileURLToPath(new URL('../../fixtures/recordings/data-folders', import.meta.url))
    const dataFolders = readdirSync(folders).filter((name) => !name.includes('.json'))
    const read = dataFolders.map((name) => readIdentitiesFolder(path.join(folders, name)))
    expect(read.flatMap(({ keys }) => keys).length).toBeGreaterThan(10)
    for (const { keys, problems } of read) {
      expect(problems).toEqual([])
      for (const key of keys) expect(key.form, key.path).toBe('good')
    }
  })

  it('reads 10,000 files', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'many-keys-'))
    try {
      mkdirSync(path.join(folder, 'identities'))
      const contents = Array.from({ length: 100 }, (_, n) => aKey(n).hex)
      for (let n = 0; n < 10_000; n += 1) writeFileSync(path.join(folder, 'identities', `${n}.key`), contents[n % 100] ?? '')
      const began = performance.now()
      const { keys, problems } = readIdentitiesFolder(folder)
      console.log(`10,000 key files read: ${(performance.now() - began).toFixed(0)} ms`)
      expect(keys).toHaveLength(10_000)
      expect(problems).toHaveLength(100)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
