import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchBinaries } from '../../../electron/keeper/binary-watch.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { aSetup } from './builders.ts'

let folder = ''
let node = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-binaries-'))
  node = path.join(folder, 'go-spacemesh')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function setupWith(binary: string): Setup {
  const setup = aSetup({ services: [] })
  if (setup.node.mode !== 'managed') throw new Error('managed')
  return { ...setup, node: { ...setup.node, binary } }
}
const watch = (...more: unknown[]) =>
  watchBinaries(path.join(folder, 'pins.json'), new FakeClock(), silentLogger, ...(more as [] | [Parameters<typeof watchBinaries>[3]]))

/** The first bytes of an ELF program for another processor. */
const arm = Buffer.from('7f454c460201010000000000000000000200b70001000000', 'hex')

describe('programs of the set-up', () => {
  it.each([
    ['is not there', () => {}, /does not exist\. Choose the program/],
    ['is a folder', () => mkdirSync(node), /holds none of go-spacemesh/],
    ['is a text', () => writeFileSync(node, 'hello', { mode: 0o755 }), /not a program/],
    ['may not be executed', () => writeFileSync(node, Buffer.from('#!/bin/sh\n')), /not a program|chmod \+x/],
    ['is empty', () => writeFileSync(node, '', { mode: 0o755 }), /not a program/],
    [
      'is for another processor',
      () => writeFileSync(node, Buffer.concat([arm, Buffer.alloc(4_096)]), { mode: 0o755 }),
      /is for .*arm64.*Get the release/i,
    ],
  ])('one that %s is not used, with a sentence that says what to do', async (_what, make, words) => {
    make()
    const binaries = watch()
    await binaries.read(setupWith(node))
    expect(binaries.problemOf(node)).toMatch(words)
    expect(binaries.hasProblem(setupWith(node))).toBe(true)
  })

  it('one that changed since its first use is neither run nor asked until the user accepts it', async () => {
    const runs: string[] = []
    let sha256 = '1'.repeat(64)
    const inspect: NonNullable<Parameters<typeof watchBinaries>[3]> = (file, { mayRun }) => {
      const isRun = mayRun(file, sha256)
      if (isRun) runs.push(sha256)
      return Promise.resolve(
        ok([
          {
            path: file,
            program: 'go-spacemesh' as const,
            sha256,
            architecture: 'x64',
            runsHere: isRun,
            ...(isRun ? { version: '1.8.3' } : {}),
          },
        ]),
      )
    }
    writeFileSync(node, '')
    const binaries = watch(inspect)
    await binaries.read(setupWith(node))
    expect(binaries.versionOf(node)).toBe('1.8.3')
    sha256 = '2'.repeat(64)
    await binaries.read(setupWith(node))
    expect(binaries.problemOf(node)).toMatch(/has changed since its first use \(SHA-256 111111111111… then, 222222222222… now\)/)
    expect(runs).toEqual(['1'.repeat(64)])
    expect(binaries.accept(node)).toMatchObject({ ok: true })
    expect(binaries.problemOf(node)).toBeUndefined()
    await binaries.read(setupWith(node))
    expect(runs).toEqual(['1'.repeat(64), '2'.repeat(64)])
    // Also for the next life of the keeper.
    const later = watch(inspect)
    await later.read(setupWith(node))
    expect(later.problemOf(node)).toBeUndefined()
  })

  it('one of another kind is named', async () => {
    writeFileSync(node, '')
    chmodSync(node, 0o755)
    const inspect: NonNullable<Parameters<typeof watchBinaries>[3]> = (file) =>
      Promise.resolve(ok([{ path: file, program: 'post-service' as const, sha256: '1'.repeat(64), architecture: 'x64', runsHere: true }]))
    const binaries = watch(inspect)
    await binaries.read(setupWith(node))
    expect(binaries.problemOf(node)).toBe(`${node} is post-service, not go-spacemesh. Choose the right program in Settings.`)
  })
})
