import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { fail, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { BinaryReport } from '../../../shared/ipc/contract.ts'
import { syncFolder } from '../../lib/files.ts'
import { suits, hostText, type Host } from './header.ts'
import { inspectBinaries, type InspectOptions } from './inspect.ts'
import { programByName } from './program.ts'
import { unpack, type UnpackFault } from './unpack.ts'

export interface ImportOptions extends InspectOptions {
  /** Folder of all imported programs; made when missing. */
  readonly programs: string
  /** Bytes free at a folder; injected for tests. */
  readonly freeBytes?: (folder: string) => Promise<number>
}

/** The program after which a release is called, most telling first. */
const ORDER = ['go-spacemesh', 'post-service', 'profiler', 'postcli', 'merge-nodes']

/**
 * Unpacks an official release archive into `<programs>/<program>-<version>-<first 8 of its SHA-256>` and inspects it.
 * The folder appears whole or not at all; several versions stand side by side; the same archive twice is no change.
 * @fault `binary/bad-archive` not a release for this machine, damaged, or hostile; `binary/no-space`;
 *        `binary/unreadable` the archive cannot be read or the folder not be written
 */
export async function importArchive(archive: string, options: ImportOptions): Promise<Result<BinaryReport[], UnpackFault>> {
  const aside = path.join(options.programs, `.new-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(aside, { recursive: true, mode: 0o700 })
    const unpacked = await unpack(archive, aside, options.freeBytes)
    if (!unpacked.ok) return unpacked
    return await place(aside, options)
  } catch (cause) {
    return fail('binary/unreadable', `${options.programs} cannot be written: ${textOf(cause)}`)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

async function place(aside: string, options: ImportOptions): Promise<Result<BinaryReport[], UnpackFault>> {
  const root = await folderOfPrograms(aside)
  if (root === undefined) return fail('binary/bad-archive', 'the archive holds none of the programs that Smeshkeeper knows')
  for (const name of await readdir(root)) {
    if (programByName(name) !== undefined && (await stat(path.join(root, name))).isFile()) await chmod(path.join(root, name), 0o755)
  }
  const inspected = await inspectBinaries(root, options)
  if (!inspected.ok) return fail('binary/bad-archive', inspected.fault.detail)
  const main = inspected.value.toSorted((a, b) => ORDER.indexOf(a.program) - ORDER.indexOf(b.program))[0]
  if (main === undefined) return fail('binary/bad-archive', 'the archive holds none of the programs that Smeshkeeper knows')
  const host: Host = options.host ?? { platform: process.platform, arch: process.arch }
  if (!main.runsHere && main.version === undefined && !suitsText(main.architecture, host)) {
    return fail('binary/bad-archive', `the archive is for ${main.architecture}, this machine is ${hostText(host)}: get the one for it`)
  }
  const target = path.join(options.programs, `${main.program}-${main.version ?? 'unknown'}-${main.sha256.slice(0, 8)}`)
  if (!(await isThere(target))) {
    syncFolder(root)
    await rename(root, target)
    syncFolder(options.programs)
  }
  const placed = await inspectBinaries(target, options)
  return placed.ok ? placed : fail('binary/unreadable', placed.fault.detail)
}

/** `Linux x64` back to what decides; a universal program lists several. */
function suitsText(architecture: string, host: Host): boolean {
  const [system, ...architectures] = architecture.split(' ')
  const format =
    system === 'Linux' ? 'elf' : system === 'macOS' ? 'mach-o' : system === 'Windows' ? 'pe' : system === 'script' ? 'script' : 'none'
  return suits({ format, architectures }, host)
}

/** The folder in which the programs lie: the top, or one below it. */
async function folderOfPrograms(top: string): Promise<string | undefined> {
  const entries = await readdir(top, { withFileTypes: true })
  if (entries.some((entry) => entry.isFile() && programByName(entry.name) !== undefined)) return top
  for (const entry of entries) {
    if (!entry.isDirectory()) continue
    const names = await readdir(path.join(top, entry.name))
    if (names.some((name) => programByName(name) !== undefined)) return path.join(top, entry.name)
  }
  return undefined
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory()
  } catch {
    return false
  }
}
