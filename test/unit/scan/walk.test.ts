import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { walk, type FolderSeen, type WalkOptions } from '../../../electron/scan/walk.ts'

let root: string
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-walk-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(file: string, content: string | Buffer = ''): void {
  const at = path.join(root, file)
  mkdirSync(path.dirname(at), { recursive: true })
  writeFileSync(at, content)
}

async function walked(parts: Partial<WalkOptions> = {}) {
  const folders: FolderSeen[] = []
  const files: string[] = []
  const done = await walk({
    root,
    depth: 8,
    platform: 'linux',
    stops: new Set(),
    onFile: (folder, name) => files.push(path.relative(root, folder + name)),
    onFolder: (seen) => folders.push(seen),
    onBeat: () => true,
    ...parts,
  })
  const seen = (folder: string): FolderSeen | undefined => folders.find((one) => one.path === path.join(root, folder))
  return { ...done, files: files.sort(), folders: folders.map((one) => path.relative(root, one.path)).sort(), seen }
}

describe('the walk', () => {
  it('tells what a folder is by its names', async () => {
    write('node/local.sql')
    write('node/identities/a.key')
    write('pos/postdata_metadata.json')
    write('pos/postdata_0.bin')
    write('smesh/docker-compose.yml')
    write('sticks/smeshkeeper-2026-11-28.zip.age')
    const { seen, files } = await walked()
    expect([...(seen('node')?.marks ?? [])].sort()).toEqual(['identities', 'local.sql'])
    expect(seen('pos')).toMatchObject({ hasPosData: true })
    expect(seen('smesh')?.hints).toEqual(['docker-compose.yml'])
    expect(seen('sticks')?.backups).toEqual([path.join(root, 'sticks/smeshkeeper-2026-11-28.zip.age')])
    expect(files).toEqual(['node/identities/a.key'])
  })

  it('asks about files of any name, but not about those of other programs', async () => {
    for (const name of ['amber', 'amber.txt', 'amber.key.bak', '.hidden', 'A.KEY', 'sum.1']) write(name)
    for (const name of ['a.jpg', 'b.TS', 'c.tar.gz', 'd.json']) write(name)
    const { files } = await walked()
    expect(files).toEqual(['.hidden', 'A.KEY', 'amber', 'amber.key.bak', 'amber.txt', 'sum.1'])
  })

  it('follows no link, so that a loop does not catch it and nothing outside is seen', async () => {
    write('in/x')
    symlinkSync('..', path.join(root, 'in/up'))
    symlinkSync('/', path.join(root, 'out'))
    symlinkSync('nowhere', path.join(root, 'dangling.key'))
    const { folders, files, isWhole } = await walked()
    expect(folders).toEqual(['', 'in'])
    expect(files).toEqual(['in/x'])
    expect(isWhole).toBe(true)
  })

  it('knows a linked identities folder, which the node would follow', async () => {
    mkdirSync(path.join(root, 'node'))
    symlinkSync('/elsewhere', path.join(root, 'node/identities'))
    const { seen } = await walked()
    expect(seen('node')?.marks.has('identities')).toBe(true)
  })

  it('stops at its depth and says how much lies deeper', async () => {
    write('1/2/3/4/x')
    const { folders, counts } = await walked({ depth: 3 })
    expect(folders).toEqual(['', '1', '1/2', '1/2/3'])
    expect(counts.tooDeep).toBe(1)
  })

  it('does not enter mount points and other roots, nor folders of programs and snapshots', async () => {
    for (const name of ['mnt/x', 'node_modules/x', '.git/x', '.snapshots/x', 'mine/x']) write(name)
    const { folders } = await walked({ stops: new Set([path.join(root, 'mnt')]) })
    expect(folders).toEqual(['', 'mine'])
  })

  it('takes a folder named like a key for a folder, and a fifo for nothing', async () => {
    write('x.key/inner')
    execFileSync('mkfifo', [path.join(root, 'pipe.key')])
    const { files, folders } = await walked()
    expect(files).toEqual(['x.key/inner'])
    expect(folders).toEqual(['', 'x.key'])
  })

  it('survives hostile names', async () => {
    const long = 'n'.repeat(251)
    for (const name of ['line\nbreak', `${long}.key`, '\u2028', ' ', '"quoted"']) write(name)
    const { files } = await walked()
    expect(files).toHaveLength(5)
  })

  it('counts folders whose names are not UTF-8, because nobody can open them by text', async () => {
    const bad = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])])
    mkdirSync(bad)
    const { counts, folders } = await walked()
    expect(counts.unnameable).toBe(1)
    expect(folders).toEqual([''])
  })

  it('lets a folder vanish under it', async () => {
    write('a/x')
    write('b/x')
    const { isWhole, counts } = await walked({
      onFolder: (seen) => {
        if (seen.path === root) rmSync(path.join(root, 'a'), { recursive: true })
      },
    })
    expect(isWhole).toBe(true)
    expect(counts).toMatchObject({ closed: 0, failed: 0 })
  })

  it('ends when it is told to, also within one large folder', async () => {
    for (let i = 0; i < 600; i += 1) write(`f${i}`)
    const { isWhole, counts } = await walked({ onBeat: () => false })
    expect(isWhole).toBe(false)
    expect(counts.files).toBeLessThan(600)
  })

  it('says why its root cannot be listed', async () => {
    expect(await walked({ root: path.join(root, 'gone') })).toMatchObject({ rootFault: 'ENOENT' })
    write('file')
    expect(await walked({ root: path.join(root, 'file') })).toMatchObject({ rootFault: 'ENOTDIR' })
  })
})
