import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Encrypter } from 'age-encryption'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ZipFile } from 'yazl'
import { systemFiles } from '../../../electron/lib/files.ts'
import { drillBackup } from '../../../electron/vault/drill.ts'
import { makeBackup } from '../../../electron/vault/make.ts'
import { checkContents, openBackup } from '../../../electron/vault/open.ts'
import type { Result } from '../../../shared/domain/fault.ts'
import { createCrashFiles, seededRandom } from '../../fakes/crash-files.ts'
import { aJob, aKey, aMachine, machineItems, NOW, PASSPHRASE, tools } from './helpers.ts'

vi.setConfig({ testTimeout: 60_000 })

const FILE = '/stick/a.zip.age'

/** Opens bytes as a backup and reads all of it. */
async function judge(bytes: Uint8Array, passphrase = PASSPHRASE): Promise<Result<unknown>> {
  const files = createCrashFiles()
  files.put(FILE, bytes)
  const opened = await openBackup(FILE, { passphrase }, files)
  if (!opened.ok) return opened
  try {
    return await checkContents(opened.value)
  } finally {
    opened.value.close()
  }
}

const codeOf = async (bytes: Uint8Array): Promise<string> => {
  const result = await judge(bytes)
  return result.ok ? 'ok' : result.fault.code
}

let small: Buffer
/** Five chunks of age: a file of 300 KiB is in it. */
let large: Buffer

beforeAll(async () => {
  for (const size of ['small', 'large'] as const) {
    const files = aMachine()
    files.put('/home/u/big.bin', Buffer.alloc(300 * 1024, 'big'))
    const extra = { is: 'file' as const, part: 'extra' as const, name: 'extra/big.bin', path: '/home/u/big.bin', bytes: 300 * 1024 }
    const made = await makeBackup(aJob({ items: [...machineItems(), ...(size === 'large' ? [extra] : [])] }), tools(files))
    if (!made.ok) throw new Error(made.fault.detail)
    const bytes = Buffer.from(files.readWhole(made.value.file, 1024 ** 2))
    if (size === 'small') small = bytes
    else large = bytes
  }
})

describe('a damaged backup', () => {
  it('is whole when nothing was done to it', async () => {
    expect(await codeOf(small)).toBe('ok')
    expect(await codeOf(large)).toBe('ok')
  })

  it('is told from a whole one wherever it was cut off', async () => {
    const seen = new Map<string, number>()
    for (const bytes of [small, large]) {
      const ends = Array.from({ length: 120 }, (_, i) => Math.floor((i * bytes.length) / 120))
      for (const end of [...ends, 1, 20, 21, 22, bytes.length - 1, bytes.length - 16, bytes.length - 17, bytes.length - 65_552 * 2]) {
        const code = await codeOf(bytes.subarray(0, Math.max(0, end)))
        seen.set(code, (seen.get(code) ?? 0) + 1)
      }
    }
    expect([...seen.keys()]).toEqual(['backup/damaged'])
  })

  it('is told from a whole one for every flipped bit', async () => {
    const random = seededRandom(4)
    const seen = new Map<string, number>()
    for (const bytes of [small, large]) {
      for (let n = 0; n < 60; n += 1) {
        const at = n < 25 ? n * 9 : Math.floor(random() * bytes.length)
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        const code = await codeOf(flipped)
        seen.set(code, (seen.get(code) ?? 0) + 1)
      }
    }
    console.log(`120 flipped bits: ${JSON.stringify(Object.fromEntries(seen))}`)
    expect(seen.has('ok')).toBe(false)
    expect([...seen.keys()].every((code) => ['backup/damaged', 'backup/foreign', 'backup/wrong-secret'].includes(code))).toBe(true)
  })

  it('names the file that a destroyed bit is in', async () => {
    const files = createCrashFiles()
    const flipped = Buffer.from(large)
    flipped[150_000] = (flipped[150_000] ?? 0) ^ 1
    files.put(FILE, flipped)
    const { result } = await drillBackup({ file: FILE, live: [], isTyped: true, at: NOW }, { passphrase: PASSPHRASE }, { files })
    expect(result).toMatchObject({ is: 'failed', sentence: expect.stringMatching(/^extra\/big\.bin is damaged/) as string })
  })

  it('says that its end is missing when it was cut between two chunks', async () => {
    const header = large.indexOf('\n--- ') + 5 + 43 + 1 + 16
    expect(await judge(large.subarray(0, header + 65_552 * 3))).toMatchObject({
      fault: { detail: expect.stringMatching(/cut off/) as string },
    })
  })

  it('keeps the passphrase and the keys out of every fault', async () => {
    const texts = [JSON.stringify(await judge(small, 'a wrong one')), JSON.stringify(await judge(small.subarray(0, 400)))]
    for (const text of texts) expect(text).not.toMatch(new RegExp(`a wrong one|${aKey(1).text.slice(0, 64)}`))
  })
})

describe('files that are no backup', () => {
  const encrypted = async (content: Uint8Array | string): Promise<Uint8Array> => {
    const encrypter = new Encrypter()
    encrypter.setPassphrase(PASSPHRASE)
    encrypter.setScryptWorkFactor(1)
    return await encrypter.encrypt(typeof content === 'string' ? Buffer.from(content) : content)
  }
  const zipped = async (entries: readonly (readonly [string, string | Buffer])[], compress = false): Promise<Buffer> => {
    const zip = new ZipFile() as ZipFile & { addBuffer(bytes: Buffer, name: string, options: object): void }
    for (const [name, content] of entries) zip.addBuffer(Buffer.from(content), name, { compress, mtime: new Date(NOW) })
    zip.end()
    const parts: Buffer[] = []
    for await (const part of zip.outputStream) parts.push(part as Buffer)
    return Buffer.concat(parts)
  }
  const manifest = (entries: readonly (readonly [string, string | Buffer])[], changes: object = {}): string =>
    JSON.stringify({
      format: 'smeshkeeper-backup',
      version: 1,
      kind: 'backup',
      madeAt: new Date(NOW).toISOString(),
      madeBy: 'x',
      entries: entries.map(([name, content]) => ({
        name,
        part: 'extra',
        bytes: Buffer.from(content).length,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
      ...changes,
    })
  const backup = async (entries: readonly (readonly [string, string | Buffer])[], text = manifest(entries)): Promise<Uint8Array> =>
    await encrypted(await zipped([...entries, ['manifest.json', text]]))
  /** A zip whose names are changed after it was made, to names of the same length that no writer makes. */
  const renamed = async (from: string, to: string): Promise<Uint8Array> => {
    const zip = await zipped([
      [from, 'evil'],
      ['manifest.json', manifest([[to, 'evil']])],
    ])
    return await encrypted(Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1'))
  }
  const detailOf = async (bytes: Uint8Array): Promise<string> => {
    const result = await judge(bytes)
    return result.ok ? 'ok' : `${result.fault.code}: ${result.fault.detail}`
  }

  it('opens one of the same form that something else has made', async () => {
    expect(await detailOf(await backup([['extra/a', 'a']]))).toBe('ok')
  })

  it('are named for what they are', async () => {
    expect(await detailOf(Buffer.from('PK\u0003\u0004 a plain zip'))).toMatch(/^backup\/foreign: .*age has encrypted/)
    expect(await detailOf(new Uint8Array())).toMatch(/^backup\/damaged: .*cut off/)
    expect(await detailOf(await encrypted('a letter'))).toMatch(/^backup\/foreign: .*no backup of Smeshkeeper/)
    expect(await detailOf(await encrypted(''))).toMatch(/^backup\/foreign/)
    expect(await detailOf(await encrypted(await zipped([['a.txt', 'a']])))).toMatch(/^backup\/foreign: .*no manifest/)
    expect(await detailOf(await backup([], '{"format":"other"}'))).toMatch(/^backup\/foreign/)
    expect(await detailOf(await backup([], 'not json'))).toMatch(/^backup\/damaged: .*not JSON/)
    expect(await detailOf(await backup([], manifest([], { version: 2 })))).toMatch(/^backup\/newer: .*update Smeshkeeper/)
    expect(await detailOf(await backup([], manifest([], { kind: 'nonsense' })))).toMatch(/^backup\/damaged: .*kind/)
    expect((await judge(small, 'wrong')).ok).toBe(false)
  })

  it('are named too when they are no files at all', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'no-backup-'))
    const at = (name: string): string => path.join(folder, name)
    mkdirSync(at('folder'))
    execFileSync('mkfifo', [at('fifo')])
    for (const [name, to] of Object.entries({ loop: 'loop', zeros: '/dev/zero', dangling: 'nothing', pipe: 'fifo' }))
      symlinkSync(to, at(name))
    writeFileSync(at('sparse'), '')
    truncateSync(at('sparse'), 2 ** 40)
    const seen = Object.fromEntries(
      await Promise.all(
        ['folder', 'fifo', 'pipe', 'loop', 'zeros', 'sparse', 'dangling', 'gone'].map(async (name) => {
          const opened = await openBackup(at(name), { passphrase: PASSPHRASE }, systemFiles)
          return [
            name,
            opened.ok ? 'ok' : `${opened.fault.code.slice(7)}: ${opened.fault.detail.includes(': ') ? 'with advice' : 'without'}`,
          ]
        }),
      ),
    )
    rmSync(folder, { recursive: true })
    const foreign = Object.fromEntries(['folder', 'fifo', 'pipe', 'loop', 'zeros', 'sparse'].map((name) => [name, 'foreign: with advice']))
    expect(seen).toEqual({ ...foreign, dangling: 'not-there: with advice', gone: 'not-there: with advice' })
  })

  it('are refused for names that lead out of the folder', async () => {
    for (const [from, to] of [
      ['extra/abcdefgh', '../../../etc/x'],
      ['extra/abcdefgh', '/etc/passwd123'],
      ['extra/abcdefgh', 'C:/windows/abc'],
      ['extra/abcdefgh', 'extra\\..\\..\\ab'],
      ['extra/abcdefgh', 'extra/./abcdef'],
      ['extra/abcdefgh', 'extra/../../ab'],
      ['extra/abcdefgh', 'extra/con.text'],
    ] as const)
      expect(`${to}: ${await detailOf(await renamed(from, to))}`).toMatch(/backup\/damaged: it is refused/)
  })

  it('are refused for what is not in the manifest, missing, twice or of another size or content', async () => {
    const one = [['extra/a', 'aaaa']] as const
    expect(await detailOf(await backup([...one, ['extra/b', 'b']], manifest(one)))).toMatch(/in it without being in the manifest/)
    expect(await detailOf(await backup(one, manifest([...one, ['extra/b', 'b']])))).toMatch(/is missing/)
    expect(await detailOf(await backup([...one, ['extra/A', 'aaaa']]))).toMatch(/in it twice/)
    expect(await detailOf(await backup(one, manifest([...one, ...one])))).toMatch(/twice/)
    expect(await detailOf(await backup(one, manifest([['extra/a', 'a']])))).toMatch(/has 4 bytes instead of 1/)
    expect(await detailOf(await backup(one, manifest([['extra/a', 'bbbb']])))).toMatch(/SHA-256/)
    const twoKeys = JSON.parse(manifest([['keys/a.key', aKey(1).text]])) as { entries: object[] }
    const asKey = (identity: string): string => JSON.stringify({ ...twoKeys, entries: [{ ...twoKeys.entries[0], part: 'keys', identity }] })
    expect(await detailOf(await backup([['keys/a.key', aKey(1).text]], asKey(aKey(1).id)))).toBe('ok')
    const other = await detailOf(await backup([['keys/a.key', aKey(1).text]], asKey(aKey(2).id)))
    expect(other).toMatch(/another identity/)
    expect(other).not.toContain(aKey(1).text.slice(0, 64))
  })

  it('are refused when they unpack beyond all measure', async () => {
    const zeros = Buffer.alloc(40 * 1024 ** 2)
    const bomb = await zipped(
      [
        ['extra/zeros', zeros],
        ['manifest.json', manifest([['extra/zeros', zeros]])],
      ],
      true,
    )
    expect(bomb.length).toBeLessThan(100_000)
    expect(await detailOf(await encrypted(bomb))).toMatch(/a hundred times its size/)
    // One that lies about its size in both tables is stopped at the size that it claims.
    const small = Buffer.alloc(100_000)
    const zip = await zipped(
      [
        ['extra/zeros', small],
        ['manifest.json', manifest([['extra/zeros', Buffer.alloc(10)]])],
      ],
      true,
    )
    const told = Buffer.from(zip)
    for (let at = told.indexOf(Buffer.from([0xa0, 0x86, 0x01, 0])); at >= 0; at = told.indexOf(Buffer.from([0xa0, 0x86, 0x01, 0]), at + 1))
      told.writeUInt32LE(10, at)
    expect(await detailOf(await encrypted(told))).toMatch(/^backup\/damaged/)
  })

  it('are refused when their passphrase costs more than any of ours', async () => {
    const bytes = Buffer.from(small)
    const at = bytes.indexOf(' 1\n')
    const costly = Buffer.concat([bytes.subarray(0, at), Buffer.from(' 30\n'), bytes.subarray(at + 3)])
    expect(await detailOf(costly)).toMatch(/^backup\/foreign: .*costly/)
  })
})
