import path from 'node:path'
import { z } from 'zod'
import { bytesToHex } from '../../shared/domain/ids.ts'
import { blake3 } from '../lib/blake3.ts'
import { systemFiles, type Files } from '../lib/files.ts'

/** With thousands of accounts of a test network it may be large; a real one has a few hundred bytes. */
const MOST_BYTES = 4 * 1024 * 1024
const ID_BYTES = 20

const schema = z.looseObject({ GenesisTime: z.string(), ExtraData: z.string() })

/**
 * Genesis id as 40 hex characters: the first 20 bytes of BLAKE3 over the genesis time in unix seconds, as decimal text,
 * and the extra data.
 * @source go-spacemesh config/genesis.go
 */
export function genesisId(genesisTime: string, extraData: string): string | undefined {
  const ms = Date.parse(genesisTime)
  if (Number.isNaN(ms)) return undefined
  const hash = blake3(Buffer.from(`${Math.floor(ms / 1000)}${extraData}`))
  return hash === undefined ? undefined : bytesToHex(hash.subarray(0, ID_BYTES))
}

/** Of the network that a data folder belongs to; undefined when its genesis.json is absent or cannot be understood. */
export function genesisIdOf(dataFolder: string, files: Pick<Files, 'readWhole'> = systemFiles): string | undefined {
  try {
    const bytes = files.readWhole(path.join(dataFolder, 'genesis.json'), MOST_BYTES)
    const parsed = schema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    return parsed.success ? genesisId(parsed.data.GenesisTime, parsed.data.ExtraData) : undefined
  } catch {
    return undefined // absent, half written or not JSON: then the network is not known, and said so
  }
}
