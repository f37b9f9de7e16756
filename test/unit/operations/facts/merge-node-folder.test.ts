import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLocalDatabase } from '../../../../electron/identities/index.ts'
import { makeNodeFolder } from '../../../builders/node-folder.ts'

describe('the builder of data folders', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'node-folder-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it.each(['wal', 'main', 'both'] as const)('makes databases of every schema with rows in %s', (rowsIn) => {
    for (const schema of [7, 8, 9]) {
      const made = makeNodeFolder(path.join(folder, `${schema}`), { keys: { 'a.key': 1, 'b.key': 2, 'c.key': 3 }, schema, rowsIn })
      const read = readLocalDatabase(made.dataFolder, { temporary: path.join(folder, 'tmp') })
      if (read.is !== 'read') throw new Error(JSON.stringify(read))
      expect(read).toMatchObject({ schema, isInWal: rowsIn === 'wal' })
      expect(read.rows).toHaveLength(3)
      expect(read.rows[0]).toMatchObject({ hasPost: true, hasProof: true, registrations: [{ address: 'http://poet.one' }] })
    }
  })

  it('leaves an empty file of one page beside a full log, as a young node does', () => {
    const { dataFolder } = makeNodeFolder(path.join(folder, 'young'), { keys: { 'a.key': 1 } })
    expect(statSync(path.join(dataFolder, 'local.sql')).size).toBe(4096)
    expect(statSync(path.join(dataFolder, 'local.sql-wal')).size).toBeGreaterThan(4096)
  })
})
