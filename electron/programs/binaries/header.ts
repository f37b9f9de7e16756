/** What the first bytes of a file say about the machine it runs on. */
export interface ExecutableHeader {
  readonly format: 'elf' | 'mach-o' | 'pe' | 'script' | 'none'
  /** `x64`, `arm64`, `ia32`, `arm`, or a number nobody here knows; several in a universal Mach-O. */
  readonly architectures: readonly string[]
}

/** So many first bytes are enough for every format. */
export const HEADER_BYTES = 4096

const ELF: Readonly<Record<number, string>> = { 0x03: 'ia32', 0x28: 'arm', 0x3e: 'x64', 0xb7: 'arm64', 0xf3: 'riscv64' }
const PE: Readonly<Record<number, string>> = { 0x14c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64', 0x1c4: 'arm' }
const MACH: Readonly<Record<number, string>> = { 0x0100_0007: 'x64', 0x0100_000c: 'arm64', 7: 'ia32', 12: 'arm' }

const named = (names: Readonly<Record<number, string>>, id: number): string => names[id] ?? `0x${id.toString(16)}`
const NONE: ExecutableHeader = { format: 'none', architectures: [] }

/** Reads the header of ELF, Mach-O (thin, universal) or PE; `none` for anything else, cut headers too. */
export function parseHeader(bytes: Uint8Array): ExecutableHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 2 && bytes[0] === 0x23 && bytes[1] === 0x21) return { format: 'script', architectures: [] }
  if (bytes.length < 20) return NONE
  const magic = view.getUint32(0)
  if (magic === 0x7f45_4c46) return { format: 'elf', architectures: [named(ELF, view.getUint16(18, bytes[5] !== 2))] }
  if (magic === 0xcffa_edfe || magic === 0xcefa_edfe) return { format: 'mach-o', architectures: [named(MACH, view.getUint32(4, true))] }
  if (magic === 0xcafe_babe) return universal(view)
  if (bytes[0] === 0x4d && bytes[1] === 0x5a) return portable(view)
  return NONE
}

/** Big-endian: count, then 20 bytes an architecture. A Java class has the same magic and an absurd count. */
function universal(view: DataView): ExecutableHeader {
  const count = view.getUint32(4)
  if (count === 0 || count > 16 || view.byteLength < 8 + count * 20) return NONE
  return { format: 'mach-o', architectures: Array.from({ length: count }, (_, i) => named(MACH, view.getUint32(8 + i * 20))) }
}

/** `MZ`, at 0x3c the place of `PE\0\0`, after it the machine. */
function portable(view: DataView): ExecutableHeader {
  if (view.byteLength < 0x40) return NONE
  const at = view.getUint32(0x3c, true)
  if (at + 6 > view.byteLength || view.getUint32(at) !== 0x5045_0000) return NONE
  return { format: 'pe', architectures: [named(PE, view.getUint16(at + 4, true))] }
}

export interface Host {
  readonly platform: NodeJS.Platform
  readonly arch: string
}

/** Whether a program with this header can run on `host`, translation (Rosetta, Windows on ARM) included. */
export function suits(header: ExecutableHeader, host: Host): boolean {
  if (header.format === 'script') return host.platform !== 'win32'
  const wanted = host.platform === 'win32' ? 'pe' : host.platform === 'darwin' ? 'mach-o' : 'elf'
  if (header.format !== wanted) return false
  if (header.architectures.includes(host.arch)) return true
  const isTranslated = host.platform === 'darwin' || host.platform === 'win32'
  return isTranslated && host.arch === 'arm64' && header.architectures.includes('x64')
}

const SYSTEMS: Readonly<Record<ExecutableHeader['format'], string>> = {
  elf: 'Linux',
  'mach-o': 'macOS',
  pe: 'Windows',
  script: 'script',
  none: 'no program',
}

/** For people: `Linux x64`. */
export const headerText = (header: ExecutableHeader): string => [SYSTEMS[header.format], ...header.architectures].join(' ')
export const hostText = (host: Host): string =>
  `${host.platform === 'win32' ? 'Windows' : host.platform === 'darwin' ? 'macOS' : 'Linux'} ${host.arch}`
