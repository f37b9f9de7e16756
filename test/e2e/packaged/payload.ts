import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { mustRun } from './machine.ts'

/** Path in the package → what it is: mode and SHA-256 of a file, target of a link. */
export type Payload = ReadonlyMap<string, string>

function read(root: string): Payload {
  const found = new Map<string, string>()
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(root, name)
    const stat = lstatSync(file)
    if (stat.isSymbolicLink()) found.set(name, `link ${readlinkSync(file)}`)
    else if (stat.isFile()) {
      const hash = createHash('sha256').update(readFileSync(file)).digest('hex')
      found.set(name, `${(stat.mode & 0o7777).toString(8)} ${hash}`)
    }
  }
  return found
}

export function debPayload(file: string, folder: string): Payload {
  mkdirSync(folder, { recursive: true })
  mustRun('dpkg-deb', ['--extract', file, folder])
  return read(folder)
}

export function rpmPayload(file: string, folder: string): Payload {
  mkdirSync(folder, { recursive: true })
  mustRun('sh', ['-c', 'rpm2cpio "$1" | cpio --extract --make-directories --quiet', 'sh', file], { cwd: folder })
  return read(folder)
}

/** The wire that the fuses are burnt into. @source electron/docs/tutorial/fuses.md and @electron/fuses, version 1 */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSES = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const

export function readFuses(binary: string): Record<string, boolean> {
  const bytes = readFileSync(binary)
  const at = bytes.indexOf(SENTINEL)
  const wire = bytes.subarray(at + SENTINEL.length)
  if (at < 0 || wire[0] !== 1) throw new Error(`${binary} has no fuses of version 1`)
  return Object.fromEntries(FUSES.map((name, i) => [name, wire[2 + i] === '1'.charCodeAt(0)]))
}
