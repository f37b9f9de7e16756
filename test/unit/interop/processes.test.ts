import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { containerPaths } from '../../../electron/interop/container-paths.ts'
import { ownerByGroup } from '../../../electron/interop/owner.ts'
import type { BareProcess, ProcessDetails, ProcessSource } from '../../../electron/interop/process-source.ts'
import { linuxProcesses } from '../../../electron/interop/processes-linux.ts'
import { macosProcesses, splitAtFlags } from '../../../electron/interop/processes-macos.ts'
import { parseCimRows, splitWindows, windowsProcesses } from '../../../electron/interop/processes-windows.ts'
import { findProcesses } from '../../../electron/interop/processes.ts'
import { bareFiles, fixtures, linux } from './machine.ts'

const fixture = (name: string): string => readFileSync(path.join(fixtures, name), 'utf8')
const files = bareFiles({})

const source = (bare: readonly BareProcess[], details: Readonly<Record<number, Partial<ProcessDetails>>> = {}): ProcessSource => ({
  all: async () => bare,
  details: async (pids) =>
    new Map(pids.flatMap((pid) => (details[pid] === undefined ? [] : [[pid, { isOtherUser: false, ...details[pid] }] as const]))),
})

describe('an owner', () => {
  it.each([
    ['0::/system.slice/spacemesh.service\n', 'systemd', 'spacemesh.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/post@north.service\n', 'systemd', 'post@north.service'],
    ['0::/system.slice/post\\x2dnorth.service\n', 'systemd', 'post-north.service'],
    ['12:pids:/x\n1:name=systemd:/system.slice/a.service\n', 'systemd', 'a.service'],
    [`0::/system.slice/docker-${'ab12'.repeat(16)}.scope\n`, 'docker', 'container ab12ab12ab12'],
    [`11:cpu:/docker/${'cd34'.repeat(16)}\n1:name=systemd:/docker/${'cd34'.repeat(16)}\n`, 'docker', 'container cd34cd34cd34'],
    [`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${'e'.repeat(64)}.scope\n`, 'docker', `container ${'e'.repeat(12)}`],
    [
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/smeshkeeper-default-node.service\n',
      'smeshkeeper',
      'smeshkeeper-default-node.service',
    ],
  ])('is told by its control group: %s', (text, owner, label) => {
    expect(ownerByGroup(text)).toEqual({ owner, label })
  })

  it.each([
    '0::/user.slice/user-1000.slice/session-3.scope\n',
    '0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope\n',
    '0::/system.slice/cron.service\n',
    '0::/user.slice/user-1000.slice/user@1000.service\n',
    '0::/\n',
    '',
  ])('is nobody for a terminal or a timetable: %s', (text) => {
    expect(ownerByGroup(text)).toBeUndefined()
  })

  it('is Smapp for its node and for the service that the node started', async () => {
    const found = await findProcesses({
      source: source(
        [
          { pid: 1, parent: 0, argv: ['/sbin/init'] },
          { pid: 5, parent: 1, argv: ['/opt/Spacemesh/spacemesh_app'] },
          { pid: 6, parent: 5, argv: ['/opt/Spacemesh/node/go-spacemesh', '-d', '/d'] },
          { pid: 7, parent: 6, argv: ['/opt/Spacemesh/node/post-service', '--dir', '/p'] },
          // Smapp has ended and left its node.
          { pid: 8, parent: 1, argv: ['go-spacemesh', '--config', '/home/u/.config/Spacemesh/node-config.json', '-d', '/e'] },
        ],
        { 5: {}, 6: {}, 7: {}, 8: {} },
      ),
      files,
      platform: linux,
    })
    expect(found.map(({ pid, program, owner }) => [pid, program, owner])).toEqual([
      [5, 'smapp', 'smapp'],
      [6, 'go-spacemesh', 'smapp'],
      [7, 'post-service', 'smapp'],
      [8, 'go-spacemesh', 'smapp'],
    ])
  })

  it('is Smeshkeeper for what it was told, and PSM below its script', async () => {
    const found = await findProcesses({
      source: source(
        [
          { pid: 20, parent: 1, argv: ['go-spacemesh', '-d', '/d'] },
          { pid: 21, parent: 20, argv: ['post-service', '--dir', '/p'] },
          { pid: 30, parent: 1, argv: ['bash', './sm-psm.sh'] },
          { pid: 31, parent: 30, argv: ['./post-service', '--dir', '/q'] },
        ],
        { 20: {}, 21: {}, 31: {} },
      ),
      files,
      platform: linux,
      own: new Set([20]),
    })
    expect(found.map(({ pid, owner }) => [pid, owner])).toEqual([
      [20, 'smeshkeeper'],
      [21, 'smeshkeeper'],
      [31, 'psm'],
    ])
  })
})

describe('running programs', () => {
  it('have the folder that arguments, config, preset or home give', async () => {
    const config = '{"main":{"data-folder":"rel/data"}}'
    const found = await findProcesses({
      source: source(
        [
          { pid: 1, parent: 0, argv: ['go-spacemesh', '--config', 'c.json'] },
          { pid: 2, parent: 0, argv: ['go-spacemesh', '-c', 'c.json', '--data-folder=/over'] },
          { pid: 3, parent: 0, argv: ['go-spacemesh'] },
          { pid: 4, parent: 0, argv: ['go-spacemesh', '--preset=standalone'] },
          { pid: 5, parent: 0, argv: ['go-spacemesh', '--config', '/broken.json'] },
          { pid: 6, parent: 0, argv: ['postcli', '-datadir', 'p'] },
          { pid: 7, parent: 0, argv: ['go-spacemesh', '-d', 'rel'] },
        ],
        { 1: { cwd: '/w' }, 2: { cwd: '/w' }, 3: { home: '/home/v' }, 4: {}, 5: { home: '/home/v' }, 6: { cwd: '/w' }, 7: {} },
      ),
      files: bareFiles({ '/w/c.json': config, '/broken.json': '{' }),
      platform: linux,
    })
    expect(found.map(({ folder }) => folder)).toEqual([
      '/w/rel/data',
      '/over',
      '/home/v/spacemesh',
      '/tmp/spacemesh',
      undefined,
      '/w/p',
      undefined,
    ])
  })

  it('that vanish are left out, and a system that does not answer gives none', async () => {
    const bare = [{ pid: 1, parent: 0, argv: ['go-spacemesh'] }]
    expect(await findProcesses({ source: source(bare), files, platform: linux })).toEqual([])
    const dead: ProcessSource = { all: () => Promise.reject(new Error('no')), details: () => Promise.reject(new Error('no')) }
    expect(await findProcesses({ source: dead, files, platform: linux })).toEqual([])
    expect(await findProcesses({ source: { ...dead, all: async () => bare }, files, platform: linux })).toEqual([])
  })
})

describe('/proc', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'interop-proc-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('is read with names that hold spaces and parentheses; zombies and torn entries are left out', async () => {
    const add = (pid: number, parts: Readonly<Record<string, string>>): void => {
      mkdirSync(path.join(root, String(pid), 'fd'), { recursive: true })
      for (const [name, text] of Object.entries(parts)) writeFileSync(path.join(root, String(pid), name), text)
    }
    const stat = (pid: number, state: string): string => `${pid} (a) b (c)) ${state} 1 ${'0 '.repeat(17)}100 0`
    writeFileSync(path.join(root, 'stat'), 'cpu 1\nbtime 1700000000\n')
    add(10, {
      cmdline: 'go-spacemesh\0-d\0/d\0',
      stat: stat(10, 'S'),
      status: 'Name:\tx\nUid:\t998\t998\n',
      cgroup: '0::/system.slice/n.service\n',
    })
    symlinkSync('/opt/go-spacemesh (deleted)', path.join(root, '10/exe'))
    symlinkSync('/srv', path.join(root, '10/cwd'))
    symlinkSync('/var/log/n.log', path.join(root, '10/fd/1'))
    symlinkSync('pipe:[1]', path.join(root, '10/fd/2'))
    add(11, { cmdline: 'go-spacemesh\0', stat: stat(11, 'Z') })
    add(12, { stat: stat(12, 'S') })
    const proc = linuxProcesses(linux, { root, passwd: 'mesh:x:998:998::/srv/mesh:/bin/sh\n' })
    expect(await findProcesses({ source: proc, files, platform: linux })).toEqual([
      {
        pid: 10,
        program: 'go-spacemesh',
        owner: 'systemd',
        ownerLabel: 'n.service',
        user: 'mesh',
        startedAt: 1_700_000_001_000,
        args: ['-d', '/d'],
        cwd: '/srv',
        folder: '/d',
        logFile: '/var/log/n.log',
        binary: '/opt/go-spacemesh',
      },
    ])
  })
})

describe('paths in a container', () => {
  const inside = [
    '700 600 0:50 / / rw - overlay overlay rw,lowerdir=/l',
    '701 700 8:1 /srv/post\\040one /root/post rw - ext4 /dev/sda1 rw',
    '702 700 8:2 /node /root/node rw - ext4 /dev/sdb1 rw',
  ].join('\n')
  const outside = [
    '20 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '21 20 8:2 / /mnt/big rw - ext4 /dev/sdb1 rw',
    '22 20 0:50 / /var/lib/docker/x/merged rw - overlay overlay rw',
  ].join('\n')
  const toHost = containerPaths(inside, outside)

  it('are the volumes on this machine', () => {
    expect(toHost('/root/post')).toBe('/srv/post one')
    expect(toHost('/root/node/state.sql')).toBe('/mnt/big/node/state.sql')
  })

  it('are nowhere else', () => {
    expect(toHost('/root/spacemesh')).toBeUndefined()
    expect(toHost('/root/posture')).toBeUndefined()
    expect(containerPaths('', '')('/x')).toBeUndefined()
  })
})

describe('macOS', () => {
  const run = async (file: string, args: readonly string[]): Promise<string> =>
    file.endsWith('lsof')
      ? fixture('lsof.txt')
      : args.at(-1)?.endsWith('comm=') === true
        ? fixture('ps-comm.txt')
        : fixture('ps-command.txt')

  it('is asked through ps and lsof; folders with spaces stay whole', async () => {
    const platform = { ...linux, os: 'darwin' as const, home: '/Users/u' }
    const found = await findProcesses({ source: macosProcesses(platform, run), files, platform })
    expect(found).toMatchObject([
      { pid: 500, program: 'smapp', owner: 'smapp' },
      {
        pid: 510,
        owner: 'smapp',
        folder: '/Users/u/Library/Application Support/Spacemesh/node-data/7c8cef2b',
        startedAt: Date.UTC(2026, 10, 21, 2, 40, 20),
      },
      {
        pid: 600,
        owner: 'someone',
        user: 'mesh',
        folder: '/srv/mesh/pos one',
        logFile: '/srv/mesh/post.log',
        binary: '/opt/mesh bin/post-service',
      },
    ])
  })

  it('splits at flags', () => {
    expect(splitAtFlags('/a b/x -d /c d --n=1 --dir=e f', '/a b/x')).toEqual(['/a b/x', '-d', '/c d', '--n=1', '--dir=e f'])
    expect(splitAtFlags('x', '/other')).toEqual(['x'])
  })
})

describe('Windows', () => {
  it('is asked through CIM; command lines are split as the C runtime does', async () => {
    const platform = { ...linux, os: 'win32' as const, home: 'C:\\Users\\U V' }
    const system = windowsProcesses('C:\\Windows', platform, async () => fixture('cim.json'))
    const found = await findProcesses({ source: system, files: bareFiles({ 'C:\\Users\\U V\\smesh\\config.json': '{}' }), platform })
    expect(found).toMatchObject([
      { pid: 812, folder: 'C:\\data\\node', startedAt: Date.parse('2026-11-21T02:36:15.123Z') },
      { pid: 813, folder: 'D:\\pos one' },
      // Another user's: only its executable is told.
      { pid: 900, program: 'post-service', args: [] },
    ])
    expect(found[2]?.folder).toBeUndefined()
  })

  it.each([
    ['a "b c" d', ['a', 'b c', 'd']],
    ['a b\\c "d\\\\" "e\\"f"', ['a', 'b\\c', 'd\\', 'e"f']],
    ['"" x', ['', 'x']],
    ['"a""b"', ['a"b']],
    ['', []],
  ])('splits %j', (line, words) => {
    expect(splitWindows(line)).toEqual(words)
  })

  it('takes one process as well as a list, and nothing from nonsense', () => {
    expect(parseCimRows('{"ProcessId":5,"CommandLine":"x"}')).toHaveLength(1)
    expect([parseCimRows(''), parseCimRows('[1,null,"x"]')]).toEqual([[], []])
  })
})
