import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMetadata } from '../../../electron/practice/post-service/metadata.ts'
import { createPracticePosData } from '../../../electron/practice/pos-data.ts'
import { PracticeLabels, seedIn } from '../../../electron/practice/pos-labels.ts'
import { recordings } from '../../conform/scenario.ts'

const owner = { identity: new Uint8Array(32).fill(1), commitmentAtxId: new Uint8Array(32).fill(2) }

describe('practice PoS data', () => {
  let folder = ''
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'smeshkeeper-pos-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('fills every file to its size and the last one to the rest', async () => {
    await createPracticePosData(folder, { ...owner, numUnits: 3, labelsPerUnit: 100, maxFileSize: 2048, seed: 9 })
    expect(readdirSync(folder).sort()).toEqual(['postdata_0.bin', 'postdata_1.bin', 'postdata_2.bin', 'postdata_metadata.json'])
    expect([0, 1, 2].map((i) => statSync(path.join(folder, `postdata_${i}.bin`)).size)).toEqual([2048, 2048, 704])
    expect(statSync(path.join(folder, 'postdata_0.bin')).mode & 0o777).toBe(0o600)
  })

  it('writes metadata in the shape of the recorded one', async () => {
    await createPracticePosData(folder, { ...owner, numUnits: 1, labelsPerUnit: 64, maxFileSize: 4_294_967_296, seed: 9 })
    const shape = (file: string): string =>
      readFileSync(file, 'utf8').replace(/: (".*"|\d+)/g, (_, value: string) => `: ${value.startsWith('"') ? value.length : 'number'}`)
    expect(shape(path.join(folder, 'postdata_metadata.json'))).toBe(
      shape(path.join(recordings, 'data-folders/post-data-1/postdata_metadata.json')),
    )
  })

  it('names the index of the smallest label as nonce', async () => {
    await createPracticePosData(folder, { ...owner, numUnits: 2, labelsPerUnit: 64, maxFileSize: 1024, seed: 9 })
    const data = Buffer.concat([0, 1].map((i) => readFileSync(path.join(folder, `postdata_${i}.bin`))))
    const labels = Array.from({ length: 128 }, (_, i) => data.subarray(i * 16, i * 16 + 16).toString('hex'))
    const { nonce } = loadMetadata(folder)
    expect(labels[nonce ?? -1]).toBe(labels.toSorted()[0])
  })

  it('holds its seed in label 0, for its owner only', () => {
    const label = new PracticeLabels(owner, 77).bytes(0, 16)
    expect(seedIn(label, owner)).toBe(77)
    expect(seedIn(label, { ...owner, identity: new Uint8Array(32) })).toBeUndefined()
    expect(seedIn(label.fill(0), owner)).toBeUndefined()
  })

  it('makes any part as it stands in the whole', () => {
    const labels = new PracticeLabels(owner, 1)
    expect(labels.bytes(160, 64).equals(labels.bytes(0, 1024).subarray(160, 224))).toBe(true)
  })
})
