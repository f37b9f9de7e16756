import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  readonly name: string
  readonly data: Uint8Array
  /** Unix mode with file type. */
  readonly mode?: number
  readonly isDeflated?: boolean
  readonly isEncrypted?: boolean
  /** What the directory claims instead of the true size. */
  readonly claimedBytes?: number
}

/** A zip byte by byte, so that also archives can be made that no tool would write. @source PKWARE APPNOTE 4.3 */
export function makeZip(parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const part of parts) {
    const name = Buffer.from(part.name)
    const body = part.isDeflated === true ? deflateRawSync(part.data) : Buffer.from(part.data)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(part.isEncrypted === true ? 1 : 0, 2)
    fields.writeUInt16LE(part.isDeflated === true ? 8 : 0, 4)
    fields.writeUInt32LE(crc32(part.data), 10)
    fields.writeUInt32LE(body.length, 14)
    fields.writeUInt32LE(part.claimedBytes ?? part.data.length, 18)
    fields.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), fields, name, body])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((part.mode ?? 0o100755) << 16) >>> 0, 6)
    tail.writeUInt32LE(offset, 10)
    const madeBy = Buffer.from([20, 3])
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), madeBy, fields, tail, name]))
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(parts.length, 4)
  end.writeUInt16LE(parts.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, central, Buffer.from('PK\u0005\u0006', 'latin1'), end])
}
