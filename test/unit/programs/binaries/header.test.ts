import { assert as check, property, uint8Array } from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  headerText,
  parseHeader,
  plainVersion,
  compareVersions,
  atLeast,
  programByName,
  suits,
} from '../../../../electron/programs/index.ts'

function elf(machine: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  bytes.writeUInt16LE(machine, 18)
  return bytes
}
function mach(cpu: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32LE(0xfeedfacf, 0)
  bytes.writeUInt32LE(cpu, 4)
  return bytes
}
function fat(...cpus: number[]): Buffer {
  const bytes = Buffer.alloc(8 + cpus.length * 20)
  bytes.writeUInt32BE(0xcafebabe, 0)
  bytes.writeUInt32BE(cpus.length, 4)
  cpus.forEach((cpu, i) => bytes.writeUInt32BE(cpu, 8 + i * 20))
  return bytes
}
function pe(machine: number): Buffer {
  const bytes = Buffer.alloc(256)
  bytes.write('MZ')
  bytes.writeUInt32LE(0x80, 0x3c)
  bytes.write('PE\0\0', 0x80, 'latin1')
  bytes.writeUInt16LE(machine, 0x84)
  return bytes
}

describe('the header of a program', () => {
  it.each([
    [elf(0x3e), 'Linux x64'],
    [elf(0xb7), 'Linux arm64'],
    [mach(0x0100000c), 'macOS arm64'],
    [fat(0x01000007, 0x0100000c), 'macOS x64 arm64'],
    [pe(0x8664), 'Windows x64'],
    [pe(0xaa64), 'Windows arm64'],
    [elf(0x1234), 'Linux 0x1234'],
    [Buffer.from('#!/bin/sh\n'), 'script'],
    [Buffer.from('just some text, longer than twenty bytes'), 'no program'],
    [Buffer.alloc(0), 'no program'],
  ])('%#: %s', (bytes, text) => {
    expect(headerText(parseHeader(bytes))).toBe(text)
  })

  it('of the program that runs this test suits this machine', () => {
    const header = parseHeader(readFileSync(process.execPath).subarray(0, 4096))
    expect(suits(header, { platform: process.platform, arch: process.arch })).toBe(true)
  })

  it('suits its own system and architecture only, and translation where there is one', () => {
    const linux = { platform: 'linux', arch: 'x64' } as const
    expect(suits(parseHeader(elf(0xb7)), linux)).toBe(false)
    expect(suits(parseHeader(pe(0x8664)), linux)).toBe(false)
    expect(suits(parseHeader(mach(0x01000007)), { platform: 'darwin', arch: 'arm64' })).toBe(true)
    expect(suits(parseHeader(mach(0x0100000c)), { platform: 'darwin', arch: 'x64' })).toBe(false)
    expect(suits(parseHeader(pe(0x8664)), { platform: 'win32', arch: 'arm64' })).toBe(true)
  })

  it('is read from any bytes without an error', () => {
    check(property(uint8Array({ maxLength: 300 }), (bytes) => void parseHeader(bytes)))
    check(property(uint8Array({ maxLength: 80 }), (bytes) => void parseHeader(Buffer.concat([fat(1, 2, 3).subarray(0, 8), bytes]))))
    check(property(uint8Array({ maxLength: 80 }), (bytes) => void parseHeader(Buffer.concat([Buffer.from('MZ'), bytes]))))
  })
})

describe('versions', () => {
  it.each([
    ['v1.7.6', '1.7.6'],
    ['service 0.8.5', '0.8.5'],
    ['merge-nodes version v1.8.3\n', '1.8.3'],
    ['v1.8.3-rc.1+dirty', '1.8.3'],
    ['127.0.0.1', undefined],
    ['nothing', undefined],
  ])('%j is %s', (text, version) => {
    expect(plainVersion(text)).toBe(version)
  })

  it('are compared as numbers', () => {
    expect(compareVersions('1.10.0', '1.9.9')).toBeGreaterThan(0)
    expect([atLeast('v1.8.0', '1.8.0'), atLeast('1.7.17', '1.8.0'), atLeast('develop', '1.8.0')]).toEqual([true, false, false])
  })

  it('a program is known by its name, an archive of it is not one', () => {
    expect(programByName('go-spacemesh')).toBe('go-spacemesh')
    expect(programByName('Post-Service.exe')).toBe('post-service')
    expect(programByName('go-spacemesh-v1.8.3')).toBe('go-spacemesh')
    expect(programByName('go-spacemesh-v1.8.3-linux-amd64.zip')).toBeUndefined()
    expect(programByName('libpost.so')).toBeUndefined()
  })
})
