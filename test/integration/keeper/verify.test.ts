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

const QUICK = { randomxMs: 10, powMs: 10, verifyMs: 10, bytesPerSecond: 40_000 }
const begun = async (pace: Readonly<Record<string, number>> = {}, mode: 'real' | 'practice' = 'practice'): Promise<VerifyWorld> =>
  (world = await verifyWorld({ ...QUICK, ...pace }, mode))
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
  const map = await one.verify().map({ identity })
  return map.ok ? map.value.files.map(({ is }) => is) : [map.fault.code]
}

it('checks every file by postcli, and tells which are wrong, cut or gone', async () => {
  const one = await begun()
  spoil(file(one, 1), 160)
  truncateSync(file(one, 2), 100)
  unlinkSync(file(one, 3))
  expect(await mapOf(one)).toEqual(['unchecked', 'unchecked', 'short', 'missing'])
  expect(await one.verify().begin({ identity, fractionPercent: 100 })).toMatchObject({ ok: true })
  expect(await one.verify().begin({ identity, fractionPercent: 1 })).toMatchObject({ fault: { code: 'verify/busy' } })
  const done = await run(one, 'done', ({ is }) => is === 'done')
  expect(done).toMatchObject({ filesDone: 4, fileCount: 4, badFiles: [1, 2, 3] })
  expect(done.sentence).toBe('4 files of Amber checked; 3 are bad: 1, 2, 3. A proof made from them is refused: make them anew.')
  expect(await mapOf(one)).toEqual(['good', 'bad', 'short', 'missing'])
})

it('steps aside while a proof is due, waits where the user said, and goes on after a restart', async () => {
  const one = await begun()
  one.become('proving')
  await one.verify().begin({ identity, fractionPercent: 100 })
  const waiting = await run(one, 'waiting', ({ is, why }) => is === 'waiting' && why?.includes('proof') === true)
  expect(waiting.sentence).toBe('0 of 4 files of Amber checked; it waits: Amber is at a proof.')
  one.become('eligible')
  await run(one, 'some', ({ filesDone }) => filesDone >= 1)
  await one.verify().pause({ identity })
  const paused = await run(one, 'paused', ({ is }) => is === 'paused')
  await one.restart()
  expect(await run(one, 'still paused', ({ is }) => is === 'paused')).toMatchObject({ filesDone: paused.filesDone })
  await one.verify().resume({ identity })
  expect(await run(one, 'done', ({ is }) => is === 'done')).toMatchObject({ badFiles: [], startedAt: paused.startedAt })
  expect(await one.verify().map({ identity })).toMatchObject({ value: { lastWholeAt: expect.any(Number) as number } })
})

it('checks only the files that were asked for, and can be cancelled', async () => {
  const one = await begun()
  await one.verify().begin({ identity, fractionPercent: 100, files: [2, 1, 1, 99] })
  expect(await run(one, 'done', ({ is }) => is === 'done')).toMatchObject({ fileCount: 2 })
  expect((await mapOf(one)).filter((is) => is === 'good')).toHaveLength(2)
  expect(await one.verify().begin({ identity, fractionPercent: 100, files: [99] })).toMatchObject({ ok: false })
  one.become('queued')
  await one.verify().begin({ identity, fractionPercent: 100 })
  await one.verify().cancel({ identity })
  expect(await run(one, 'cancelled', ({ is }) => is === 'cancelled')).toMatchObject({ filesDone: 0 })
  expect(await one.verify().pause({ identity })).toMatchObject({ fault: { code: 'verify/unknown' } })
})

it('stops when postcli cannot be run, and goes on where it was', async () => {
  const one = await begun()
  const postcli = (file: string | null): void => one.setUp((setup) => ({ ...setup, machine: { ...setup.machine, postcli: file } }))
  postcli(path.join(one.folder, 'no-such-postcli'))
  await one.verify().begin({ identity, fractionPercent: 100, files: [0, 1] })
  const failed = await run(one, 'failed', ({ is }) => is === 'failed')
  expect(failed.sentence).toMatch(/^The check of Amber stopped after 0 of 2 files: postcli says: spawn .*ENOENT/)
  postcli(null)
  await one.verify().resume({ identity })
  expect(await run(one, 'done', ({ is }) => is === 'done')).toMatchObject({ filesDone: 2, startedAt: failed.startedAt })
})

it('samples by itself only in the quiet hours that the user chose', async () => {
  const one = await begun({}, 'real')
  const clock = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toTimeString().slice(0, 5)
  const hours = (from: number, to: number): void =>
    one.setUp((setup) => ({ ...setup, machine: { ...setup.machine, testHours: { from: clock(from), to: clock(to) } } }))
  hours(60, 120)
  await one.verify().begin({ identity, fractionPercent: 100, files: [0] })
  expect(await run(one, 'done, as it was asked for', ({ is }) => is === 'done')).toMatchObject({ fileCount: 1 })
  await one.forget()
  hours(-60, 60)
  expect(await run(one, 'begun by itself', ({ fileCount }) => fileCount === 4)).toMatchObject({ fractionPercent: 0.001 })
})

it('makes a bad and a missing file anew, compares them and puts them into their places; the bad one is kept', async () => {
  const one = await begun()
  const good = readFileSync(file(one, 3))
  const gone = readFileSync(file(one, 0))
  spoil(file(one, 3), 320)
  const bad = readFileSync(file(one, 3))
  unlinkSync(file(one, 0))
  const verify = one.verify()
  expect(await verify.rewriteFile({ identity, file: 3 })).toMatchObject({ fault: { code: 'verify/refused' } })
  await verify.begin({ identity, fractionPercent: 100, files: [3] })
  await run(one, 'done', ({ is }) => is === 'done')
  one.become('proving')
  expect(await verify.rewriteFile({ identity, file: 3 })).toMatchObject({ ok: true })
  expect(await verify.rewriteFile({ identity, file: 0 })).toMatchObject({ fault: { code: 'verify/busy' } })
  expect((await mapOf(one))[3]).toBe('rewriting')
  await one.restart()
  one.become('eligible')
  await eventually('the file is right', async () => (await mapOf(one))[3] === 'good', 60_000)
  expect(readFileSync(file(one, 3)).equals(good)).toBe(true)
  const kept = readdirSync(path.join(one.folder, 'smeshkeeper-replaced'))
  expect(kept).toEqual([expect.stringMatching(/^file-3-\d{14}$/)])
  expect(readFileSync(path.join(one.folder, 'smeshkeeper-replaced', kept[0] ?? '')).equals(bad)).toBe(true)
  await one.verify().rewriteFile({ identity, file: 0 })
  await eventually('the missing one is there', async () => (await mapOf(one))[0] === 'good', 60_000)
  expect(readFileSync(file(one, 0)).equals(gone)).toBe(true)
  expect(readdirSync(one.folder).filter((name) => name.startsWith('smeshkeeper-rewrite'))).toEqual([])
})

it('rehearses: a proof from the real files by the service’s own program, and keeps what came of it', async () => {
  const one = await begun()
  one.become('proving')
  expect(await one.verify().rehearse({ identity })).toMatchObject({ fault: { code: 'verify/refused' } })
  one.become('eligible')
  expect(await one.verify().rehearse({ identity })).toMatchObject({ ok: true })
  expect(await one.verify().rehearse({ identity })).toMatchObject({ fault: { code: 'verify/busy' } })
  const passed = (await one.until('it passed', ({ rehearsals }) => rehearsals.some(({ is }) => is !== 'running'))).rehearsals[0]
  expect(passed?.steps.map(({ is, text }) => `${is}: ${text}`)).toEqual([
    'pass: All files are there, of the right size, and the metadata fits',
    'pass: Labels of the first, the middle and the last file are right',
    'pass: The service makes a proof from these files',
    'pass: A real proof fits into the cycle gap',
  ])
  expect(passed).toMatchObject({ is: 'passed', identity })
  expect(passed?.bytesPerSecond).toBeGreaterThan(1000)
  expect(passed?.sentence).toContain('Amber will prove: a proof from its real files was found and checked')
  await one.restart()
  expect(await one.verify().state()).toMatchObject({ value: { rehearsals: [{ is: 'passed' }] } })
})

it('tells why it would not prove, and steps aside for a proof', async () => {
  const one = await begun()
  spoil(file(one, 3), 0)
  for (let at = 0; at < 512 * 16; at += 16) spoil(file(one, 3), at)
  await one.verify().rehearse({ identity })
  const failed = (await one.until('it failed', ({ rehearsals }) => rehearsals[0]?.is === 'failed')).rehearsals[0]
  expect(failed?.sentence).toMatch(/^Amber would not prove: File 3 holds a wrong label/)
  unlinkSync(file(one, 3))
  await one.verify().rehearse({ identity })
  await one.until('it failed', ({ rehearsals }) => rehearsals[0]?.sentence.includes('postdata_3.bin first: missing') === true)
})

it('ends a rehearsal when a proof is due', async () => {
  const one = await begun({ bytesPerSecond: 1000 })
  await one.verify().rehearse({ identity })
  await one.until('it reads', ({ rehearsals }) => (rehearsals[0]?.percent ?? 0) > 0)
  one.become('proving')
  const ended = (await one.until('it ended', ({ rehearsals }) => rehearsals[0]?.is === 'cancelled')).rehearsals[0]
  expect(ended?.sentence).toBe('It was stopped, because Amber is at a proof. Nothing is lost; rehearse again afterwards.')
})
