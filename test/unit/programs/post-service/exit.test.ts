import { describe, expect, it } from 'vitest'
import { explainServiceExit } from '../../../../electron/programs/index.ts'
import { jsonLines, recordingsIn } from '../recordings.ts'

/** Recording → code of its exit, from the README of the recordings. */
const CODES: Readonly<Record<string, string>> = {
  'address-closed-port-max-retries-0.8.5': 'service/max-retries',
  'address-ftp-scheme-0.8.5': 'service/bad-address',
  'address-https-without-certs-0.8.5': 'service/https-without-certificates',
  'bad-difficulty-0.8.5': 'service/argument-invalid',
  'metadata-invalid-json-0.8.5': 'service/metadata-invalid',
  'metadata-missing-0.8.5': 'service/metadata-missing',
  'metadata-missing-field-0.8.5': 'service/metadata-invalid',
  'no-arguments-0.8.5': 'service/arguments-missing',
  'no-threads-0.7.13': 'service/arguments-missing',
  'no-threads-0.8.5': 'service/arguments-missing',
  'nonces-17-0.8.5': 'service/nonces-invalid',
  'nonces-4112-0.8.5': 'service/nonces-invalid',
  'operator-address-bare-port-0.8.5': 'service/operator-address-invalid',
  'operator-address-hostname-0.8.5': 'service/operator-address-invalid',
  'operator-port-busy-0.7.13': 'service/operator-port-in-use',
  'randomx-mode-bad-0.8.5': 'service/argument-invalid',
  'unknown-flag-0.8.5': 'service/argument-invalid',
  'watch-pid-target-ends-idle-0.8.5': 'service/ended',
  'wrong-dir-0.8.5': 'service/metadata-missing',
  'wrong-min-num-units-0.7.13': 'service/units-out-of-range',
  'wrong-min-num-units-0.8.5': 'service/units-out-of-range',
}

interface Ended {
  readonly name: string
  readonly exit: { code?: number; signal?: string }
  readonly log: string
}

const ended: Ended[] = recordingsIn('post-service')
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => {
    const rows = jsonLines(`post-service/${name}`)
    const last = rows.findLast((row) => row['src'] === 'post-service' && row['ev'] === 'exit')
    if (last === undefined) return []
    const { code, signal } = last
    const exit = { ...(typeof code === 'number' ? { code } : {}), ...(typeof signal === 'string' ? { signal } : {}) }
    const log = rows.flatMap((row) => (row['src'] === 'post-service' && typeof row['line'] === 'string' ? [row['line']] : [])).join('\n')
    return [{ name: name.replace('.jsonl', ''), exit, log }]
  })

describe('the end of a post-service', () => {
  it.each(ended.filter(({ exit }) => exit.signal === undefined))('$name is explained', ({ name, exit, log }) => {
    const said = explainServiceExit(exit, log)
    expect(said.causeCode).toBe(CODES[name])
    expect(said.cause).not.toMatch(/undefined|\n/)
    expect(said.cause).toMatch(/[.!]$|: \S/)
  })

  it('covers every recorded end', () => {
    expect(
      ended
        .filter(({ exit }) => exit.signal === undefined)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(Object.keys(CODES).toSorted())
  })

  it('by a signal says which, and that the proof is lost', () => {
    for (const { exit, log } of ended.filter((one) => one.exit.signal !== undefined)) {
      const said = explainServiceExit(exit, log)
      expect(said.causeCode).toBe(exit.signal === 'SIGKILL' ? 'service/killed' : 'service/stopped')
      expect(said.cause).toContain('is lost')
    }
  })

  it('names what the user must change', () => {
    const of = (name: string): string => {
      const one = ended.find((row) => row.name === name)
      return explainServiceExit(one?.exit ?? {}, one?.log ?? '').cause
    }
    expect(of('wrong-min-num-units-0.8.5')).toMatch(/has \d+ Space Units, the network takes \d+ to \d+/)
    expect(of('operator-address-hostname-0.8.5')).toContain('localhost:')
    expect(of('no-threads-0.8.5')).toContain('--threads')
  })

  it('crashes, missing libraries and silence', () => {
    expect(explainServiceExit({ code: 101 }, "thread '<unnamed>' panicked at src/x.rs:1:1:\nboom").causeCode).toBe('service/panic')
    expect(explainServiceExit({ signal: 'SIGABRT' }, 'memory allocation of 2181038080 bytes failed').causeCode).toBe(
      'service/out-of-memory',
    )
    expect(
      explainServiceExit({ code: 1 }, '[2026-11-21T00:00:00Z ERROR post::prove] failed to set core affinity for thread to 99'),
    ).toMatchObject({
      causeCode: 'service/affinity-failed',
      retry: 'never',
    })
    expect(explainServiceExit({ code: 127 }, 'post-service: error while loading shared libraries: libOpenCL.so.1: no').causeCode).toBe(
      'service/library-missing',
    )
    expect(explainServiceExit({}, '').cause).toContain('nobody saw how')
    expect(explainServiceExit({ code: 9 }, 'x').cause).toContain('exit code 9')
  })
})
