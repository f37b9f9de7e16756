import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { metadataText } from '../pos-data.ts'
import type { VrfNonce } from '../pos-labels.ts'

export interface CliMetadata {
  readonly identity: Buffer
  readonly commitmentAtxId: Buffer
  readonly numUnits: number
  readonly labelsPerUnit: number
  readonly maxFileSize: number
  readonly nonce: VrfNonce | undefined
}

/** The metadata of a folder; undefined when there is none. */
export function readMetadata(datadir: string): CliMetadata | undefined {
  let text: string
  try {
    text = readFileSync(path.join(datadir, 'postdata_metadata.json'), 'utf8')
  } catch {
    return undefined
  }
  const fields = JSON.parse(text) as Record<string, unknown>
  const base64 = (name: string): Buffer => Buffer.from(typeof fields[name] === 'string' ? fields[name] : '', 'base64')
  const number = (name: string): number => Number(fields[name] ?? 0)
  const value = fields['NonceValue']
  const label = Buffer.from(typeof value === 'string' ? value : '', 'hex')
  const nonce = fields['Nonce'] === undefined ? undefined : { index: number('Nonce'), label }
  return {
    identity: base64('NodeId'),
    commitmentAtxId: base64('CommitmentAtxId'),
    numUnits: number('NumUnits'),
    labelsPerUnit: number('LabelsPerUnit'),
    maxFileSize: number('MaxFileSize'),
    nonce,
  }
}

export function writeMetadata(datadir: string, metadata: CliMetadata): void {
  mkdirSync(datadir, { recursive: true, mode: 0o700 })
  const file = path.join(datadir, 'postdata_metadata.json')
  writeFileSync(`${file}.tmp`, metadataText(metadata, metadata.nonce), { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}
