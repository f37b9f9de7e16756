import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { unitFolders } from '../../../electron/interop/unit-folders.ts'
import { systemInterop, type InteropPlatform } from '../../../electron/interop/index.ts'

const TOOL = 'systemd-analyze'
const WHY = 'the folders of units are compared with those that systemd-analyze (Debian: systemd) names'
const isThere = process.platform === 'linux' && spawnSync(TOOL, ['--version']).status === 0
if (!isThere) console.log(`skipped: ${WHY}`)

const platform: InteropPlatform = { ...systemInterop(), home: '/home/u', env: { XDG_RUNTIME_DIR: '/run/user/1000' } }
const named = (...args: readonly string[]): readonly string[] =>
  spawnSync(TOOL, [...args, 'unit-paths'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/home/u', XDG_RUNTIME_DIR: '/run/user/1000' },
  })
    .stdout.split('\n')
    .filter((line) => line.startsWith('/'))

describe('units are looked for where systemd itself does', () => {
  it.for([
    ['system', []],
    ['user', ['--user']],
  ] as const)('for the %s manager, in its order', ([manager, args], context) => {
    if (!isThere) context.skip(WHY)
    const theirs = named(...args)
    expect(theirs.length).toBeGreaterThan(5)
    const ours = unitFolders(manager, platform)
    expect(theirs.filter((folder) => !ours.includes(folder))).toEqual([])
    expect(ours.filter((folder) => theirs.includes(folder))).toEqual(theirs)
  })
})
