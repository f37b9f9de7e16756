import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StartError } from './exits.ts'
import type { NodeLog } from './log.ts'

/** One loaded smeshing key. The secret half is not kept: nothing here signs. */
export interface LoadedKey {
  readonly filename: string
  /** 64 hex characters. */
  readonly id: string
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

function publicOf(seed: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}

/** A fresh key as 128 hex characters: seed, then public key. */
export function newKeyHex(): string {
  const pair = generateKeyPairSync('ed25519')
  const seed = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  return Buffer.concat([seed, pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]).toString('hex')
}

class KeyFileMissing extends Error {
  override readonly name = 'KeyFileMissing'
}

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')

function readKey(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause: unknown) {
    if (codeOf(cause) === 'ENOENT') throw new KeyFileMissing(file)
    const why = codeOf(cause) === 'EACCES' ? 'permission denied' : codeOf(cause)
    throw new Error(`failed to open identity file at ${file}: open ${file}: ${why}`, { cause })
  }
}

function parseKey(bytes: Buffer, filename: string): string {
  const half = Math.floor(bytes.length / 2)
  if (half !== 64) throw new Error(`invalid key size ${half}/64 for ${filename}`)
  const decoding = `decoding private key in ${filename}: encoding/hex`
  for (const byte of bytes) {
    if (/[0-9a-fA-F]/.test(String.fromCharCode(byte))) continue
    const shown =
      byte > 32 && byte < 127
        ? `U+00${byte.toString(16).toUpperCase()} '${String.fromCharCode(byte)}'`
        : `U+${byte.toString(16).toUpperCase().padStart(4, '0')}`
    throw new Error(`${decoding}: invalid byte: ${shown}`)
  }
  if (bytes.length % 2 !== 0) throw new Error(`${decoding}: odd length hex string`)
  const key = Buffer.from(bytes.toString('latin1'), 'hex')
  if (!publicOf(key.subarray(0, 32)).equals(key.subarray(32))) throw new Error('private and public do not match')
  return key.subarray(32).toString('hex')
}

function loadAll(folder: string, log: NodeLog): LoadedKey[] {
  if (!existsSync(folder)) throw new KeyFileMissing(folder)
  const keys: LoadedKey[] = []
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (entry.isDirectory() || path.extname(entry.name === '.key' ? 'x.key' : entry.name) !== '.key') continue
    const file = path.join(folder, entry.name)
    try {
      if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) continue
      const id = parseKey(readKey(file), entry.name)
      log('INFO', 'node', 'Loaded existing identity', { filename: entry.name, public_key: id.slice(0, 5), name: '' })
      keys.push({ filename: entry.name, id })
    } catch (cause: unknown) {
      if (cause instanceof KeyFileMissing) throw cause
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new StartError(`loading identities: failed to construct identity ${entry.name}: ${why}`, true)
    }
  }
  if (keys.length === 0) throw new KeyFileMissing(folder)
  return keys
}

function check(keys: readonly LoadedKey[], log: NodeLog): void {
  const seen = new Map<string, string>()
  let doubled = false
  for (const key of keys) {
    const first = seen.get(key.id)
    if (first !== undefined) {
      doubled = true
      log('ERROR', 'node', 'duplicate key', { filename1: key.filename, filename2: first, public_key: key.id.slice(0, 5), name: '' })
    }
    seen.set(key.id, first ?? key.filename)
  }
  if (doubled) throw new StartError('loading identities: duplicate key found in identity files', true)
  if (keys.length > 1) log('INFO', 'node', `Loaded ${keys.length} identities from disk`)
  if (keys.length > 1 && keys.some((key) => key.filename === 'local.key')) {
    log('ERROR', 'node', 'Identities contain key for supervised smeshing (local.key). This is not supported in remote smeshing.')
    log('ERROR', 'node', 'Ensure you do not have a file named local.key in your identities directory when using remote smeshing.')
    throw new StartError('loading identities: supervised key found in remote smeshing mode', true)
  }
}

/** Loads every `*.key` directly in `<data>/identities`, or makes `local.key` when any of them is missing. @throws StartError */
export function loadIdentities(dataFolder: string, log: NodeLog): readonly LoadedKey[] {
  const folder = path.join(dataFolder, 'identities')
  try {
    const keys = loadAll(folder, log)
    check(keys, log)
    return keys
  } catch (cause: unknown) {
    if (!(cause instanceof KeyFileMissing)) throw cause
    return [createLocalKey(folder, log)]
  }
}

function createLocalKey(folder: string, log: NodeLog): LoadedKey {
  log('INFO', 'node', 'Identity file not found. Creating new identity...')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const hex = newKeyHex()
  try {
    writeFileSync(path.join(folder, 'local.key'), hex, { flag: 'wx', mode: 0o600 })
  } catch (cause: unknown) {
    if (codeOf(cause) !== 'EEXIST') throw cause
    throw new StartError('creating new identity: failed to create identity: save identity file local.key: file already exists', true)
  }
  const id = hex.slice(64)
  log('INFO', 'node', 'Created new identity', { filename: 'local.key', public_key: id.slice(0, 5), name: '' })
  return { filename: 'local.key', id }
}
