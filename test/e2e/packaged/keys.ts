import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { mustRun, type TestUser } from './machine.ts'

export interface MadeKey {
  readonly file: string
  /** As go-spacemesh writes it: seed and public key, 128 hex characters without a line end. */
  readonly text: string
}

/** Keys of a node folder that belongs to the user. */
export function makeKeys(folder: string, { name }: Pick<TestUser, 'name'>, files: readonly string[]): readonly MadeKey[] {
  mustRun('install', ['-d', '-o', name, '-m', '700', path.dirname(folder), folder])
  return files.map((one) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
    const half = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const key = { file: path.join(folder, one), text: Buffer.concat([seed, half]).toString('hex') }
    writeFileSync(key.file, key.text, { mode: 0o600 })
    mustRun('chown', [name, key.file])
    return key
  })
}

/** Public keys, hex. */
export const keysOf = (keys: readonly MadeKey[]): string[] => keys.map(({ text }) => text.slice(64))
