import { describe, expect, it } from 'vitest'
import { holdFolders, type HoldTools } from '../../../electron/operations/hold-folders.ts'
import { holdersOnLinux, parseLsof, type Holder } from '../../../electron/operations/open-files.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'

interface Machine {
  readonly locked?: readonly string[]
  readonly existing?: readonly string[]
  readonly holders?: readonly Holder[]
}

function machine({ locked = [], existing = [], holders = [] }: Machine): { tools: HoldTools; taken: string[] } {
  const taken: string[] = []
  return {
    taken,
    tools: {
      lock(file) {
        if (locked.includes(file)) return fail('lock/held', `${file} is locked`, { context: { pid: 42 } })
        taken.push(file)
        return ok({ release: () => void taken.splice(taken.indexOf(file), 1) })
      },
      holders: () => Promise.resolve(holders),
      defaultLock: '/tmp/spacemesh.lock',
      exists: (file) => existing.includes(file),
    },
  }
}

const MAIN = { dataFolder: '/node/main', lockFile: '/node/main.lock' }
const ATTIC = { dataFolder: '/node/attic' }

describe('holding data folders', () => {
  it('takes the lock of the config, the one in the folder and the default one, and gives them back', async () => {
    const { tools, taken } = machine({ existing: ['/node/attic/LOCK'] })
    const held = await holdFolders(tools)([MAIN, ATTIC])
    expect(taken.toSorted()).toEqual(['/node/attic/LOCK', '/node/main.lock', '/tmp/spacemesh.lock'])
    if (held.ok) held.value.release()
    expect(taken).toEqual([])
  })

  it('refuses while a node holds a lock, names it, and keeps none', async () => {
    const { tools, taken } = machine({ locked: ['/node/main.lock'] })
    const held = await holdFolders(tools)([ATTIC, MAIN])
    expect(held).toMatchObject({
      ok: false,
      fault: { code: 'operation/folder-in-use', detail: expect.stringContaining('process 42') as string },
    })
    expect(taken).toEqual([])
  })

  it('minds the default lock only for a node whose config may use it', async () => {
    const { tools } = machine({ locked: ['/tmp/spacemesh.lock'] })
    expect((await holdFolders(tools)([MAIN])).ok).toBe(true)
    expect((await holdFolders(tools)([ATTIC])).ok).toBe(false)
  })

  it('refuses while a process has the database open, whatever it locked', async () => {
    const { tools, taken } = machine({ holders: [{ pid: 7, command: 'go-spacemesh -d /node/main', is: 'open' }] })
    expect(await holdFolders(tools)([MAIN])).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('Process 7') as string } })
    expect(taken).toEqual([])
  })

  it('refuses while a node of another user may have it open', async () => {
    const { tools } = machine({ holders: [{ pid: 7, command: 'go-spacemesh', is: 'unknown' }] })
    expect(await holdFolders(tools)([MAIN])).toMatchObject({ ok: false, fault: { code: 'operation/folder-unknown' } })
  })
})

describe('who has a file open', () => {
  it('is read from this machine’s descriptors', async () => {
    const { openSync, closeSync, mkdtempSync, writeFileSync, rmSync } = await import('node:fs')
    const folder = mkdtempSync('/tmp/open-files-')
    const file = `${folder}/local.sql`
    writeFileSync(file, '')
    const fd = openSync(file, 'r')
    try {
      expect(holdersOnLinux([file], '/proc', -1).map(({ pid }) => pid)).toEqual([process.pid])
      expect(holdersOnLinux([file])).toEqual([])
    } finally {
      closeSync(fd)
      rmSync(folder, { recursive: true })
    }
  })

  it('is read from lsof’s lines on macOS', () => {
    expect(parseLsof('p123\ncgo-spacemesh\nf7\np456\ncsqlite3\n')).toEqual([
      { pid: 123, command: 'go-spacemesh', is: 'open' },
      { pid: 456, command: 'sqlite3', is: 'open' },
    ])
  })
})
