import { closeSync, openSync, readdirSync, readFileSync, truncateSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { VerifyRun } from '../../../shared/domain/initialization.ts'
import { eventually } from './running.ts'
import { IDENTITY, verifyWorld, type VerifyWorld } from './verify-world.ts'

let world: VerifyWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

const begun = async (): Promise<VerifyWorld> => (world = await verifyWorld())
const file = ({ folder }: VerifyWorld, index: number): string => path.join(folder, `postdata_${index}.bin`)
const identity = IDENTITY

function spoil(name: string, at: number): void {
  const fd = openSync(name, 'r+')
  writeSync(fd, Buffer.alloc(16, 0xaa), 0, 16, at)
  closeSync(fd)
}

const run = async (one: VerifyWorld, what: string, test: (run: VerifyRun) => boolean): Promise<VerifyRun> => {
  const state = await one.until(what, ({ runs }) => runs.some(test))
  const found = state.runs.find(test)
  if (found === undefined) throw new Error(what)
  return found
}
const mapOf = async (one: VerifyWorld): Promise<readonly string[]> => {
  const map = await one.machinery().handlers.verify.map({ identity })
  return map.ok ? map.value.files.map(({ is }) => is) : [map.fault.code]
}

it('checks every file by postcli, and tells which are wrong, cut or gone', async () => {
  const one = await begun()
  spoil(file(one, 1), 160)
  truncateSync(file(one, 2), 100)
  unlinkSync(file(one, 3))
  expect(await mapOf(one)).toEqual(['unchecked', 'unchecked', 'short', 'missing'])
  expect(await one.machinery().handlers.verify.begin({ identity, fractionPercent: 100 })).toMatchObject({ ok: true })
  expect(await one.machinery().handlers.verify.begin({ identity, fractionPercent: 1 })).toMatchObject({ fault: { code: 'verify/busy' } })
  const done = await run(one, 'done', ({ is }) => is === 'done')
  expect(done).toMatchObject({ filesDone: 4, fileCount: 4, badFiles: [1, 2, 3] })
  expect(done.sentence).toBe('4 files of Amber checked; 3 are bad: 1, 2, 3. A proof made from them is refused: make them anew.')
  expect(await mapOf(one)).toEqual(['good', 'bad', 'short', 'missing'])
})

it('steps aside while a proof is due, waits where the user said, and goes on after a restart', async () => {
  const one = await begun()
  one.become('proving')
  await one.machinery().handlers.verify.begin({ identity, fractionPercent: 100 })
  const waiting = await run(one, 'waiting', ({ is, why }) => is === 'waiting' && why?.includes('proof') === true)
  expect(waiting.sentence).toBe('0 of 4 files of Amber checked; it waits: Amber is at a proof.')
  one.become('eligible')
  await run(one, 'some', ({ filesDone }) => filesDone >= 1)
  await one.machinery().handlers.verify.pause({ identity })
  const paused = await run(one, 'paused', ({ is }) => is === 'paused')
  await one.restart()
  expect(await run(one, 'still paused', ({ is }) => is === 'paused')).toMatchObject({ filesDone: paused.filesDone })
  await one.machinery().handlers.verify.resume({ identity })
  expect(await run(one, 'done', ({ is }) => is === 'done')).toMatchObject({ badFiles: [], startedAt: paused.startedAt })
  expect(await one.machinery().handlers.verify.map({ identity })).toMatchObject({ value: { lastWholeAt: expect.any(Number) as number } })
})

it('checks only the files that were asked for, and can be cancelled', async () => {
  const one = await begun()
  await one.machinery().handlers.verify.begin({ identity, fractionPercent: 100, files: [2, 1, 1, 99] })
  expect(await run(one, 'done', ({ is }) => is === 'done')).toMatchObject({ fileCount: 2 })
  expect((await mapOf(one)).filter((is) => is === 'good')).toHaveLength(2)
  expect(await one.machinery().handlers.verify.begin({ identity, fractionPercent: 100, files: [99] })).toMatchObject({ ok: false })
  one.become('queued')
  await one.machinery().handlers.verify.begin({ identity, fractionPercent: 100 })
  await one.machinery().handlers.verify.cancel({ identity })
  expect(await run(one, 'cancelled', ({ is }) => is === 'cancelled')).toMatchObject({ filesDone: 0 })
  expect(await one.machinery().handlers.verify.pause({ identity })).toMatchObject({ fault: { code: 'verify/unknown' } })
})

it('makes a bad and a missing file anew, compares them and puts them into their places; the bad one is kept', async () => {
  const one = await begun()
  const good = readFileSync(file(one, 3))
  const gone = readFileSync(file(one, 0))
  spoil(file(one, 3), 320)
  const bad = readFileSync(file(one, 3))
  unlinkSync(file(one, 0))
  const { verify } = one.machinery().handlers
  expect(await verify.rewriteFile({ identity, file: 3 })).toMatchObject({ fault: { code: 'verify/refused' } })
  await verify.begin({ identity, fractionPercent: 100, files: [3] })
  await run(one, 'done', ({ is }) => is === 'done')
  one.become('proving')
  expect(await verify.rewriteFile({ identity, file: 3 })).toMatchObject({ ok: true })
  expect(await verify.rewriteFile({ identity, file: 0 })).toMatchObject({ fault: { code: 'verify/busy' } })
  expect((await mapOf(one))[3]).toBe('rewriting')
  await one.restart()
  one.become('eligible')
  await eventually('the file is right', async () => (await mapOf(one))[3] === 'good')
  expect(readFileSync(file(one, 3)).equals(good)).toBe(true)
  const kept = readdirSync(path.join(one.folder, 'smeshkeeper-replaced'))
  expect(kept).toEqual([expect.stringMatching(/^file-3-\d{14}$/)])
  expect(readFileSync(path.join(one.folder, 'smeshkeeper-replaced', kept[0] ?? '')).equals(bad)).toBe(true)
  await one.machinery().handlers.verify.rewriteFile({ identity, file: 0 })
  await eventually('the missing one is there', async () => (await mapOf(one))[0] === 'good')
  expect(readFileSync(file(one, 0)).equals(gone)).toBe(true)
  expect(readdirSync(one.folder).filter((name) => name.startsWith('smeshkeeper-rewrite'))).toEqual([])
})
