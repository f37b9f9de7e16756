import { describe, expect, it } from 'vitest'
import { hasTrayHost, type Ask } from '../../../electron/app/tray-host.ts'

const answering =
  (said: Readonly<Record<string, string>>): Ask =>
  (file) =>
    Promise.resolve(said[file])

describe('tray host', () => {
  it('is always there on macOS and Windows', async () => {
    for (const platform of ['darwin', 'win32'] as const) expect(await hasTrayHost(platform, answering({}))).toBe(true)
  })
  it.each([
    ['dbus-send', 'method return time=1 sender=org.freedesktop.DBus\n   boolean true\n', true],
    ['dbus-send', 'method return time=1 sender=org.freedesktop.DBus\n   boolean false\n', false],
    ['gdbus', '(true,)\n', true],
    ['gdbus', '(false,)\n', false],
    ['busctl', 'b true\n', true],
    ['busctl', 'b false\n', false],
  ])('is what the bus says through %s', async (tool, text, expected) => {
    expect(await hasTrayHost('linux', answering({ [tool]: text }))).toBe(expected)
  })
  it('counts as absent where nobody can be asked', async () => {
    expect(await hasTrayHost('linux', answering({}))).toBe(false)
  })
})
