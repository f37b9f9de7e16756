import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants, open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { BinaryReport } from '../../../shared/ipc/contract.ts'
import { HEADER_BYTES, headerText, parseHeader, suits, type ExecutableHeader, type Host } from './header.ts'
import { askVersion, programByName, type Program } from './program.ts'
import { remarkOf } from './remarks.ts'
import { runProgram, type RunProgram } from './version-probe.ts'
import { errorCode } from '../error-code.ts'

export interface InspectOptions {
  /** Adds what matters on mainnet only. */
  readonly isMainnet: boolean
  readonly host?: Host
  readonly run?: RunProgram
  /** ms for each question to the program; default 10,000: a cold disk and a virus scanner take their time. */
  readonly deadlineMs?: number
  /**
   * Asked before a file is run for its version: whoever pins programs says no to a changed one, so that it is not run
   * before the user has seen the change. Default: every file may be.
   */
  readonly mayRun?: (file: string, sha256: string) => boolean
}
export type InspectFault = 'binary/missing' | 'binary/unreadable' | 'binary/not-recognised'

/** A release folder has a dozen files; more is some other folder. */
const MAX_ENTRIES = 500

/**
 * Looks at a program, or at every known program of a folder: header, architecture, rights, SHA-256, version. A file is
 * asked for its version only when its header suits this machine.
 * @fault `binary/not-recognised` nothing there is a program that we know
 */
export async function inspectBinaries(target: string, options: InspectOptions): Promise<Result<BinaryReport[], InspectFault>> {
  try {
    const info = await stat(target)
    if (!info.isDirectory()) return await inspectOne(target, options)
    const names = (await readdir(target)).slice(0, MAX_ENTRIES).filter((name) => programByName(name) !== undefined)
    const reports: BinaryReport[] = []
    for (const name of names.toSorted()) {
      const file = path.join(target, name)
      if (!(await stat(file)).isFile()) continue
      reports.push(await report(file, options))
    }
    if (reports.length > 0) return ok(reports)
    return fail('binary/not-recognised', `${target} holds none of go-spacemesh, post-service, postcli, profiler, merge-nodes`)
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('binary/missing', `there is nothing at ${target}`)
    return fail('binary/unreadable', `${target} cannot be read: ${textOf(cause)}`)
  }
}

async function inspectOne(file: string, options: InspectOptions): Promise<Result<BinaryReport[], InspectFault>> {
  const found = await report(file, options)
  if (found.program !== 'unknown' || found.architecture !== headerText({ format: 'none', architectures: [] })) return ok([found])
  return fail('binary/not-recognised', `${file} is not a program`)
}

async function report(file: string, options: InspectOptions): Promise<BinaryReport> {
  const host = options.host ?? { platform: process.platform, arch: process.arch }
  const [header, sha256, isExecutable] = [await readHeader(file), await sha256Of(file), await mayExecute(file, host)]
  const base = { path: file, sha256, architecture: headerText(header) }
  const program: Program = programByName(path.basename(file)) ?? 'unknown'
  if (!suits(header, host) || !isExecutable) {
    const remark = remarkOf({ program, header, host, isExecutable, ...options })
    return { ...base, program, runsHere: false, ...(remark === undefined ? {} : { remark }) }
  }
  if (options.mayRun?.(file, sha256) === false) {
    return { ...base, program, runsHere: false, remark: 'This program has changed since it was first used, and was not run.' }
  }
  const asked = await askVersion(file, program, options.run ?? runProgram, options.deadlineMs ?? 10_000)
  const remark = remarkOf({ program: asked.program, header, host, isExecutable, asked, ...options })
  return {
    ...base,
    program: asked.program,
    ...(asked.version === undefined ? {} : { version: asked.version }),
    runsHere: asked.runs,
    ...(remark === undefined ? {} : { remark }),
  }
}

/** SHA-256 of a file of any size, as hex. @throws the system's error */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function readHeader(file: string): Promise<ExecutableHeader> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return parseHeader(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

async function mayExecute(file: string, host: Host): Promise<boolean> {
  if (host.platform === 'win32') return true
  try {
    await access(file, constants.X_OK)
    // Root may execute only what has the bit for somebody, and access() agrees; other systems differ.
    return ((await stat(file)).mode & 0o111) !== 0
  } catch {
    return false
  }
}
