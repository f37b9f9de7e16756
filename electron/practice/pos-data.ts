import { mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { LABEL_BYTES, PracticeLabels, smallestLabel, type VrfNonce } from './pos-labels.ts'

export interface PracticePosData {
  /** 32 bytes. */
  readonly identity: Uint8Array
  /** 32 bytes. */
  readonly commitmentAtxId: Uint8Array
  readonly numUnits: number
  readonly labelsPerUnit: number
  readonly maxFileSize: number
  readonly seed: number
}

const CHUNK_BYTES = 4 * 1024 * 1024

/** Text of `postdata_metadata.json` as postcli writes it: tabs, base64 ids, the label of the nonce as hex. */
export function metadataText(data: Omit<PracticePosData, 'seed'>, nonce: VrfNonce | undefined): string {
  const fields = {
    NodeId: Buffer.from(data.identity).toString('base64'),
    CommitmentAtxId: Buffer.from(data.commitmentAtxId).toString('base64'),
    LabelsPerUnit: data.labelsPerUnit,
    NumUnits: data.numUnits,
    MaxFileSize: data.maxFileSize,
    ...(nonce === undefined ? {} : { Nonce: nonce.index, NonceValue: nonce.label.toString('hex') }),
  }
  return JSON.stringify(fields, null, '\t')
}

/** Writes a complete PoS folder (0700, files 0600) whose labels the practice service and postcli can check. */
export async function createPracticePosData(folder: string, data: PracticePosData): Promise<void> {
  const labels = new PracticeLabels(data, data.seed)
  const total = data.numUnits * data.labelsPerUnit * LABEL_BYTES
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let nonce: VrfNonce | undefined
  for (let file = 0; file * data.maxFileSize < total; file += 1) {
    const start = file * data.maxFileSize
    const end = Math.min(total, start + data.maxFileSize)
    const handle = await open(path.join(folder, `postdata_${file}.bin`), 'w', 0o600)
    try {
      for (let at = start; at < end; at += CHUNK_BYTES) {
        const bytes = labels.bytes(at, Math.min(CHUNK_BYTES, end - at))
        nonce = smallestLabel(bytes, at / LABEL_BYTES, nonce)
        await handle.write(bytes)
      }
    } finally {
      await handle.close()
    }
  }
  await writeFile(path.join(folder, 'postdata_metadata.json'), metadataText(data, nonce), { mode: 0o600 })
}
