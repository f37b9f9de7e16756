import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { IdentityId } from '../../shared/domain/ids.ts'

/** A key of its own for each number; the same one every time. */
export function aKey(number: number): { readonly identity: IdentityId; readonly text: string } {
  const seed = createHash('sha256').update(`machine tree ${number}`).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const identity = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
  return { identity: identity as IdentityId, text: seed.toString('hex') + identity }
}

export function writeKey(file: string, number: number): void {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, aKey(number).text, { mode: 0o600 })
}

export interface PosFolderParts {
  readonly number: number
  readonly files?: number
  readonly fileBytes?: number
  /** Overrides of the metadata's fields. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A folder with PoS data that takes no room on the disk. */
export function writePosFolder(folder: string, { number, files = 2, fileBytes = 1024, metadata = {} }: PosFolderParts): void {
  mkdirSync(folder, { recursive: true })
  const fields = {
    NodeId: Buffer.from(aKey(number).identity, 'hex').toString('base64'),
    CommitmentAtxId: Buffer.alloc(32, 7).toString('base64'),
    LabelsPerUnit: (files * fileBytes) / 16,
    NumUnits: 1,
    MaxFileSize: fileBytes,
    Nonce: 3,
    NonceValue: '00',
    ...metadata,
  }
  writeFileSync(path.join(folder, 'postdata_metadata.json'), JSON.stringify(fields, undefined, '\t'))
  for (let i = 0; i < files; i += 1) {
    const file = path.join(folder, `postdata_${i}.bin`)
    writeFileSync(file, '')
    truncateSync(file, fileBytes)
  }
}

/** A node's data folder with keys of these numbers under these names. */
export function writeNodeFolder(folder: string, keys: Readonly<Record<string, number>>): void {
  mkdirSync(path.join(folder, 'identities'), { recursive: true, mode: 0o700 })
  const genesis = { GenesisTime: '2023-07-14T08:00:00Z', ExtraData: '00000000000000000001a6bc150307b5c1998045752b3c87eccf3c013036f3cc' }
  writeFileSync(path.join(folder, 'genesis.json'), JSON.stringify(genesis))
  for (const [name, number] of Object.entries(keys)) writeKey(path.join(folder, 'identities', name), number)
}
