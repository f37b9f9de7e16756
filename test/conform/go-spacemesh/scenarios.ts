import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  anyPortConfig,
  makePlace,
  withValues,
  writeConfig,
  type NodeConfigFile,
  type Place,
} from '../../integration/practice-node/run-node.ts'
import { readRecording, type Program, type Scenario, type Transcript } from '../scenario.ts'

/** A start that fails, made again: what is changed of a sound set-up. Only those that end by themselves. */
interface Situation {
  readonly place: Place
  config: NodeConfigFile
  text?: string
  fileName?: string
  args?: readonly string[]
}
type Arrange = (s: Situation) => void

const set =
  (values: Readonly<Record<string, unknown>>): Arrange =>
  (s) => {
    s.config = withValues(s.config, values)
  }
const key = (s: Situation, name = 'attic.key'): string => path.join(s.place.identities, name)
const rewriteKey =
  (change: (text: string) => string): Arrange =>
  (s) =>
    writeFileSync(key(s), change(readFileSync(key(s), 'latin1')))

const CASES: Readonly<Record<string, Arrange>> = {
  'unknown-key-in-section': set({ 'smeshing.smeshing-foo': 1 }),
  // An empty section is not noticed by the real node.
  'unknown-top-level-key': set({ 'smapp-ui': { theme: 'dark' } }),
  'unknown-nested-key': set({ 'smeshing.smeshing-opts.smeshing-opts-foo': 1 }),
  'bad-json': (s) => void (s.text = `${JSON.stringify(s.config)}}`),
  'config-missing': (s) => void (s.args = ['--config', path.join(s.place.folder, 'nosuch.json')]),
  'wrong-type': set({ 'main.layers-per-epoch': 'many' }),
  'bad-duration': set({ 'main.layer-duration': '5 minutes' }),
  'unknown-preset': set({ preset: 'mainnet' }),
  'unknown-flag': (s) => void (s.args = ['--preset=standalone', '--no-such-flag']),
  'local-key-beside-others': (s) => renameSync(key(s, 'spare.key'), key(s, 'local.key')),
  'key-truncated': rewriteKey((text) => text.slice(0, 100)),
  'key-trailing-lf': rewriteKey((text) => `${text}\n`),
  'key-trailing-crlf': rewriteKey((text) => `${text}\r\n`),
  'key-one-extra-digit': rewriteKey((text) => `${text}0`),
  'key-0x': rewriteKey((text) => `0x${text}`),
  'key-empty': rewriteKey(() => ''),
  'key-public-mismatch': rewriteKey((text) => `${text.slice(0, 127)}${text.endsWith('0') ? '1' : '0'}`),
  'key-duplicate': (s) => copyFileSync(key(s), key(s, 'copy-of-attic.key')),
  'key-dangling-symlink-first': (s) => symlinkSync('/nowhere/at/all', key(s, 'aa.key')),
  'local-db-garbage': (s) => {
    mkdirSync(s.place.data, { recursive: true })
    writeFileSync(path.join(s.place.data, 'local.sql'), 'this is no database at all, not at all')
  },
  'deprecated-poet-server': set({ 'main.poet-server': ['http://127.0.0.1:1'] }),
  'config-empty-file': (s) => void (s.text = ''),
  'untagged-key-postservice': set({ POSTService: { Cmd: 'x' } }),
  'atx-versions-bad': set({ 'main.atx-versions': { '2': 7 } }),
}

/** stderr up to the usage, without paths and ports. */
const normal = (stderr: string, folder: string): readonly string[] =>
  stderr
    .replaceAll(folder, '$HOME/spacemesh')
    .replace(/\nUsage:[\s\S]*/, '')
    .replace(/127\.\d+\.\d+\.\d+:\d+/g, 'ADDR')
    .trim()
    .split('\n')

const DEADLINE_MS = 60_000

function run(program: Program, args: readonly string[], version: string): Promise<{ code: number | null; stderr: string }> {
  const practice: Record<string, string> = program.isReal
    ? {}
    : { SMESHKEEPER_PRACTICE_VERSION: `v${version}`, SMESHKEEPER_PRACTICE_TIME_SCALE: '0.01' }
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.args, ...args], {
      env: { ...process.env, ...program.env, ...practice },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stderr })
    })
  })
}

function driver(name: string, version: string): Scenario['driver'] {
  return async ({ program }): Promise<Transcript> => {
    const place = makePlace()
    try {
      const situation: Situation = { place, config: await anyPortConfig(place) }
      CASES[name]?.(situation)
      const file = writeConfig(place, situation.text ?? situation.config, situation.fileName)
      const { code, stderr } = await run(program, situation.args ?? ['--config', file], version)
      return { exit: [String(code)], stderr: normal(stderr, place.folder), usage: [String(stderr.includes('\nUsage:'))] }
    } finally {
      place.remove()
    }
  }
}

/** Broken starts of go-spacemesh, as recorded with both releases. */
export function goSpacemeshScenarios(): readonly Scenario[] {
  return ['1.7.6', '1.8.3'].flatMap((version) => {
    const recording = `node-start/start-failures-${version}.jsonl`
    return readRecording(recording).flatMap((recorded): Scenario[] => {
      const { case: name, exit, stderr, usage_printed: usage, app_started: started } = recorded
      if (typeof name !== 'string' || CASES[name] === undefined || started === true) return []
      return [
        {
          name: `start-${name}-${version}`,
          program: 'go-spacemesh',
          version,
          command: 'go-spacemesh --config config.json',
          env: {},
          recording,
          expected: () => ({ exit: [String(exit)], stderr: normal(String(stderr), '$HOME/spacemesh'), usage: [String(usage)] }),
          driver: driver(name, version),
        },
      ]
    })
  })
}
