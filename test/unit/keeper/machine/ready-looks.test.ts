import { describe, expect, it } from 'vitest'
import { osRestart, sleepLook } from '../../../../electron/keeper/machine/ready-looks.ts'
import type { HostSystem } from '../../../../electron/hardware/host.ts'

const system = (
  platform: NodeJS.Platform,
  files: Readonly<Record<string, string>> = {},
  outputs: Readonly<Record<string, string>> = {},
): HostSystem => ({
  platform,
  exists: (file) => file in files,
  readText: (file) => files[file],
  list: (folder) => [
    ...new Set(
      Object.keys(files).flatMap((file) => (file.startsWith(`${folder}/`) ? [file.slice(folder.length + 1).split('/')[0] ?? ''] : [])),
    ),
  ],
  run: (file, args) => Promise.resolve(outputs[[file, ...args].join(' ')]),
})

describe('a pending restart of the system', () => {
  it('is seen where the package tools tell of it', async () => {
    expect((await osRestart(system('linux', { '/run/reboot-required': '' }))).is).toBe('pending')
    expect((await osRestart(system('linux', { '/etc/debian_version': '13' }))).is).toBe('none')
  })
  it('is unknown where nobody tells', async () => {
    expect((await osRestart(system('linux'))).is).toBe('unknown')
    expect((await osRestart(system('darwin'))).is).toBe('unknown')
  })
  it('is read from the registry of Windows', async () => {
    const key = String.raw`reg query HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`
    expect((await osRestart(system('win32', {}, { [key]: 'there' }))).is).toBe('pending')
    expect((await osRestart(system('win32'))).is).toBe('none')
  })
})

describe('sleep', () => {
  const battery = (status: string) => ({
    '/sys/class/power_supply/BAT0/type': 'Battery\n',
    '/sys/class/power_supply/BAT0/status': `${status}\n`,
  })
  it('is kept off where we can, and want to', () => {
    expect(sleepLook(system('linux', battery('Full')), true, true).is).toBe('kept-awake')
    expect(sleepLook(system('linux'), true, false).is).toBe('may-sleep')
    expect(sleepLook(system('linux'), false, true).is).toBe('unknown')
  })
  it('is not ours to keep off on a battery', () => {
    expect(sleepLook(system('linux', battery('Discharging')), true, true).is).toBe('may-sleep')
  })
})
