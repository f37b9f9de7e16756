import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { assert, integer, property } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectedFiles, inspectPosFolder, parseMetadata } from '../../../electron/pos-data/index.ts'
import { bytesToHex } from '../../../shared/domain/ids.ts'

const RECORDED = path.resolve('test/fixtures/recordings/data-folders')
const NODE_ID = 'tI4Sxlqyi0dplW1atNK4C2ZNZexbS6JyxiUyvjG/8RY='
let folder: string

const metadata = (more: object = {}): Record<string, unknown> => ({
  NodeId: NODE_ID,
  CommitmentAtxId: 'U0aoGT3ViHiSrgfsSoruqvHkJTk6Af37Jn/9X5Zfm5w=',
  LabelsPerUnit: 64,
  NumUnits: 4,
  MaxFileSize: 1024,
  Nonce: 42,
  ...more,
})
const put = (value: object): void => writeFileSync(path.join(folder, 'postdata_metadata.json'), JSON.stringify(value))
const data = (number: number, bytes: number): void => writeFileSync(path.join(folder, `postdata_${number}.bin`), Buffer.alloc(bytes))

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-pos-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('inspectPosFolder', () => {
  it('finds recorded data complete', () => {
    for (const [name, numUnits, bytes] of [
      ['post-data-1', 1, 1024],
      ['post-data-supervised', 2, 65_536],
    ] as const) {
      const { state } = inspectPosFolder(path.join(RECORDED, name))
      expect(state).toMatchObject({ is: 'present', numUnits, expectedBytes: bytes, actualBytes: bytes, hasVrfNonce: true, problems: [] })
      const text = readFileSync(path.join(RECORDED, name, 'postdata_metadata.json'), 'utf8')
      const nodeId = (JSON.parse(text) as { NodeId: string }).NodeId
      expect(state.is === 'present' && state.identity).toBe(bytesToHex(Buffer.from(nodeId, 'base64')))
    }
  })

  it('names missing, short, long and surplus files', () => {
    put(metadata())
    data(0, 1024)
    data(2, 1000)
    data(3, 1040)
    data(7, 16)
    writeFileSync(path.join(folder, 'postdata_01.bin'), Buffer.alloc(1024))
    const { state } = inspectPosFolder(folder)
    expect(state).toMatchObject({ is: 'present', expectedBytes: 4096, actualBytes: 3064 })
    expect(state.is === 'present' && state.problems.toSorted((a, b) => (a.file < b.file ? -1 : 1))).toEqual([
      { file: 'postdata_01.bin', is: 'long', expectedBytes: 0, actualBytes: 1024 },
      { file: 'postdata_1.bin', is: 'missing', expectedBytes: 1024, actualBytes: 0 },
      { file: 'postdata_2.bin', is: 'short', expectedBytes: 1024, actualBytes: 1000 },
      { file: 'postdata_3.bin', is: 'long', expectedBytes: 1024, actualBytes: 1040 },
      { file: 'postdata_7.bin', is: 'long', expectedBytes: 0, actualBytes: 16 },
    ])
  })

  it('says when the VRF nonce is not there yet', () => {
    put(metadata({ Nonce: undefined, NumUnits: 1 }))
    data(0, 1024)
    expect(inspectPosFolder(folder).state).toMatchObject({ is: 'present', hasVrfNonce: false })
  })

  it('tells an empty folder, a missing one and a file in its place apart', () => {
    expect(inspectPosFolder(folder).state).toEqual({ is: 'no-metadata' })
    expect(inspectPosFolder(path.join(folder, 'away')).state).toEqual({ is: 'unreadable', text: 'the folder does not exist' })
    data(0, 16)
    expect(inspectPosFolder(path.join(folder, 'postdata_0.bin')).state).toMatchObject({
      is: 'unreadable',
      text: 'the folder is not a folder',
    })
  })

  it('explains metadata that is no file, too large or cut in the middle', () => {
    mkdirSync(path.join(folder, 'postdata_metadata.json'))
    expect(inspectPosFolder(folder).state).toMatchObject({ is: 'bad-metadata', text: 'it is not a file' })
    rmSync(path.join(folder, 'postdata_metadata.json'), { recursive: true })
    writeFileSync(path.join(folder, 'postdata_metadata.json'), ' '.repeat(100_000))
    expect(inspectPosFolder(folder).state).toMatchObject({ is: 'bad-metadata', text: expect.stringContaining('100000 bytes') as string })
    put(metadata())
    truncateSync(path.join(folder, 'postdata_metadata.json'), 60)
    expect(inspectPosFolder(folder).state).toMatchObject({ is: 'bad-metadata', text: expect.stringContaining('no valid JSON') as string })
  })

  it('does not open the metadata file when it is known, but sees that it is gone', () => {
    put(metadata({ NumUnits: 1 }))
    data(0, 1024)
    const first = inspectPosFolder(folder)
    writeFileSync(path.join(folder, 'postdata_metadata.json'), 'spoiled')
    expect(inspectPosFolder(folder, first.metadata).state).toEqual(first.state)
    renameSync(path.join(folder, 'postdata_metadata.json'), path.join(folder, 'other.json'))
    expect(inspectPosFolder(folder, first.metadata).state).toEqual({ is: 'no-metadata' })
  })

  it('reads no data: a file of 4 GiB without blocks is measured at once', () => {
    put(metadata({ LabelsPerUnit: 268_435_456, NumUnits: 1, MaxFileSize: 4_294_967_296 }))
    data(0, 0)
    truncateSync(path.join(folder, 'postdata_0.bin'), 4_294_967_296)
    const before = statSync(path.join(folder, 'postdata_0.bin')).atimeMs
    expect(inspectPosFolder(folder).state).toMatchObject({ actualBytes: 4_294_967_296, problems: [] })
    expect(statSync(path.join(folder, 'postdata_0.bin')).atimeMs).toBe(before)
  })
})

describe('parseMetadata', () => {
  const why = (value: object): string => {
    const parsed = parseMetadata(JSON.stringify(value))
    return parsed.ok ? 'ok' : parsed.fault.detail
  }
  it('accepts what postcli writes, also fields of a newer one', () => {
    expect(why(metadata({ Nonce: null, Future: true, LastPosition: 7 }))).toBe('ok')
  })
  it.each([
    [{ NodeId: 'AAAA' }, /^NodeId: .*base64 of 32 bytes/],
    [{ NodeId: undefined }, /^NodeId/],
    [{ NumUnits: undefined }, /^NumUnits/],
    [{ NumUnits: 0 }, /^NumUnits/],
    [{ NumUnits: 1.5 }, /^NumUnits/],
    [{ NumUnits: '4' }, /^NumUnits/],
    [{ MaxFileSize: 8 }, /^MaxFileSize/],
    [{ LabelsPerUnit: 2 ** 52, NumUnits: 4_000_000_000 }, /larger than any disk/],
    [{ LabelsPerUnit: 2 ** 32, NumUnits: 1000, MaxFileSize: 16 }, /too many files/],
  ])('explains %j', (more, text) => {
    expect(why(metadata(more as object))).toMatch(text)
  })
  it.each(['', '  ', 'null', '[]', '{', '{"NodeId": "'])('refuses %j', (text) => {
    expect(parseMetadata(text).ok).toBe(false)
  })
})

describe('expectedFiles', () => {
  it('gives the files of mainnet', () => {
    const of = (numUnits: number) => expectedFiles({ labelsPerUnit: 4_294_967_296, numUnits, maxFileBytes: 4_294_967_296 })
    expect(of(4)).toEqual({ count: 64, totalBytes: 64 * 4_294_967_296, fileBytes: 4_294_967_296, lastFileBytes: 4_294_967_296 })
    expect(of(64).count).toBe(1024)
  })
  it('always adds up, whole labels in each file', () => {
    const small = integer({ min: 1, max: 5000 })
    assert(
      property(small, small, integer({ min: 16, max: 100_000 }), (labelsPerUnit, numUnits, maxFileBytes) => {
        const e = expectedFiles({ labelsPerUnit, numUnits, maxFileBytes })
        expect((e.count - 1) * e.fileBytes + e.lastFileBytes).toBe(labelsPerUnit * numUnits * 16)
        expect(e.lastFileBytes).toBeGreaterThan(0)
        expect(e.lastFileBytes).toBeLessThanOrEqual(e.fileBytes)
        expect(e.fileBytes % 16).toBe(0)
      }),
    )
  })
})
