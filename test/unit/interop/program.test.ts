import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { calledIn } from '../../../electron/interop/called-in.ts'
import { durationMs } from '../../../electron/interop/duration.ts'
import { flagIsOn, flagText, readFlags } from '../../../electron/interop/flags.ts'
import { programOf } from '../../../electron/interop/program.ts'
import { readService, toldParameters } from '../../../electron/interop/service-reading.ts'
import { bareFiles, fixtures, linux } from './machine.ts'

const context = { files: bareFiles({}), platform: linux, cwd: '/work' }

/** Every command line of a recording, as the shell would have split it. */
function recordedCommands(): string[][] {
  const root = path.resolve(fixtures, '../recordings')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(jsonl?|log)$/.test(name))
  const lines = files.flatMap((name) => [
    ...readFileSync(path.join(root, name), 'utf8').matchAll(
      /"cmd": ?"((?:go-spacemesh|post-service|postcli|\$HOME[^"]*post-service)[^"]*)"/g,
    ),
  ])
  return [...new Set(lines.map(([, command]) => command ?? ''))].map((command) => command.split(' '))
}

describe('a program', () => {
  it.each([
    ['/usr/bin/go-spacemesh --config x', 'go-spacemesh'],
    ['./go-spacemesh-v1.8.3', 'go-spacemesh'],
    ['go-spacemesh_1.8.3 -d x', 'go-spacemesh'],
    ['C:\\smesh\\go-spacemesh.exe', 'go-spacemesh'],
    ['/opt/post-service --dir x', 'post-service'],
    ['/usr/local/bin/service --dir x --address http://n:9094', 'post-service'],
    ['postcli -datadir x', 'postcli'],
    ['/opt/Spacemesh/spacemesh_app', 'smapp'],
    ['/x/electron /y/electron/practice/node/main.ts --config c', 'go-spacemesh'],
    ['/x/electron /y/electron/practice/post-service/main.ts --dir d', 'post-service'],
    ['/opt/smeshkeeper --smeshkeeper-peer=post-service --no-sandbox -- --dir d', 'post-service'],
  ])('is known by its name: %s', (line, program) => {
    expect(programOf(line.split(' '))?.program).toBe(program)
  })

  it.each([
    'vim go-spacemesh.log',
    'go-spacemesh.log',
    'bash ./post-service.sh',
    'grep go-spacemesh',
    'service nginx restart',
    'go-spacemesh version',
    '/opt/Spacemesh/spacemesh_app --type=renderer',
    '/opt/smeshkeeper --smeshkeeper-peer=scan --',
    '',
  ])('is not everything that mentions one: %s', (line) => {
    expect(programOf(line.split(' '))).toBeUndefined()
  })

  it('is told by its executable when it calls itself something else', () => {
    expect(programOf(['node-one', '-d', 'x'], '/opt/go-spacemesh')).toEqual({ program: 'go-spacemesh', args: ['-d', 'x'] })
  })

  it('is found behind nice, env and their like', () => {
    expect(calledIn(['/usr/bin/nice', '-n', '10', '/opt/go-spacemesh', '-d', '/x'])).toEqual({
      program: 'go-spacemesh',
      args: ['-d', '/x'],
      binary: '/opt/go-spacemesh',
    })
    expect(calledIn(['/usr/bin/env', 'RUST_LOG=info', 'post-service', '--dir', 'x'])?.program).toBe('post-service')
    expect(calledIn(['/bin/echo', 'go-spacemesh'])).toBeUndefined()
  })
})

describe('flags', () => {
  it('come in every form that Go and clap take', () => {
    const flags = readFlags([
      '--config=a=b.json',
      '-d',
      '/data',
      '-cx',
      '--smeshing-start',
      '--filelock',
      '/l',
      '--filelock',
      '/m',
      '--metrics=false',
    ])
    expect(flagText(flags, 'config')).toBe('a=b.json')
    expect([flagText(flags, '-d'), flagText(flags, '-c'), flagText(flags, 'filelock')]).toEqual(['/data', 'x', '/m'])
    expect([flagIsOn(flags, 'smeshing-start'), flagIsOn(flags, 'metrics'), flagIsOn(flags, 'other')]).toEqual([true, false, undefined])
  })

  it('of postcli begin with one dash', () => {
    expect(flagText(readFlags(['-datadir', 'x', '-yes'], { isSingleDash: true }), 'datadir')).toBe('x')
  })
})

describe('a duration', () => {
  it.each([
    ['240h', 864_000_000],
    ['1m30s', 90_000],
    ['850ms', 850],
    [5_000_000_000, 5000],
  ])('is read as Go reads it: %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms)
  })

  it.each(['', '5', 'five', '5m and more', '-5m', 0, null, {}])('is not guessed: %j', (text) => {
    expect(durationMs(text)).toBeUndefined()
  })
})

describe('command lines of the recordings', () => {
  const commands = recordedCommands()

  it('are all told apart by program', () => {
    const programs = commands.map((words) => programOf(words)?.program)
    expect(commands.length).toBeGreaterThan(60)
    expect(programs.filter((program) => program === undefined)).toEqual([])
    expect(new Set(programs)).toEqual(new Set(['go-spacemesh', 'post-service', 'postcli']))
  })

  it('of services give folder, addresses, nonces, threads and network parameters', () => {
    const line =
      'post-service --dir /p --address http://127.0.0.1:18300 --min-num-units 4 --max-num-units 64 --k1 26 --k2 37 --pow-difficulty 0fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff -n 2 -r 1 -p 1 --nonces 1024 --randomx-mode light --threads 1 --operator-address 127.0.0.1:18301'
    const recorded = commands.find((words) => words.join(' ') === line.replace('/p', '$HOME/spacemesh/small'))
    expect(recorded).toBeDefined()
    const args = line.split(' ').slice(1)
    expect(readService(args, context)).toEqual({
      args,
      posFolder: '/p',
      nodeAddress: 'http://127.0.0.1:18300',
      operator: '127.0.0.1:18301',
      nonces: 1024,
      threads: 1,
      randomx: 'light',
    })
    expect(toldParameters(args)).toEqual({ powDifficulty: `0${'f'.repeat(63)}`, scrypt: { n: 2, r: 1, p: 1 } })
  })

  it('leave absent what they do not give, and every one of them can be read', () => {
    for (const words of commands) {
      const called = programOf(words)
      if (called?.program !== 'post-service') continue
      const read = readService(called.args, context)
      expect(read.nonces === undefined).toBe(!words.includes('--nonces'))
      expect(read.operator === undefined).toBe(!words.includes('--operator-address'))
    }
  })

  it('of relative folders need a working folder', () => {
    const { cwd: _cwd, ...nowhere } = context
    expect(readService(['--dir', 'pos'], context).posFolder).toBe('/work/pos')
    expect(readService(['--dir', 'pos'], nowhere).posFolder).toBeUndefined()
    expect(readService(['--dir', '/p', '--pinned-cores', '0,1', '2', '--threads', '4'], context)).toMatchObject({ pinnedCores: [0, 1, 2] })
    expect(readService(['--dir', '/p', '--pinned-cores', '0,1', '2', '--threads', '4'], context).threads).toBeUndefined()
  })
})
