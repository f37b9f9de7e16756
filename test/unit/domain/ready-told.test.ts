import { expect, it } from 'vitest'
import type { ReadyCheck } from '../../../shared/domain/readiness.ts'
import { readyTold } from '../../../shared/domain/ready-told.ts'
import type { Alarm } from '../../../shared/domain/status.ts'
import { anId, NOW } from '../../builders/snapshot.ts'

const [fjord, kelp] = [anId(0), anId(1)]
const SENTENCE = 'Not ready for Sunday: 6 of 7. Fjord’s drive is missing.'
const check = (key: string, more: Partial<ReadyCheck> = {}): ReadyCheck => ({ key, is: 'fail', text: key, at: NOW, ...more })
const alarm = (code: string, more: Partial<Alarm> = {}): Alarm => ({
  key: `${code}/${more.identity ?? 'node'}`,
  code,
  severity: 'bad',
  sentence: code,
  since: NOW,
  ...more,
})
const gone = alarm('drive-gone', { identity: fjord })
const told = (checks: readonly ReadyCheck[], ...alarms: Alarm[]) => readyTold({ sentence: SENTENCE, checks }, alarms)
const whichTold = (checks: readonly ReadyCheck[], ...alarms: Alarm[]): readonly boolean[] =>
  told(checks, ...alarms).open.map(({ isTold }) => isTold)

it('is loud about what no alarm tells', () => {
  expect(told([check('volume', { identity: fjord })])).toMatchObject({ tone: 'bad', sentence: SENTENCE, open: [{ isTold: false }] })
  expect(told([check('memory')], gone).tone).toBe('bad')
})

it('folds into the alarm that tells the cause, with all that follows from it', () => {
  const checks = [
    check('volume', { identity: fjord }),
    check('files', { identity: fjord }),
    check('service', { identity: fjord }),
    check('sleep', { is: 'warn' }),
    check('clock', { is: 'pass' }),
  ]
  const card = told(checks, gone)
  expect(card).toMatchObject({ tone: 'info', sentence: 'Not ready for Sunday: 6 of 7. The alarm above says why.' })
  expect(card.open.map(({ check: one, isTold }) => [one.key, isTold])).toEqual([
    ['volume', true],
    ['files', true],
    ['service', true],
    ['sleep', false],
  ])
})

it('counts one cause for two identities as the two alarms that they are', () => {
  const checks = [check('volume', { identity: fjord }), check('volume', { identity: kelp })]
  const card = told(checks, gone, alarm('drive-gone', { identity: kelp }))
  expect(card.sentence).toBe('Not ready for Sunday: 6 of 7. The alarms above say why.')
})

it('keeps the causes in its sentence while they stand behind another alarm', () => {
  expect(told([check('volume', { identity: fjord })], alarm('node-down'), gone)).toMatchObject({ tone: 'info', sentence: SENTENCE })
})

it('stays loud when one cause of two is told', () => {
  const checks = [check('volume', { identity: fjord }), check('service', { identity: kelp })]
  expect(told(checks, gone)).toMatchObject({ tone: 'bad', sentence: SENTENCE })
  expect(whichTold(checks, gone)).toEqual([true, false])
})

it('takes no alarm of another identity or of another cause', () => {
  expect(whichTold([check('volume', { identity: kelp })], gone)).toEqual([false])
  expect(whichTold([check('sync')], alarm('node-down', { identity: fjord }), alarm('clock-off'))).toEqual([false])
  expect(whichTold([check('sync')], alarm('api-lost'))).toEqual([true])
  expect(whichTold([check('key', { identity: fjord })], alarm('banned', { identity: fjord }))).toEqual([true])
})

it('is calm about warnings and glad about nothing', () => {
  expect(told([check('backup', { is: 'warn' })])).toMatchObject({ tone: 'info', sentence: SENTENCE })
  expect(told([check('clock', { is: 'pass' })], gone)).toMatchObject({ tone: 'ok', sentence: SENTENCE, open: [] })
})
