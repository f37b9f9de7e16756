import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { LABEL_BYTES, PracticeLabels, seedIn, smallestLabel } from '../pos-labels.ts'
import type { CliFlags } from './flags.ts'
import { readMetadata, writeMetadata, type CliMetadata } from './metadata.ts'
import { Exit, type Voices } from './output.ts'

const place = (line: number): object => ({ module: 'post::pos_verification', file: 'src/pos_verification.rs', line })
const ffi = (line: number): object => ({ module: 'post::initialization', file: 'ffi/src/initialization.rs', line })

function checkKey(datadir: string, { log }: Voices): void {
  log('cli: verifying identity.key')
  const file = path.join(datadir, 'identity.key')
  const metadata = readMetadata(datadir)
  if (metadata === undefined || !existsSync(file)) return
  const key = Buffer.from(readFileSync(file, 'utf8'), 'hex')
  if (!key.subarray(32).equals(metadata.identity)) {
    log(`cli: identity.key is invalid: WARNING: inconsistent state: identity.key file does not match metadata in ${datadir}`)
    throw new Exit(1)
  }
  log('cli: identity.key is valid')
}

const failed = (voices: Voices, why: string): Exit => {
  voices.zap('ERROR', `Error verifying POS data: ${why}`, ffi(251))
  voices.log('cli: failed (invalid argument)')
  return new Exit(1)
}

/** `-verify`: compares a share of each file's labels with what they should be. @throws Exit 1 when they are not right */
export function verify(flags: CliFlags, voices: Voices): void {
  const { datadir, fraction } = flags
  checkKey(datadir, voices)
  voices.log('cli: verifying POS data')
  voices.zap('INFO', `verifying POS data in ${datadir}`, place(34))
  const metadata = readMetadata(datadir)
  if (metadata === undefined)
    throw failed(voices, 'Unknown(No such file or directory (os error 2)\n\nLocation:\n    src/metadata.rs:57:25)')
  const total = metadata.numUnits * metadata.labelsPerUnit
  const perFile = Math.floor(metadata.maxFileSize / LABEL_BYTES)
  const last = flags.toFile ?? Math.ceil(total / perFile) - 1
  voices.zap('INFO', `verifying POS files ${flags.fromFile} -> ${last}`, place(39))
  const seed = firstSeed(datadir, metadata)
  const labels = new PracticeLabels(metadata, seed ?? 0)
  for (let index = flags.fromFile; index <= last; index += 1) {
    const file = path.join(datadir, `postdata_${index}.bin`)
    voices.zap('INFO', `verifying file ${file}`, place(43))
    if (!existsSync(file)) throw failed(voices, 'Io(Os { code: 2, kind: NotFound, message: "No such file or directory" })')
    const count = Math.min(perFile, total - index * perFile)
    const sampled = Math.floor((count * fraction) / 100)
    voices.zap('INFO', `verifying ${sampled} labels`, place(66))
    verifyFile({ file, index, count, sampled, start: index * perFile }, labels, voices)
  }
  voices.log('cli: POS data is valid')
}

interface FileCheck {
  readonly file: string
  readonly index: number
  readonly count: number
  readonly sampled: number
  readonly start: number
}

function verifyFile({ file, index, count, sampled, start }: FileCheck, labels: PracticeLabels, voices: Voices): void {
  const bytes = readFileSync(file)
  for (let i = 0; i < sampled; i += 1) {
    const at = Math.floor((i * count) / sampled)
    const offset = at * LABEL_BYTES
    if (offset + LABEL_BYTES > bytes.length)
      throw failed(voices, 'Io(Error { kind: UnexpectedEof, message: "failed to fill whole buffer" })')
    if (labels.bytes((start + at) * LABEL_BYTES, LABEL_BYTES).equals(bytes.subarray(offset, offset + LABEL_BYTES))) continue
    voices.zap('INFO', `POS data is invalid: invalid label in file ${index} at offset ${offset}`, ffi(244))
    voices.log(`cli: invalid POS: file ${index} contains invalid label at offset ${offset}`)
    throw new Exit(1)
  }
}

function firstSeed(datadir: string, metadata: CliMetadata): number | undefined {
  const file = path.join(datadir, 'postdata_0.bin')
  return existsSync(file) ? seedIn(readFileSync(file).subarray(0, LABEL_BYTES), metadata) : undefined
}

/** `-searchForNonce`: the smallest label of all files becomes the nonce. */
export function searchForNonce(flags: CliFlags, voices: Voices): void {
  const metadata = readMetadata(flags.datadir)
  if (metadata === undefined) {
    voices.log(
      `cli: search for nonce failed: loading metadata: open ${path.join(flags.datadir, 'postdata_metadata.json')}: no such file or directory`,
    )
    throw new Exit(1)
  }
  const total = metadata.numUnits * metadata.labelsPerUnit
  const perFile = Math.floor(metadata.maxFileSize / LABEL_BYTES)
  const difficulty = ((2n ** 256n * 8n) / BigInt(total)).toString(16).padStart(64, '0').slice(-64)
  voices.zap('INFO', 'searching for lowest nonce', { difficulty, datadir: flags.datadir })
  let { nonce } = metadata
  for (let index = 0; index * perFile < total; index += 1) {
    voices.zap('INFO', 'looking for VRF nonce in file', { file: `postdata_${index}.bin` })
    const found = smallestLabel(readFileSync(path.join(flags.datadir, `postdata_${index}.bin`)), index * perFile, nonce)
    if (found === undefined || found === nonce) continue
    nonce = found
    const value = nonce.label.toString('hex')
    voices.zap('INFO', 'found nonce: updating postdata_metadata.json', { nonce: nonce.index, NonceValue: value })
    writeMetadata(flags.datadir, { ...metadata, nonce })
  }
  voices.log(`cli: search for nonce completed. Nonce: ${nonce?.index ?? 0} | Label: ${(nonce?.label.toString('hex') ?? '').toUpperCase()}`)
}
