import { describe, expect, it } from 'vitest'
import type { Files } from '../../../electron/lib/files.ts'
import { crashEverywhere } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles, PowerCut, seededRandom, type CrashFiles } from '../../fakes/crash-files.ts'

const codeOf = (work: () => unknown): unknown => {
  try {
    work()
    return 'nothing thrown'
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? cause.code : cause
  }
}

function writeNew(files: Files, file: string, text: string, isSynced: boolean): void {
  const fd = files.create(file, 0o600)
  files.write(fd, Buffer.from(text))
  if (isSynced) files.sync(fd)
  files.close(fd)
}

/** What `file` may be after a cut, over many seeds. */
const outcomes = (files: CrashFiles, file: string): Set<string> =>
  new Set(Array.from({ length: 200 }, (_, seed) => files.crash(seededRandom(seed)).content(file)?.toString() ?? 'absent'))

describe('crash files', () => {
  it('behave as a file system while the power is on', () => {
    const files = createCrashFiles({ devices: { '/usb': 2 } })
    files.putFolder('/a')
    files.putFolder('/usb')
    writeNew(files, '/a/one', 'hello', false)
    expect(codeOf(() => files.create('/a/one', 0o600))).toBe('EEXIST')
    files.link('/a/one', '/a/two')
    expect(codeOf(() => files.link('/a/one', '/a/two'))).toBe('EEXIST')
    expect(files.facts('/a/one')).toMatchObject({ is: 'file', bytes: 5, mode: 0o600, inode: files.facts('/a/two')?.inode })
    files.unlink('/a/one')
    files.rename('/a/two', '/a/three')
    expect(files.list('/a')).toEqual(['three'])
    expect(Buffer.from(files.readWhole('/a/three', 10)).toString()).toBe('hello')
    expect(codeOf(() => files.readWhole('/a/three', 4))).toBe('EFBIG')
    expect(codeOf(() => files.readWhole('/a', 4))).toBe('EISDIR')
    expect(codeOf(() => files.rename('/a/three', '/usb/three'))).toBe('EXDEV')
    expect(codeOf(() => files.link('/a/three', '/usb/three'))).toBe('EXDEV')
    expect(codeOf(() => files.list('/b'))).toBe('ENOENT')
    expect(codeOf(() => files.list('/a/three'))).toBe('ENOTDIR')
    files.makeFolder('/b/c/d', 0o700)
    expect(files.facts('/b/c/d')).toMatchObject({ is: 'folder', mode: 0o700 })
    const fd = files.openRead('/a/three')
    expect(Buffer.from(files.read(fd, 3, 2)).toString()).toBe('llo')
    expect(codeOf(() => files.write(fd, Buffer.from('x')))).toBe('EBADF')
  })

  it('follow links when reading, not when moving', () => {
    const files = createCrashFiles()
    files.put('/a/key', 'k')
    files.putLink('/a/link', 'key')
    files.putLink('/a/dangling', 'nothing')
    files.putOther('/a/fifo')
    expect(Buffer.from(files.readWhole('/a/link', 9)).toString()).toBe('k')
    expect(codeOf(() => files.readWhole('/a/dangling', 9))).toBe('ENOENT')
    expect(files.facts('/a/dangling')?.is).toBe('link')
    expect(files.facts('/a/fifo')?.is).toBe('other')
    files.unlink('/a/link')
    expect(files.content('/a/key')?.toString()).toBe('k')
  })

  it('lose, tear or keep bytes that were not synced', () => {
    const files = createCrashFiles()
    files.putFolder('/a')
    writeNew(files, '/a/f', 'x'.repeat(1536), false)
    files.syncFolder('/a')
    const seen = outcomes(files, '/a/f')
    expect(seen).toContain('')
    expect(seen).toContain('x'.repeat(1536))
    expect(seen).toContain('\0'.repeat(512) + 'x'.repeat(1024))
    expect(seen).toContain('x'.repeat(512) + '\0'.repeat(512) + 'x'.repeat(512))
    expect([...seen].some((text) => text.length > 0 && text.length < 1536)).toBe(true)
  })

  it('keep synced bytes whole, whatever is written after them', () => {
    const files = createCrashFiles()
    files.putFolder('/a')
    const fd = files.create('/a/f', 0o600)
    files.syncFolder('/a')
    files.write(fd, Buffer.from('first'))
    files.sync(fd)
    files.write(fd, Buffer.from('second'))
    for (const text of outcomes(files, '/a/f')) expect(text.startsWith('first')).toBe(true)
  })

  it('lose a synced file whose name was not synced, and one in a folder whose own name was not', () => {
    const files = createCrashFiles()
    files.putFolder('/a')
    writeNew(files, '/a/f', 'text', true)
    files.makeFolder('/a/new', 0o700)
    writeNew(files, '/a/new/g', 'text', true)
    files.syncFolder('/a/new')
    expect(outcomes(files, '/a/f')).toEqual(new Set(['absent', 'text']))
    expect(outcomes(files, '/a/new/g')).toEqual(new Set(['absent', 'text']))
    files.syncFolder('/a')
    expect(outcomes(files, '/a/f')).toEqual(new Set(['text']))
    expect(outcomes(files, '/a/new/g')).toEqual(new Set(['text']))
  })

  it('let the two halves of a rename survive apart', () => {
    const files = createCrashFiles()
    files.put('/a/from', 'moved')
    files.put('/b/to', 'old')
    files.rename('/a/from', '/b/to')
    const seen = new Set(
      Array.from({ length: 100 }, (_, seed) => {
        const left = files.crash(seededRandom(seed))
        return `${left.content('/a/from')?.toString() ?? '-'} ${left.content('/b/to')?.toString() ?? '-'}`
      }),
    )
    expect(seen).toEqual(new Set(['moved old', 'moved moved', '- old', '- moved']))
  })

  it('stay off after the cut, whoever catches it', () => {
    const files = createCrashFiles()
    files.putFolder('/a')
    files.failAt(1, 'after')
    const fd = files.create('/a/f', 0o600)
    expect(() => files.write(fd, Buffer.from('text'))).toThrow(PowerCut)
    expect(files.isCut).toBe(true)
    expect(() => files.unlink('/a/f')).toThrow(PowerCut)
    expect(files.operations.map(({ name }) => name)).toEqual(['create', 'write'])
    expect(files.crash(seededRandom(1), 'nothing').all()).toEqual([])
    expect(files.crash(seededRandom(1), 'everything').content('/a/f')?.toString()).toBe('text')
  })

  it('fail as a full or a pulled disk does', () => {
    const files = createCrashFiles({ hasLinks: false })
    files.put('/a/f', 'text')
    expect(codeOf(() => files.link('/a/f', '/a/g'))).toBe('EPERM')
    files.errorAt(2, 'ENOSPC')
    const fd = files.create('/a/h', 0o600)
    expect(codeOf(() => files.write(fd, Buffer.from('text')))).toBe('ENOSPC')
    expect(files.content('/a/h')?.toString()).toBe('te')
    files.write(fd, Buffer.from('more'))
    files.errorAt(4, 'EIO', { forGood: true })
    expect(codeOf(() => files.sync(fd))).toBe('EIO')
    expect(codeOf(() => files.unlink('/a/h'))).toBe('EIO')
    expect(files.list('/a')).toEqual(['f', 'h'])
  })

  it('come out the same for the same seed', () => {
    const files = createCrashFiles()
    files.putFolder('/a')
    for (let n = 0; n < 20; n += 1) writeNew(files, `/a/${n}`, 'x'.repeat(n * 100), n % 2 === 0)
    const shape = (seed: number) =>
      JSON.stringify(
        files
          .crash(seededRandom(seed))
          .all()
          .map(({ path, bytes }) => [path, bytes.toString('hex')]),
      )
    expect(shape(7)).toBe(shape(7))
    expect(shape(7)).not.toBe(shape(8))
  })
})

describe('crashEverywhere', () => {
  const replace = (isSynced: boolean) => (files: Files) => {
    writeNew(files, '/a/new', 'new text', isSynced)
    files.rename('/a/new', '/a/file')
    files.syncFolder('/a')
  }
  const scenario = (run: (files: Files) => void) => ({
    prepare: () => {
      const files = createCrashFiles()
      files.put('/a/file', 'old text')
      return files
    },
    run,
    check: (disk: CrashFiles) => {
      const text = disk.content('/a/file')?.toString()
      return text === 'old text' || text === 'new text' ? undefined : `file is ${JSON.stringify(text)}`
    },
  })

  it('finds nothing in a correct replacement', async () => {
    const coverage = await crashEverywhere(scenario(replace(true)))
    expect(coverage).toMatchObject({ failures: [], cuts: 60, kinds: { create: 1, write: 1, sync: 1, rename: 1, syncFolder: 1 } })
  })

  it('finds a forgotten sync', async () => {
    expect((await crashEverywhere(scenario(replace(false)))).failures).not.toEqual([])
  })

  it('cuts the recovery too, and runs it again', async () => {
    const coverage = await crashEverywhere({
      ...scenario(replace(true)),
      recover: (files) => {
        if (files.facts('/a/new') !== undefined) files.unlink('/a/new')
        files.syncFolder('/a')
      },
      check: (disk, at) => (at === 'recovered' && disk.content('/a/new') !== undefined ? 'the temporary file stays' : undefined),
    })
    expect(coverage.failures).toEqual([])
    expect(coverage.cutsInRecovery).toBe(60)
  })
})
