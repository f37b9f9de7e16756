import { expect, it } from 'vitest'
import type { PowRates } from '../../../shared/domain/machine.ts'
import { MAINNET } from '../../../shared/domain/network.ts'
import { proofWork, workMs, type WorkOf } from '../../../shared/domain/proof-work.ts'
import { NOW } from '../../builders/snapshot.ts'

const pow: PowRates = { at: NOW, fastHashesPerSecond: 3600, labelSpeeds: [], from: 'profiler' }
const work = (numUnits: number, nonces: number, randomx: 'fast' | 'light' = 'fast'): WorkOf => ({ numUnits, nonces, randomx })
const minutes = (ms: number | undefined): number => Math.round((ms ?? 0) / 60_000)

it('of 64 Space Units is that of the design’s pictures', () => {
  expect(minutes(workMs(work(64, 128), pow, MAINNET.post))).toBe(11)
  expect(minutes(workMs(work(64, 288), pow, MAINNET.post))).toBe(25)
})

it('is told once for each size and setting, the longest first, and summed over all', () => {
  const { kinds, totalMs, identityCount } = proofWork([work(64, 128), work(64, 288), work(64, 128)], pow, MAINNET.post)
  expect(kinds.map(({ numUnits, nonces }) => [numUnits, nonces])).toEqual([
    [64, 288],
    [64, 128],
  ])
  expect(minutes(totalMs)).toBe(47)
  expect(identityCount).toBe(3)
})

it('is unknown as a whole while one part of it is', () => {
  expect(proofWork([work(64, 128), work(4, 128, 'light')], pow, MAINNET.post)).toMatchObject({ kinds: [{ numUnits: 64 }] })
  expect(proofWork([work(64, 128), work(4, 128, 'light')], pow, MAINNET.post).totalMs).toBeUndefined()
  expect(proofWork([work(64, 128), work(0, 128)], pow, MAINNET.post).totalMs).toBeUndefined()
  expect(proofWork([work(64, 128)], undefined, MAINNET.post)).toEqual({ kinds: [], identityCount: 1 })
  expect(proofWork([], pow, MAINNET.post).totalMs).toBeUndefined()
})
