import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  closeSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { readRecording, type Run, type Scenario, type Transcript } from '../scenario.ts'

interface Case {
  readonly case: string
  readonly cmd: string
  readonly exit: number | null
  readonly signal: string | null
  readonly output: readonly { readonly stream?: string; readonly line: string }[]
}

/** A mounted 24 kB volume; ended by the recorder while the real proof runs. */
const NOT_PLAYED = new Set(['init-disk-full', 'genproof'])
const RECORDING = 'postcli/postcli.jsonl'

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, ''],
  [/^\d{4}-\d\d-\d\dT\S+\t/, ''],
  [/0x[0-9a-f]+/g, '0x'],
  [/^\t\/\S*(\/src\/log\/)/, '\t$GOROOT$1'],
  [/("nonce": )\d+/, '$1N'],
  [/(Nonce: )\d+( \| Label: )[0-9A-F]+/, '$1N$2HEX'],
  [/^(Usage of ).*:$/, '$1postcli:'],
  [/"[^"]*[\\/]post[\\/]data"/, '"HOME/post/data"'],
  [/\(len=\d+\) ("HOME)/, '(len=N) $1'],
  [/\\/g, '/'],
]
// Which labels are the smallest follows from the labels, and ours are others.
const LABELS_OWN = /found new best nonce|found nonce: updating|Found new smallest nonce|initialization: found nonce/

const normal = (lines: readonly string[]): string[] =>
  lines.filter((line) => !LABELS_OWN.test(line)).map((line) => RULES.reduce((text, [pattern, by]) => text.replace(pattern, by), line))

/** What each folder of the recorder held before a case. */
const BEFORE: Readonly<Record<string, (root: string) => void>> = {
  'verify-corrupt': (root) => {
    copyFolder(root, 'i1', 'ic')
    const handle = openSync(path.join(root, 'ic/postdata_2.bin'), 'r+')
    writeSync(handle, Buffer.alloc(16, 0xff), 0, 16, 1600)
    closeSync(handle)
  },
  'verify-truncated': (root) => truncateSync(path.join(root, 'ic/postdata_1.bin'), 1000),
  'verify-missing-file': (root) => rmSync(path.join(root, 'ic/postdata_1.bin')),
  'search-for-nonce': (root) => {
    copyFolder(root, 'i1', 'in')
    const file = path.join(root, 'in/postdata_metadata.json')
    const { Nonce: _, NonceValue: __, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    writeFileSync(file, JSON.stringify(rest, null, '\t'))
  },
  'init-smaller-numunits-yes': (root) => copyFolder(root, 'i1', 'i9'),
}

function copyFolder(root: string, from: string, to: string): void {
  mkdirSync(path.join(root, to), { recursive: true })
  for (const name of readdirSync(path.join(root, from))) copyFileSync(path.join(root, from, name), path.join(root, to, name))
}

async function play(run: Run, each: Case): Promise<Transcript> {
  BEFORE[each.case]?.(run.folder)
  const { program } = run
  const answer = /answer-(.)/.exec(each.case)?.[1]
  const hasOpenCl = each.case === 'print-providers-pocl' || each.case === 'init-bad-provider'
  // Slow where a signal shall meet the first batch.
  const isEnded = /sigint|sigterm|sigkill/.test(each.case)
  const pace = { secondMs: 20, randomxMs: 0, powMs: 0, bytesPerSecond: isEnded ? 1024 * 1024 : 1e9 }
  const practice = { SMESHKEEPER_PRACTICE_PACE: JSON.stringify(pace), ...(hasOpenCl ? { SMESHKEEPER_PRACTICE_OPENCL: '1' } : {}) }
  const env = { PATH: process.env['PATH'] ?? '', HOME: run.folder, ...program.env, ...(program.isReal ? {} : practice) }
  const child = spawn(program.command, [...program.args, ...each.cmd.split(' ').slice(1)], {
    cwd: run.folder,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(answer === undefined ? '' : `${answer}\n`)
  const text = { stdout: '', stderr: '' }
  let isSent = false
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk
      if (!isEnded || isSent || !text[stream].includes('starting to write file')) return
      isSent = true
      child.kill(each.case.replace('init-', '').toUpperCase() as NodeJS.Signals)
    })
  }
  const exit = await new Promise<string>((resolve) =>
    child.on('close', (code, signal) => resolve(signal === null ? `code ${code ?? -1}` : `signal ${signal}`)),
  )
  const lines = (stream: 'stdout' | 'stderr'): string[] =>
    normal(
      text[stream]
        .replace(/\n$/, '')
        .split('\n')
        .filter((line, i, all) => line !== '' || all.length > 1),
    )
  return { stdout: lines('stdout'), stderr: lines('stderr'), exit: [exit] }
}

const recorded = (each: Case): Transcript => {
  const lines = (stream: string): string[] => normal(each.output.filter((entry) => entry.stream === stream).map((entry) => entry.line))
  return {
    stdout: lines('stdout'),
    stderr: lines('stderr'),
    exit: [each.signal === null ? `code ${each.exit ?? -1}` : `signal ${each.signal}`],
  }
}

const prefixed = (name: string, transcript: Transcript): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(transcript).map(([channel, lines]) => [`${name} ${channel}`, lines]))

/** The recorded session as a whole: later cases use the folders of earlier ones. */
export function postcliScenarios(): readonly Scenario[] {
  const cases = (readRecording(RECORDING) as unknown as readonly Case[]).filter((each) => !NOT_PLAYED.has(each.case))
  const expected = (): Transcript => Object.assign({}, ...cases.map((each) => prefixed(each.case, recorded(each)))) as Transcript
  const driver = async (run: Run): Promise<Transcript> => {
    const seen: Record<string, readonly string[]> = {}
    for (const each of cases) {
      if (existsSync(run.folder)) Object.assign(seen, prefixed(each.case, await play(run, each)))
    }
    return seen
  }
  return [
    {
      name: 'postcli-session',
      program: 'postcli',
      version: 'd483b39',
      command: 'postcli',
      env: {},
      recording: RECORDING,
      expected,
      driver,
    },
  ]
}
