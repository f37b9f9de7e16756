import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { genesisId, genesisIdOf } from '../../../electron/scan/genesis.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-genesis-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const written = (content: string): string | undefined => {
  writeFileSync(path.join(folder, 'genesis.json'), content)
  return genesisIdOf(folder)
}

describe('the genesis id', () => {
  it('of mainnet is the one that everybody knows', () => {
    const extra = '00000000000000000001a6bc150307b5c1998045752b3c87eccf3c013036f3cc'
    expect(genesisId('2023-07-14T08:00:00Z', extra)).toBe('9eebff023abb17ccb775c602daade8ed708f0a50')
    expect(written(JSON.stringify({ GenesisTime: '2023-07-14T08:00:00Z', ExtraData: extra, Accounts: {} }))).toBe(
      '9eebff023abb17ccb775c602daade8ed708f0a50',
    )
  })

  it.each(['', '{', '[]', '{"GenesisTime":"soon","ExtraData":"x"}', '{"GenesisTime":1,"ExtraData":2}', 'null'])(
    'is not guessed from %j',
    (content) => expect(written(content)).toBeUndefined(),
  )

  it('is not there without the file', () => expect(genesisIdOf(folder)).toBeUndefined())
})
