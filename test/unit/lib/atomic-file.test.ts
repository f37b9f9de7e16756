import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeFileAtomic } from '../../../electron/lib/atomic-file.ts'
import type { Files } from '../../../electron/lib/files.ts'
import { coverageLine, crashEverywhere, failEverywhere, type CrashScenario } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'

const FILE = '/home/me/smesh/state/record.json'
/** Longer than a sector, each of another length: a mixture of two shows. */
const CONTENTS = ['the first '.repeat(70), 'the second '.repeat(110), 'the third '.repeat(50)]
const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 8)

/** Three versions of a file one after the other, the first also making the folders. */
function scenario(sabotage?: (files: Files) => Files): CrashScenario {
  let promised = -1
  const run = (files: Files): void => {
    promised = -1
    for (const [n, content] of CONTENTS.entries()) {
      try {
        writeFileAtomic(FILE, content, files)
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause)) throw cause
        continue
      }
      promised = n
    }
  }
  return {
    prepare() {
      const files = createCrashFiles()
      files.putFolder('/home/me')
      return files
    },
    run,
    recover: run,
    check(disk, at) {
      const now = disk.content(FILE)?.toString()
      const n = now === undefined ? -1 : CONTENTS.indexOf(now)
      if (now !== undefined && n < 0) return `the file is neither the old nor the new: ${now.length} bytes`
      if (n < promised) return `version ${n} is there after version ${promised} was promised`
      if (at === 'recovered' && n !== CONTENTS.length - 1) return `version ${n} after it was written again`
      return disk.all().some(({ mode }) => mode !== 0o600) ? 'others may read it' : undefined
    },
    seeds: SEEDS,
    ...(sabotage === undefined ? {} : { sabotage, stopAtFirst: true }),
  }
}

describe('a file that is replaced', () => {
  it('is the old or the new through power cuts, and the new once that was told', async () => {
    const coverage = await crashEverywhere(scenario())
    console.log(coverageLine('records', coverage))
    expect(coverage.failures).toEqual([])
    expect(coverage.operations).toBeGreaterThan(15)
  })

  it('is the old or the new whatever the disk says', async () => {
    const { errors, failures } = await failEverywhere(scenario(), ['ENOSPC', 'EIO', 'EROFS'])
    expect(failures).toEqual([])
    expect(errors).toBeGreaterThan(100)
  })

  const bugs: readonly (readonly [string, (files: Files) => Files])[] = [
    ['its bytes are not synced', (files) => ({ ...files, sync: () => {} })],
    [
      'its name is not synced',
      (files) => ({ ...files, syncFolder: (folder) => (folder.endsWith('/state') ? undefined : files.syncFolder(folder)) }),
    ],
    [
      'the name of its folder is not synced',
      (files) => ({ ...files, syncFolder: (folder) => (folder.endsWith('/smesh') ? undefined : files.syncFolder(folder)) }),
    ],
    [
      'it is removed before the new one has its name',
      (files) => ({
        ...files,
        rename(from, to) {
          if (files.facts(to) !== undefined) files.unlink(to)
          files.syncFolder(path.posix.dirname(to))
          files.rename(from, to)
        },
      }),
    ],
  ]
  it.each(bugs)('is found out when %s', async (_name, bug) => {
    expect((await crashEverywhere(scenario(bug))).failures).not.toEqual([])
  })

  it('leaves nothing beside it on a real disk, and is for its owner only whatever the umask', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'atomic-'))
    const before = process.umask(0)
    try {
      const file = path.join(folder, 'a', 'b', 'record.json')
      writeFileAtomic(file, 'one')
      writeFileAtomic(file, 'two')
      expect(readdirSync(path.dirname(file))).toEqual(['record.json'])
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
      rmSync(file)
      writeFileSync(file, 'of an older version', { mode: 0o644 })
      chmodSync(file, 0o644)
      writeFileAtomic(file, 'three')
      expect(statSync(file).mode & 0o777).toBe(0o600)
    } finally {
      process.umask(before)
      rmSync(folder, { recursive: true })
    }
  })
})
