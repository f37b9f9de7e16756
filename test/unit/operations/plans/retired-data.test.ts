import { beforeEach, describe, expect, it } from 'vitest'
import { removeRetiredData, retiredData, type RetiredData } from '../../../../electron/operations/plans/retired-data.ts'
import { crashEverywhere } from '../../../fakes/crash-everywhere.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { IDS } from './plan-world.ts'

const POS = '/pos/amber'
const metadata = (id: string): string =>
  JSON.stringify({
    NodeId: Buffer.from(id, 'hex').toString('base64'),
    CommitmentAtxId: Buffer.alloc(32, 1).toString('base64'),
    LabelsPerUnit: 256,
    NumUnits: 2,
    MaxFileSize: 4096,
    Nonce: 5,
  })

let files: CrashFiles
beforeEach(() => {
  files = createCrashFiles()
  files.put(`${POS}/postdata_0.bin`, Buffer.alloc(4096))
  files.put(`${POS}/postdata_10.bin`, Buffer.alloc(4096))
  files.put(`${POS}/postdata_2.bin`, Buffer.alloc(4096))
  files.put(`${POS}/postdata_metadata.json`, metadata(IDS.amber))
  files.put(`${POS}/identity.key`, 'key')
  files.put(`${POS}/postdata_1.bin.bak`, 'mine')
})

const data = (parts: Partial<RetiredData> = {}): RetiredData => ({
  identity: IDS.amber,
  name: 'Amber',
  folder: POS,
  armedAt: [],
  usedBy: [],
  keyIsKept: true,
  ...parts,
})
const last8 = IDS.amber.slice(-8)
const left = (): string[] =>
  files
    .all()
    .map(({ path }) => path.slice(POS.length + 1))
    .sort()
const code = (result: { ok: true } | { ok: false; fault: { code: string } }): string => (result.ok ? 'ok' : result.fault.code)

describe('data of a retired identity', () => {
  it('is named file by file, and nothing beside it', () => {
    const result = retiredData(files, data())
    expect(result.ok && result.value).toEqual({
      files: ['postdata_0.bin', 'postdata_2.bin', 'postdata_10.bin', 'postdata_metadata.json'].map((name) => `${POS}/${name}`),
      bytes: 3 * 4096 + metadata(IDS.amber).length,
      toType: last8,
      stays: ['identity.key', 'postdata_1.bin.bak'],
    })
  })

  it('is removed when the end of the id is typed; keys and foreign files stay', () => {
    const result = removeRetiredData(files, data(), ` ${last8.toUpperCase()}\n`)
    expect(result.ok && result.value.text).toMatch(/^4 files removed from \/pos\/amber/)
    expect(left()).toEqual(['identity.key', 'postdata_1.bin.bak'])
  })

  it.each(['', 'abc', IDS.amber, IDS.basalt.slice(-8)])('stays when “%s” is typed', (typed) => {
    expect(code(removeRetiredData(files, data(), typed))).toBe('retire/not-typed')
    expect(left()).toHaveLength(6)
  })

  it.each<[string, Partial<RetiredData>]>([
    ['its key is armed', { armedAt: ['/node/main/identities/amber.key'] }],
    ['something works with it', { usedBy: ['The service of Amber'] }],
    ['its key is nowhere safe', { keyIsKept: false }],
  ])('stays as long as %s', (_, parts) => {
    expect(code(removeRetiredData(files, data(parts), last8))).toBe('retire/still-in-use')
    expect(left()).toHaveLength(6)
  })

  it('stays when it is another’s, when nothing says whose it is, and when the folder is gone', () => {
    files.put(`${POS}/postdata_metadata.json`, metadata(IDS.basalt))
    expect(code(removeRetiredData(files, data(), last8))).toBe('retire/not-its-data')
    files.put(`${POS}/postdata_metadata.json`, '{')
    expect(code(removeRetiredData(files, data(), last8))).toBe('retire/not-its-data')
    files.remove(`${POS}/postdata_metadata.json`)
    expect(code(removeRetiredData(files, data(), last8))).toBe('retire/not-its-data')
    expect(left()).toHaveLength(5)
    expect(code(removeRetiredData(files, data({ folder: '/pos/none' }), last8))).toBe('retire/not-its-data')
  })

  it('can be removed again after a power cut at any moment', async () => {
    const names = (disk: CrashFiles): string[] => disk.all().map(({ path }) => path)
    const hasData = (disk: CrashFiles): boolean => names(disk).some((name) => /postdata_\d+\.bin$/.test(name))
    const coverage = await crashEverywhere({
      prepare: () => files.crash(() => 0, 'everything'),
      run: (disk) => void removeRetiredData(disk, data(), last8),
      recover: (disk) => void removeRetiredData(disk, data(), last8),
      check: (disk, at) => {
        if (hasData(disk) && !names(disk).includes(`${POS}/postdata_metadata.json`)) return 'it is not known any more whose data this is'
        return at !== 'cut' && hasData(disk) ? 'data is left' : undefined
      },
      seeds: 4,
    })
    expect(coverage.failures).toEqual([])
    expect(coverage.cuts).toBeGreaterThan(10)
  })

  it('says how far it came when the disk lets no more', () => {
    const last = removed().operations.findLastIndex(({ name }) => name === 'unlink')
    const disk = files.crash(() => 0, 'everything')
    disk.errorAt(last, 'EIO')
    const result = removeRetiredData(disk, data(), last8)
    expect(result.ok ? '' : result.fault.detail).toMatch(
      /^3 of 4 files were removed, then \/pos\/amber let no more: .*\. Mend the cause and remove it again$/,
    )
  })
})

/** A disk from which the data was removed. */
function removed(): CrashFiles {
  const disk = files.crash(() => 0, 'everything')
  removeRetiredData(disk, data(), last8)
  return disk
}
