import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import {
  anyPortConfig,
  makePlace,
  recordings,
  startNode,
  withValues,
  writeConfig,
  type NodeConfigFile,
  type Place,
  type Ran,
} from './run-node.ts'

interface Recorded {
  readonly case: string
  readonly exit: number | null
  readonly stderr: string
  readonly usage_printed: boolean
  readonly app_started: boolean
  readonly stdout_error_lines: readonly string[]
}

interface Situation {
  readonly version: string
  readonly held: { close(): void }[]
  readonly place: Place
  config: NodeConfigFile
  /** Written instead of the config. */
  text?: string
  fileName?: string
  args?: readonly string[]
}

type Arrange = (s: Situation) => void | Promise<void>

const set =
  (values: Readonly<Record<string, unknown>>): Arrange =>
  (s) => {
    s.config = withValues(s.config, values)
  }
const key = (s: Situation, name = 'attic.key'): string => path.join(s.place.identities, name)
const rewriteKey =
  (change: (text: string) => string | Buffer): Arrange =>
  (s) =>
    writeFileSync(key(s), change(readFileSync(key(s), 'latin1')))
const sql =
  (file: string, ...statements: readonly string[]): Arrange =>
  async (s) => {
    const before = startNode(['--config', writeConfig(s.place, s.config)], { SMESHKEEPER_PRACTICE_VERSION: `v${s.version}` })
    await before.until('"app started"')
    before.kill('SIGKILL')
    await before.ended
    const db = new Database(path.join(s.place.data, file))
    for (const statement of statements) db.exec(statement)
    db.close()
  }
const genesisAfterFirst =
  (values: Readonly<Record<string, unknown>>): Arrange =>
  (s) => {
    writeFileSync(
      path.join(s.place.data, 'genesis.json'),
      JSON.stringify({ GenesisTime: '2026-11-21T00:32:14Z', ExtraData: 'standalone', Accounts: {} }),
    )
    s.config = withValues(s.config, values)
  }

/** Gives the listener a port that somebody already has. */
const occupied =
  (key: string, form: (port: number) => string): Arrange =>
  async (s) => {
    const server = createServer()
    s.held.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    s.config = withValues(s.config, { [key]: form((server.address() as AddressInfo).port) })
  }
const onLoopback = (port: number): string => `127.0.0.1:${port}`

/** How each recorded situation is made. Cases that need another user, a read-only mount or real damage are left out. */
const CASES: Readonly<Record<string, Arrange>> = {
  'unknown-key-in-section': set({ 'smeshing.smeshing-foo': 1 }),
  'unknown-top-level-key': set({ 'smapp-ui': {} }),
  'unknown-nested-key': set({ 'smeshing.smeshing-opts.smeshing-opts-foo': 1 }),
  'bad-json': (s) => void (s.text = `${JSON.stringify(s.config)}}`),
  'config-missing': (s) => void (s.args = ['--config', path.join(s.place.folder, 'nosuch.json')]),
  'config-extension-txt': (s) => void (s.fileName = 'config.txt'),
  'wrong-type': set({ 'main.layers-per-epoch': 'many' }),
  'bad-duration': set({ 'main.layer-duration': '5 minutes' }),
  'unknown-preset': set({ preset: 'mainnet' }),
  'unknown-flag': (s) => void (s.args = ['--preset=standalone', '--no-such-flag']),
  'port-in-use-public': occupied('api.grpc-public-listener', onLoopback),
  'port-in-use-private': occupied('api.grpc-private-listener', onLoopback),
  'port-in-use-post': occupied('api.grpc-post-listener', onLoopback),
  'port-in-use-p2p': occupied('p2p.listen', (port) => `/ip4/127.0.0.1/tcp/${port}`),
  'lock-folder-missing': (s) => set({ 'main.filelock': path.join(s.place.folder, 'a/b/LOCK') })(s),
  'local-key-beside-others': (s) => renameSync(key(s, 'spare.key'), key(s, 'local.key')),
  'key-truncated': rewriteKey((text) => text.slice(0, 100)),
  'key-trailing-lf': rewriteKey((text) => `${text}\n`),
  'key-trailing-crlf': rewriteKey((text) => `${text}\r\n`),
  'key-one-extra-digit': rewriteKey((text) => `${text}0`),
  'key-bom': rewriteKey((text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])),
  'key-0x': rewriteKey((text) => `0x${text}`),
  'key-empty': rewriteKey(() => ''),
  'key-public-mismatch': rewriteKey((text) => `${text.slice(0, 127)}${text.endsWith('0') ? '1' : '0'}`),
  'key-upper-case': rewriteKey((text) => text.toUpperCase()),
  'key-duplicate': (s) => copyFileSync(key(s), key(s, 'copy-of-attic.key')),
  'key-is-folder': (s) => mkdirSync(key(s, 'folder.key')),
  'key-dangling-symlink': (s) => symlinkSync('/nowhere/at/all', key(s, 'zz.key')),
  'key-dangling-symlink-first': (s) => symlinkSync('/nowhere/at/all', key(s, 'aa.key')),
  'smeshing-start-several-keys': set({ 'smeshing.smeshing-start': true }),
  'bad-coinbase': set({ 'smeshing.smeshing-coinbase': 'sm1qqqqqqp3qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvqtwcg' }),
  'no-coinbase-remote': set({ 'smeshing.smeshing-coinbase': '' }),
  'wrong-genesis-time': genesisAfterFirst({ 'genesis.genesis-time': '2026-11-20T00:00:00Z' }),
  'wrong-genesis-extra': genesisAfterFirst({ 'genesis.genesis-extra-data': 'other' }),
  'local-db-too-new': sql('local.sql', 'PRAGMA user_version = 10'),
  'state-db-too-new': sql('state.sql', 'PRAGMA user_version = 99'),
  'local-db-extra-table': sql('local.sql', 'CREATE TABLE foo(x int)'),
  'local-db-v1': sql('local.sql', 'PRAGMA user_version = 1'),
  'local-db-garbage': (s) => writeFileSync(path.join(s.place.data, 'local.sql'), 'this is no database at all, not at all'),
  'local-db-zero-bytes': (s) => writeFileSync(path.join(s.place.data, 'local.sql'), ''),
  'deprecated-poet-server': set({ 'main.poet-server': ['http://127.0.0.1:1'] }),
  'post-listener-empty': set({ 'api.grpc-post-listener': '' }),
  'no-config-flag': (s) => void (s.args = ['--preset=standalone', '--data-folder', s.place.data]),
  'no-config-flag-mainnet': (s) => void (s.args = ['--data-folder', s.place.data]),
  'config-yaml': (s) => {
    s.text = 'preset: standalone\n'
    s.fileName = 'config.yaml'
  },
  'config-json-in-txt-file': (s) => void (s.fileName = 'conf.txt'),
  'config-empty-file': (s) => void (s.text = ''),
  'untagged-key-publicservices': set({ 'api.PublicServices': ['node', 'node_v2beta1'] }),
  'untagged-key-postservice': set({ POSTService: {} }),
  'atx-versions-none': set({ 'main.atx-versions': {} }),
  'atx-versions-bad': set({ 'main.atx-versions': { '2': 7 } }),
  'db-conn-idle-timeout': set({ 'main.db-conn-idle-timeout': '1s' }),
}

const recordedOf = (version: string): readonly Recorded[] =>
  readFileSync(path.join(recordings, `node-start/start-failures-${version}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded)
    .filter((r) => CASES[r.case] !== undefined)

/** First lines without paths, ports and the parts that differ by chance. */
const normal = (stderr: string, place?: Place): string =>
  (place === undefined ? stderr : stderr.replaceAll(place.folder, '$HOME/spacemesh'))
    .replace(/\nUsage:[\s\S]*/, '')
    .replace(/(schema drift detected \(uri [^)]*\)):[\s\S]*/, '$1')
    .replace(/127\.\d+\.\d+\.\d+:\d+/g, 'ADDR')
    .trim()

/** Error lines that a recorder's own circumstances (PoET switched off, a stop in mid-proof) added. */
const CHANCE =
  /certify poet|generate initial proof|build initial post|certificate committee|launching poet|standalone mode for|submit challenge|serving grpc|app failed$|metrics/i

const messagesOf = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => {
    if (!line.startsWith('{')) return []
    const entry = JSON.parse(line) as { L: string; N: string; M: string }
    if (entry.L !== 'ERROR' || entry.N === 'node.poet' || CHANCE.test(entry.M)) return []
    return [`${entry.N}: ${entry.M.split('\n')[0]?.replace(/config at .*genesis/, 'config at genesis')}`]
  })

async function play(version: string, arrange: Arrange, isMeantToRun: boolean): Promise<{ ran: Ran; place: Place; started: boolean }> {
  const place = makePlace()
  const situation: Situation = { version, held: [], place, config: await anyPortConfig(place) }
  await arrange(situation)
  const file = writeConfig(place, situation.text ?? situation.config, situation.fileName)
  const node = startNode(situation.args ?? ['--config', file], { SMESHKEEPER_PRACTICE_VERSION: `v${version}` })
  if (isMeantToRun) {
    await node.until('"app started"')
    node.kill('SIGTERM')
  }
  const ran = await node.ended
  for (const server of situation.held) server.close()
  return { ran, place, started: ran.stdout.includes('"app started"') }
}

describe.each(['1.7.6', '1.8.3'])('a broken start of %s', (version) => {
  it.concurrent.each(recordedOf(version).map((r) => [r.case, r] as const))('%s ends as recorded', async (name, recorded) => {
    const arrange = CASES[name]
    if (arrange === undefined) throw new Error(`no situation for ${name}`)
    const { ran, place, started } = await play(version, arrange, recorded.app_started)
    try {
      expect(started).toBe(recorded.app_started)
      expect(ran.code).toBe(recorded.app_started ? 0 : recorded.exit)
      expect(normal(ran.stderr, place)).toBe(normal(recorded.stderr))
      expect(ran.stderr.includes('\nUsage:')).toBe(recorded.usage_printed)
      if (!recorded.app_started) expect(messagesOf(ran.stdout.split('\n'))).toEqual(messagesOf(recorded.stdout_error_lines))
    } finally {
      place.remove()
    }
  })
})
