import path from 'node:path'
import { z } from 'zod'
import { bytesToHex } from '../../../shared/domain/ids.ts'
import { textOf } from '../../../shared/domain/fault.ts'
import { codeOf } from '../../identities/index.ts'
import { blake3 } from '../../lib/blake3.ts'
import type { Files } from '../../lib/files.ts'

/** Network that a data folder belongs to. `absent`: no node was started on it yet, so it belongs to none. */
export type GenesisFacts =
  | { readonly is: 'known'; /** 40 hex characters. */ readonly id: string; readonly time: string; readonly extra: string }
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable'; readonly why: string }

export const MAINNET_GENESIS = '9eebff023abb17ccb775c602daade8ed708f0a50'

/** With thousands of accounts of a test network it may be large. */
const MOST_BYTES = 4 * 1024 ** 2
const ID_BYTES = 20
const schema = z.looseObject({ GenesisTime: z.string(), ExtraData: z.string() })

/**
 * Reads `genesis.json`; the id is the first 20 bytes of BLAKE3 over unix seconds as decimal text and the extra data.
 * @source go-spacemesh config/genesis.go
 */
export function readGenesis(dataFolder: string, files: Pick<Files, 'readWhole'>): GenesisFacts {
  const file = path.join(dataFolder, 'genesis.json')
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(files.readWhole(file, MOST_BYTES)).toString('utf8')))
    if (!parsed.success) return { is: 'unreadable', why: `${file} names no genesis` }
    const { GenesisTime: time, ExtraData: extra } = parsed.data
    const hash = blake3(Buffer.from(`${Math.floor(Date.parse(time) / 1000)}${extra}`))
    if (Number.isNaN(Date.parse(time)) || hash === undefined) return { is: 'unreadable', why: `${file} names no genesis` }
    return { is: 'known', id: bytesToHex(hash.subarray(0, ID_BYTES)), time, extra }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return { is: 'absent' }
    if (cause instanceof SyntaxError) return { is: 'unreadable', why: `${file} is no valid JSON` }
    if (codeOf(cause) === '') throw cause
    return { is: 'unreadable', why: `${file} cannot be read: ${textOf(cause)}` }
  }
}
