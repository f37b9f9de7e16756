// Entry of the process that measures a disk. Its input ends with the asker: then it ends as well.
import { readdirSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'
import { textOf } from '../../../shared/domain/fault.ts'
import { openForReading } from './direct-file.ts'
import { BLOCK_BYTES, measureRead } from './measure-read.ts'
import { measureWrite, placesToWrite, removeLeftovers } from './measure-write.ts'
import { speedLines, type SpeedFaultCode, type SpeedLine, type SpeedRequest } from './protocol.ts'
import { windowsOf, type SpeedFile } from './windows-of.ts'

const DATA_FILE = /^postdata_\d+\.bin$/
/** Pieces that are read of one disk. */
const WINDOWS = 24

const tell = (line: SpeedLine): void => void writeSync(1, speedLines.write(line))
const fault = (code: SpeedFaultCode, text: string): void => tell({ is: 'fault', code, text })
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const monotonic = (): number => performance.now()

const FAULTS: Readonly<Record<string, SpeedFaultCode>> = {
  ENOENT: 'gone',
  ENODEV: 'gone',
  ENXIO: 'gone',
  ENOTDIR: 'gone',
  EACCES: 'not-allowed',
  EPERM: 'not-allowed',
  EROFS: 'not-allowed',
  ENOSPC: 'full',
  EDQUOT: 'full',
}

const TEXTS: Readonly<Partial<Record<SpeedFaultCode, string>>> = {
  gone: 'Its files are not there any more: was the disk unplugged? Plug it in and measure again.',
  'not-allowed':
    'Smeshkeeper may not use its folder: the rights of the folder, or a read-only disk, forbid it. Change them and measure again.',
  full: 'The disk is full. Make room and measure again.',
}

function faultOf(cause: unknown, otherwise: SpeedFaultCode): void {
  const code = FAULTS[cause instanceof Error && 'code' in cause ? String(cause.code) : ''] ?? otherwise
  fault(code, TEXTS[code] ?? textOf(cause))
}

const filesIn = (folder: string): SpeedFile[] =>
  readdirSync(folder)
    .filter((name) => DATA_FILE.test(name))
    .map((name) => path.join(folder, name))
    .map((file) => ({ path: file, stat: statSync(file) }))
    .filter(({ stat }) => stat.isFile())
    .map(({ path: file, stat }) => ({ path: file, bytes: stat.size }))

async function read({ folders, budgetMs }: SpeedRequest): Promise<void> {
  removeLeftovers(folders.flatMap(placesToWrite))
  const files = folders.flatMap(filesIn)
  if (files.length === 0) return fault('no-files', 'No PoS data is in its folders yet.')
  const windows = windowsOf(files, BLOCK_BYTES, WINDOWS)
  if (windows.length === 0) return fault('few', 'Its PoS files are smaller than 2 MiB: too little to measure a disk by.')
  const { figure, isDirect, bad, holes } = await measureRead(windows, budgetMs, {
    open: (file) => openForReading(file, BLOCK_BYTES),
    monotonic,
    tell,
    breathe,
  })
  const gone = bad.find(({ code }) => FAULTS[code] !== undefined)
  if (gone !== undefined) return fault(FAULTS[gone.code] ?? 'gone', TEXTS[FAULTS[gone.code] ?? 'gone'] ?? gone.code)
  if (figure !== undefined) return tell({ is: 'done', isDirect, ...figure })
  if (bad.length > 0) return fault('read-error', 'It could not be read anywhere.')
  if (holes > 0) fault('holes', 'Its PoS files are empty inside: no bytes lie behind them on the disk.')
  else fault('few', 'Its PoS files are too small to measure a disk by.')
}

async function work(text: string): Promise<void> {
  const request = JSON.parse(text) as SpeedRequest
  try {
    const [first] = request.folders
    if (request.what === 'read') await read(request)
    else if (first !== undefined) await measureWrite(first, request.budgetMs, { monotonic, tell, breathe })
  } catch (cause) {
    faultOf(cause, request.what === 'read' ? 'read-error' : 'write-error')
  }
}

await new Promise<void>((resolve) => {
  let text = ''
  process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
    const hadAll = text.includes('\n')
    text += chunk
    if (!hadAll && text.includes('\n')) void work(text.slice(0, text.indexOf('\n'))).then(resolve)
  })
  process.stdin.once('end', () => process.exit(0)).once('error', () => process.exit(0))
})
process.stdin.destroy()
