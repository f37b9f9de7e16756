import { describe, expect, it } from 'vitest'
import { explainNodeExit } from '../../../../electron/programs/index.ts'
import { jsonLines, recording } from '../recordings.ts'

/** Case of start-failures → code, the same in both versions unless noted. Reasoned from failure-modes.md. */
const CODES: Readonly<Record<string, string>> = {
  'unknown-key-in-section': 'node/config-unknown-key',
  'unknown-top-level-key': 'node/config-unknown-key',
  'unknown-nested-key': 'node/config-unknown-key',
  'bad-json': 'node/config-invalid',
  'config-missing': 'node/config-missing',
  'config-extension-txt': 'node/config-format',
  'wrong-type': 'node/config-bad-value',
  'bad-duration': 'node/config-bad-value',
  'unknown-preset': 'node/unknown-preset',
  'unknown-flag': 'node/unknown-flag',
  'port-in-use-public': 'node/port-in-use',
  'port-in-use-private': 'node/port-in-use',
  'port-in-use-post': 'node/port-in-use',
  'port-in-use-p2p': 'node/p2p-port-in-use',
  'lock-folder-missing': 'node/lock-unusable',
  'local-key-beside-others': 'node/local-key-beside-others',
  'key-truncated': 'node/key-size',
  'key-trailing-lf': 'node/key-not-hex',
  'key-trailing-crlf': 'node/key-size',
  'key-one-extra-digit': 'node/key-not-hex',
  'key-bom': 'node/key-size',
  'key-0x': 'node/key-size',
  'key-empty': 'node/key-size',
  'key-public-mismatch': 'node/key-mismatch',
  'key-duplicate': 'node/key-duplicate',
  'key-unreadable': 'node/key-unreadable',
  'smeshing-start-several-keys': 'node/smeshing-start-remote',
  'smeshing-start-no-coinbase': 'node/no-coinbase',
  'bad-coinbase': 'node/bad-coinbase',
  'wrong-genesis-time': 'node/wrong-network',
  'wrong-genesis-extra': 'node/wrong-network',
  'local-db-too-new': 'node/database-too-new',
  'state-db-too-new': 'node/database-too-new',
  'local-db-extra-table': 'node/schema-drift',
  'local-db-extra-index': 'node/schema-drift',
  'state-db-extra-table': 'node/schema-drift',
  'local-db-v1': 'node/database-too-old',
  'local-db-garbage': 'node/not-a-database',
  'data-folder-read-only': 'node/database-not-opened',
  'poet-servers-two-in-standalone': 'node/standalone-poets',
  'deprecated-poet-server': 'node/config-deprecated-key',
  'no-config-flag': 'node/no-config',
  'no-config-flag-mainnet': 'node/no-config',
  'config-yaml': 'node/config-invalid',
  'config-empty-file': 'node/config-invalid',
  'untagged-key-postservice': 'node/config-unknown-key',
  'atx-versions-bad': 'node/config-bad-value',
}

const lines = (value: unknown): string[] => (Array.isArray(value) ? value.filter((line) => typeof line === 'string') : [])

const failures = ['1.7.6', '1.8.3'].flatMap((version) =>
  jsonLines(`node-start/start-failures-${version}.jsonl`)
    .filter((row) => row['exit'] !== null)
    .map((row) => ({ version, name: String(row['case']), row })),
)

describe('a node that does not start', () => {
  it.each(failures)('$version $name is explained', ({ name, row }) => {
    const output = [...lines(row['stdout_error_lines']), ...lines(row['stdout_last']), String(row['stderr'])].join('\n')
    const said = explainNodeExit({ code: Number(row['exit']) }, output)
    expect(said.causeCode).toBe(CODES[name])
    expect(said.cause).toMatch(/[.!]$/)
    expect(said.cause.split('. ').length).toBeGreaterThanOrEqual(2)
    expect(said.cause).not.toMatch(/undefined|\$\{|ERROR|\n/)
  })

  it('is known from its log alone, before it exits and without stderr', () => {
    for (const { row, name } of failures.filter(({ name: n }) => /^port-in-use|coinbase|smeshing-start/.test(n))) {
      expect([name, explainNodeExit({}, lines(row['stdout_error_lines']).join('\n')).causeCode]).toEqual([name, CODES[name]])
    }
  })

  it('names what the user must look for', () => {
    const of = (name: string): string => {
      const row = failures.find((one) => one.name === name)?.row ?? {}
      return explainNodeExit({ code: 1 }, [...lines(row['stdout_error_lines']), String(row['stderr'])].join('\n')).cause
    }
    expect(of('unknown-nested-key')).toContain('smeshing.smeshing-opts.smeshing-opts-foo')
    expect(of('unknown-top-level-key')).toContain('smapp-ui')
    expect(of('port-in-use-public')).toContain('127.0.0.1:21402')
    expect(of('key-truncated')).toContain('attic.key')
    expect(of('config-missing')).toContain('nosuch.json')
  })

  it('is not started again when that cannot help', () => {
    const retry = (text: string) => explainNodeExit({ code: 1 }, text).retry
    expect(retry('Error: loading identities: duplicate key found in identity files')).toBe('never')
    expect(retry("Error: loading config: unmarshal config: 1 error(s) decoding:\n\n* '' has invalid keys: a")).toBe('never')
    expect(retry('Error: listen tcp 127.0.0.1:9092: bind: address already in use')).toBeUndefined()
  })
})

describe('a node that ends while it runs', () => {
  it('FATAL: stderr is empty, the reason is in the log', () => {
    const said = explainNodeExit({ code: 1 }, recording('node-misc-1.7.6/node-poet-changed.jsonl'))
    expect(said.causeCode).toBe('node/poets-mismatch')
  })

  it.each([
    ['node-1n-1.7.6/panic-v2alpha1-LayerStream.stderr', 'node/layer-stream-crash'],
    ['node-1n-1.8.3/panic-v2beta1-LayerStream.stderr', 'node/layer-stream-crash'],
    ['node-1n-1.7.6/panic-empty-poet-pubkey.stderr', 'node/empty-poet-key'],
    ['node-1n-1.7.6/second-start-lock.stderr', 'node/lock-held'],
  ])('%s', (file, code) => {
    expect(explainNodeExit({ code: 2 }, recording(file)).causeCode).toBe(code)
  })

  it.each([
    ['Error: init poet server: failed to listen: listen tcp 127.0.0.1:50001: bind: address already in use', 'node/poet-local-port-in-use'],
    ['Error: open sqlite db: vacuum into: SQLITE_FULL: database or disk is full', 'node/disk-full'],
    ['Error: open sqlite db: SQLITE_CORRUPT: database disk image is malformed', 'node/database-damaged'],
    ['Error: open sqlite db: SQLITE_BUSY: database is locked', 'node/database-busy'],
    ['Error: file already exists: both /a/key.bin and /a/local.key exist', 'node/files-in-doubt'],
    ['Error: timesync: peers are not time synced: drift = 12.3s', 'node/clock-off'],
    ['./go-spacemesh: error while loading shared libraries: libOpenCL.so.1: cannot open shared object file', 'node/library-missing'],
    ["./go-spacemesh: /lib/libc.so.6: version `GLIBC_2.34' not found", 'node/library-missing'],
    ['Error: listen tcp 127.0.0.1:9092: bind: Only one usage of each socket address is normally permitted.', 'node/port-in-use'],
    ['Error: stat post service binary /opt/post-service: no such file', 'node/post-service-missing'],
    ['2026-11-21T00:00:00.000Z\tFATAL\tnode\tpost service exited\t{"error": "exit status 1"}', 'node/post-service-exited'],
    ['Error: this is a testnet-only build not intended for mainnet', 'node/testnet-build'],
    ['Error: something nobody has seen', 'node/error'],
  ])('%s', (line, code) => {
    expect(explainNodeExit({ code: 1 }, line).causeCode).toBe(code)
  })

  it('a signal, an unknown exit and silence are said as they are', () => {
    expect(explainNodeExit({ signal: 'SIGKILL' }, '').causeCode).toBe('node/killed')
    expect(explainNodeExit({ code: 0 }, '').causeCode).toBe('node/ended')
    expect(explainNodeExit({}, '').cause).toContain('nobody saw how')
    expect(explainNodeExit({ code: 3_221_225_781 }, '').causeCode).toBe('node/library-missing')
    expect(explainNodeExit({ code: 7 }, 'some last words').cause).toContain('some last words')
  })

  it('knows by its last words that an adopted node was asked to stop, and takes no line of its PoET for an error', () => {
    const poet = '2026-11-21T04:06:36.846Z\tINFO\tworker\tservice shutting down'
    const end = '{"L":"INFO","T":"2026-11-21T04:06:39.930Z","N":"node","M":"app cleanup completed"}'
    expect(explainNodeExit({}, `${poet}\n${end}`).causeCode).toBe('node/ended')
    const gone = explainNodeExit({}, poet)
    expect(gone.causeCode).toBe('node/gone')
    expect(gone.cause).not.toContain('service shutting down')
  })

  it('never shows a private key and never throws on rubbish', () => {
    const key = 'ab'.repeat(64)
    expect(JSON.stringify(explainNodeExit({ code: 1 }, `Error: bad key ${key}`))).not.toContain(key)
    expect(explainNodeExit({ code: 1 }, '\u0000\u001b[31m'.repeat(200_000)).causeCode).toBe('node/exit')
  })

  it('what an earlier start said does not explain this end', () => {
    const earlier = 'Error: listen tcp 127.0.0.1:9092: bind: address already in use'
    const now = '{"L":"INFO","T":"2026-11-21T00:31:48.670Z","N":"node","M":"Welcome to Spacemesh. Spacemesh full node is starting..."}'
    expect(explainNodeExit({ signal: 'SIGKILL' }, `${earlier}\n${now}`).causeCode).toBe('node/killed')
  })
})
