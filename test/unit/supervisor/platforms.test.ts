import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { markerText, parseMarker } from '../../../electron/supervisor/platform.ts'
import { linuxPlatform } from '../../../electron/supervisor/platform-linux.ts'
import { macosPlatform, markedIn, parsePs } from '../../../electron/supervisor/platform-macos.ts'
import { matchIntents, parseCim, windowsPlatform } from '../../../electron/supervisor/platform-windows.ts'
import { ProcFs, parseStat } from '../../../electron/supervisor/proc-fs.ts'
import { baseEnv, headerFault } from '../../../electron/supervisor/spawn-detached.ts'

const marker = { scope: 's1', name: 'kelp: 1/2', generation: 'ab' }

describe('the mark', () => {
  it('survives any name', () => {
    expect(markerText(marker)).toBe('s1:kelp%3A%201%2F2:ab')
    expect(parseMarker(markerText(marker))).toEqual(marker)
    expect(parseMarker('a:b')).toBeUndefined()
    expect(parseMarker('a:%E0%A4%A:c')).toBeUndefined()
  })
})

const statLine = (pid: number, o: { state?: string; parent?: number; session?: number; start?: number; name?: string }): string =>
  `${pid} (${o.name ?? 'service'}) ${o.state ?? 'S'} ${o.parent ?? 1} ${pid} ${o.session ?? pid} 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 ${o.start ?? 5000} 0 0`

describe('/proc', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'proc-'))
    writeFileSync(path.join(root, 'stat'), 'cpu 1 2\nbtime 1700000000\n')
  })
  afterEach(() => rmSync(root, { recursive: true }))
  const add = (pid: number, line: string, mark?: string): void => {
    mkdirSync(path.join(root, String(pid)))
    writeFileSync(path.join(root, String(pid), 'stat'), line)
    writeFileSync(path.join(root, String(pid), 'environ'), `A=1\0${mark === undefined ? '' : `SMESHKEEPER_CHILD=${mark}\0`}B=2\0`)
    writeFileSync(path.join(root, String(pid), 'cmdline'), '/opt/service\0--dir\0\0/data x\0')
  }

  it('reads a stat line also when the name has spaces and parentheses', () => {
    expect(parseStat(statLine(7, { name: 'a) S 1 (b', start: 42, parent: 3 }))).toEqual({
      state: 'S',
      parent: 3,
      session: 7,
      cpuTicks: 200,
      startTime: '42',
    })
    expect(parseStat('')).toBeUndefined()
    expect(parseStat('7 (cut off) S 1')).toBeUndefined()
  })

  it('finds the roots of our trees, oldest first, and neither zombies nor those of another table', () => {
    add(10, statLine(10, { start: 900 }), 's1:kelp:g1')
    add(11, statLine(11, { start: 901, parent: 10, session: 10 }), 's1:kelp:g1')
    add(12, statLine(12, { start: 100 }), 's1:reed:g2')
    add(13, statLine(13, { state: 'Z' }), 's1:dead:g3')
    add(14, statLine(14, {}), 's2:other:g4')
    add(15, statLine(15, {}))
    const procFs = new ProcFs(root)
    expect(procFs.findMarked('s1').map((f) => [f.pid, f.name])).toEqual([
      [12, 'reed'],
      [10, 'kelp'],
    ])
    expect(procFs.findMarked('s1')[0]).toMatchObject({ args: ['/opt/service', '--dir', '', '/data x'], startedAt: 1_700_000_001_000 })
    expect(procFs.glance(13)).toEqual({ is: 'gone' })
    expect(procFs.glance(99)).toEqual({ is: 'gone' })
    expect(procFs.glance(10)).toEqual({ is: 'alive', startTime: '900', cpuMs: 2000 })
  })

  it('signals only the very process it knows, its session, and of what is left only what carries the same mark', () => {
    const mine = { scope: 's1', name: 'kelp', generation: 'g1' }
    add(10, statLine(10, { start: 900 }), 's1:kelp:g1')
    add(11, statLine(11, { parent: 10, session: 10 }), 's1:kelp:g1')
    add(12, statLine(12, { parent: 1, session: 10 }), 's1:reed:g1')
    const sent: string[] = []
    const platform = linuxPlatform({ log: silentLogger, procFs: new ProcFs(root), signal: (pid, signal) => sent.push(`${pid} ${signal}`) })
    platform.terminate({ pid: 10, startTime: '901', marker: mine })
    platform.terminate({ pid: 10, startTime: '900', marker: mine })
    expect(sent.splice(0)).toEqual(['10 SIGTERM'])
    platform.sweep({ pid: 10, startTime: '900', marker: mine })
    expect(sent.splice(0)).toEqual(['10 SIGKILL', '11 SIGKILL'])
    platform.kill({ pid: 10, startTime: '900', marker: mine })
    expect(new Set(sent.splice(0))).toEqual(new Set(['10 SIGKILL', '11 SIGKILL', '12 SIGKILL']))
    platform.kill({ pid: 10, startTime: '1', marker: { ...mine, generation: 'g9' } })
    expect(sent).toEqual([])
  })
})

describe('macOS', () => {
  const ps = [
    '  501     1 Sat Nov 21 02:36:15 2026     /opt/service --dir /data PATH=/bin SMESHKEEPER_CHILD=s1:kelp%201:g1 LANG=C',
    '  502   501 Sat Nov 21 02:36:16 2026     /opt/helper SMESHKEEPER_CHILD=s1:kelp%201:g1',
    '  503     1 Sun Nov  1 12:00:00 2026     /opt/service SMESHKEEPER_CHILD=s2:x:g1',
    '  504     1 Sun Nov  1 12:00:00 2026     (zombie)',
  ].join('\n')

  it('reads ps and finds the roots', () => {
    expect(parsePs(ps).map((p) => p.startTime)).toEqual([
      'Sat Nov 21 02:36:15 2026',
      'Sat Nov 21 02:36:16 2026',
      'Sun Nov  1 12:00:00 2026',
      'Sun Nov  1 12:00:00 2026',
    ])
    expect(markedIn(ps, 's1')).toMatchObject([{ pid: 501, name: 'kelp 1', generation: 'g1', exe: '/opt/service --dir /data PATH=/bin' }])
  })

  const started = 'Sat Nov 21 02:36:15 2026'
  const world = (shown = ps) => {
    const calls: string[] = []
    const sent: string[] = []
    const platform = macosPlatform({
      run: async (file, args) => {
        calls.push([file, ...args].join(' '))
        return shown === '' ? { code: undefined, stdout: '', stderr: 'timed out' } : { code: 0, stdout: shown, stderr: '' }
      },
      signal: (pid, signal) => sent.push(`${pid} ${signal}`),
      isAlive: (pid) => pid !== 999,
    })
    return { platform, calls, sent }
  }

  it('asks one ps for all pids, in one language and zone', async () => {
    const { platform, calls } = world()
    expect((await platform.identify([501, 503])).get(501)).toBe(started)
    expect(calls).toEqual(['/usr/bin/env LC_ALL=C TZ=UTC /bin/ps -ww -o pid=,ppid=,lstart=,command= -p 501,503'])
    expect(await platform.identify([])).toEqual(new Map())
    expect(calls.length).toBe(1)
    expect((await platform.findMarked('s1', []))[0]?.startedAt).toBe(Date.UTC(2026, 10, 21, 2, 36, 15))
  })

  it('does not take a ps that fails for a machine without processes', async () => {
    expect(await world('').platform.identify([501, 999])).toEqual(new Map([[501, '']]))
  })

  it('signals the process it knows and its group, never who has its pid now', async () => {
    const { platform, sent } = world()
    platform.terminate({ pid: 501, startTime: started, marker })
    await expect.poll(() => sent).toEqual(['501 SIGTERM'])
    platform.kill({ pid: 501, startTime: started, marker })
    await expect.poll(() => sent).toEqual(['501 SIGTERM', '-501 SIGKILL'])
    platform.terminate({ pid: 503, startTime: started, marker })
    platform.kill({ pid: 503, startTime: started, marker })
    platform.kill({ pid: 999, startTime: started, marker })
    const unsure = world('')
    unsure.platform.kill({ pid: 501, startTime: started, marker })
    platform.kill({ pid: 502, startTime: 'Sat Nov 21 02:36:16 2026', marker })
    await expect.poll(() => sent.slice(2)).toEqual(['-502 SIGKILL'])
    expect(unsure.sent).toEqual([])
  })

  it('sweeps only what carries the same mark, whatever became of the group', async () => {
    const { platform, sent } = world()
    platform.sweep({ pid: 501, marker: { scope: 's1', name: 'kelp 1', generation: 'g1' } })
    await expect.poll(() => sent).toEqual(['502 SIGKILL'])
  })
})

describe('Windows', () => {
  const start = '2026-11-21T02:36:15.0000000Z'
  const one = {
    ProcessId: 8,
    ExecutablePath: 'C:\\Post\\service.exe',
    CommandLine: '"C:\\Post\\service.exe" --dir "D:\\post data"',
    Start: start,
  }
  const intent = {
    name: 'kelp',
    owner: 'smeshkeeper' as const,
    generation: 'g1',
    file: 'c:\\post\\SERVICE.exe',
    args: ['--dir', 'D:\\post data'],
    cwd: 'C:\\',
    logFile: 'l',
    specHash: 'h',
    bootId: 'b',
    spawnedAt: Date.parse(start),
  }

  it('reads one process or many, and what is protected', () => {
    expect(parseCim(JSON.stringify(one))).toMatchObject([{ pid: 8, startTime: start }])
    expect(parseCim(JSON.stringify([one, { ProcessId: 4, ExecutablePath: null, CommandLine: null }])).length).toBe(2)
    expect(parseCim('Access denied')).toEqual([])
  })

  it('finds the child of an intent by binary, arguments and time', () => {
    const processes = parseCim(JSON.stringify([one]))
    expect(matchIntents(processes, 's', [intent])).toMatchObject([{ pid: 8, name: 'kelp', generation: 'g1' }])
    expect(matchIntents(processes, 's', [{ ...intent, spawnedAt: intent.spawnedAt + 60_000 }])).toEqual([])
    expect(matchIntents(processes, 's', [{ ...intent, args: ['--dir', 'E:\\'] }])).toEqual([])
  })

  const world = (shown: string) => {
    const did: string[] = []
    const platform = windowsPlatform({
      systemRoot: 'C:\\Windows',
      isAlive: (pid) => pid !== 9,
      sendBreak: (pid) => did.push(`break ${pid}`) > 0,
      run: async (file, args) => {
        if (file.endsWith('taskkill.exe')) did.push(`${file} ${args.join(' ')}`)
        return { code: 0, stdout: file.endsWith('powershell.exe') ? shown : '', stderr: '' }
      },
    })
    return { platform, did }
  }

  it('sends the console event first, then ends the tree', async () => {
    const { platform, did } = world(JSON.stringify([one]))
    platform.terminate({ pid: 8, startTime: start, marker })
    platform.kill({ pid: 8, startTime: start, marker })
    await expect.poll(() => did).toEqual(['break 8', 'C:\\Windows\\System32\\taskkill.exe /PID 8 /T /F'])
  })

  it('does not end who has the pid now', async () => {
    const { platform, did } = world(JSON.stringify([one, { ...one, ProcessId: 7 }]))
    platform.kill({ pid: 8, startTime: '2026-11-21T02:36:14.0000000Z', marker })
    platform.kill({ pid: 7, startTime: start, marker })
    await expect.poll(() => did.length).toBeGreaterThan(0)
    expect(did).toEqual(['C:\\Windows\\System32\\taskkill.exe /PID 7 /T /F'])
  })

  it('does not take a question without an answer for a machine without processes', async () => {
    expect(await world('').platform.identify([8, 9])).toEqual(new Map([[8, '']]))
  })
})

describe('the environment of a child', () => {
  it('has the few variables of its platform and nothing else of ours', () => {
    const own = { PATH: '/bin', HOME: '/h', AWS_SECRET: 'x', ELECTRON_RUN_AS_NODE: '1', TMPDIR: '/t' }
    expect(baseEnv(own, 'linux')).toEqual({ PATH: '/bin', HOME: '/h', TMPDIR: '/t' })
    expect(baseEnv({ Path: 'C:\\', SYSTEMROOT: 'C:\\Windows', TOKEN: 'x' }, 'win32')).toEqual({ Path: 'C:\\', SYSTEMROOT: 'C:\\Windows' })
  })
})

describe('the head of a binary', () => {
  const elf = (machine: number): Buffer => {
    const head = Buffer.alloc(64)
    head.write('\x7fELF', 'latin1')
    head[4] = 2
    head[5] = 1
    head.writeUInt16LE(machine, 18)
    return head
  }
  it('is right for this system and processor, or told to be wrong', () => {
    expect(headerFault(elf(62), 'linux', 'x64')).toBeUndefined()
    expect(headerFault(elf(183), 'linux', 'x64')).toContain('another processor')
    expect(headerFault(elf(62).subarray(0, 10), 'linux', 'x64')).toContain('cut off')
    expect(headerFault(Buffer.from('MZ'), 'linux', 'x64')).toContain('not a program')
    expect(headerFault(Buffer.from('MZ'), 'win32', 'x64')).toBeUndefined()
    expect(headerFault(Buffer.from('#!/bin/sh\n'), 'linux', 'x64')).toBeUndefined()
    expect(headerFault(Buffer.from('cffaedfe', 'hex'), 'darwin', 'arm64')).toBeUndefined()
    expect(headerFault(Buffer.alloc(0), 'darwin', 'arm64')).toContain('not a program')
  })
})
