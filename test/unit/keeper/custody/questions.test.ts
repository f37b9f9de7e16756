import { describe, expect, it } from 'vitest'
import { keyQuestion } from '../../../../electron/keeper/custody/questions.ts'
import type { KeyConflict } from '../../../../shared/domain/guard.ts'
import type { RestorePlan } from '../../../../shared/domain/backup.ts'
import type { HeldKey } from '../../../../electron/identities/index.ts'
import { aRestoreItem, aRestorePlan } from '../../../builders/backup.ts'
import { aConflict, aHold } from '../../../builders/inventory.ts'
import { aKey } from '../../identities/keys.ts'
import { aSetup } from '../builders.ts'
import { aCustody } from './context.ts'

const AMBER = aKey(1)
const BIRCH = aKey(2)
const conflict = aConflict({ identity: AMBER.id })
const PAGE = 'Press yes, it is harmless'

function asked(
  parts: { readonly conflicts?: readonly KeyConflict[]; readonly held?: readonly HeldKey[]; readonly plan?: RestorePlan } = {},
) {
  const custody = aCustody([AMBER, BIRCH])
  const { conflicts = [conflict], held = [], plan } = parts
  const about = (call: 'keys.disarm' | 'keys.override' | 'keys.release' | 'verify.rewriteFile', input: unknown) =>
    keyQuestion(custody.context, { call, input, conflicts, held })
  const restore = (input: unknown) =>
    keyQuestion(custody.context, { call: 'backup.restore', input, plan: (token) => (token === plan?.token ? plan : undefined) })
  return { custody, about, restore }
}
const wordsOf = (question: ReturnType<typeof keyQuestion>): string => {
  if (!question.ok) throw new Error(question.fault.detail)
  return Object.values(question.value).join('\n')
}

describe('the question before a copy is disarmed', () => {
  it('names the identity, both places and who would start the copy', () => {
    const words = wordsOf(asked().about('keys.disarm', { identity: AMBER.id, path: conflict.there }))
    for (const part of ['Amber', conflict.there, conflict.otherFolder, conflict.here, 'Smapp', 'nothing is deleted', 'Disarm the copy'])
      expect(words).toContain(part)
  })

  it.each([
    ['another file', { identity: AMBER.id, path: '/etc/passwd' }],
    ['our own file', { identity: AMBER.id, path: conflict.here }],
    ['another identity', { identity: BIRCH.id, path: conflict.there }],
    ['nothing', undefined],
    ['a text', 'keys.disarm'],
    ['half of it', { identity: AMBER.id }],
    ['an object in place of a path', { identity: AMBER.id, path: { toString: () => conflict.there } }],
  ])('is not asked about %s', (_what, input) => {
    expect(asked().about('keys.disarm', input)).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
  })
})

describe('the question before a bad file of PoS data is made anew', () => {
  it('names the identity, the file, its folder and what becomes of the bad one', () => {
    const setup = aSetup()
    const [service] = setup.services
    const { context } = aCustody([], { setup: () => setup })
    const input = { identity: service?.identity, file: 7 }
    const words = wordsOf(keyQuestion(context, { call: 'verify.rewriteFile', input, conflicts: [], held: [] }))
    for (const part of ['Make file 7 of', service?.posFolder ?? '?', 'postdata_7.bin', 'The bad file is kept', 'nothing is deleted'])
      expect(words).toContain(part)
  })

  it.each([[{ identity: 'ab'.repeat(32), file: 1 }], [{ identity: AMBER.id }], [null], ['7']])('is not asked about %j', (input) => {
    expect(asked().about('verify.rewriteFile', input)).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
  })
})

describe('the question before a danger is taken', () => {
  it('says what happens if both run, and who must not start it', () => {
    const words = wordsOf(asked().about('keys.override', { conflict: conflict.key, typed: PAGE }))
    for (const part of ['Amber', conflict.sentence, 'banned for ever', 'Smapp will not start it', 'I take the risk'])
      expect(words).toContain(part)
    expect(words).not.toContain(PAGE)
  })

  it.each([[{ conflict: 'another' }], [{ conflict: '' }], [{}], [null], [7]])('is not asked about %j', (input) => {
    expect(asked().about('keys.override', input)).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
  })
})

describe('the question before a held key is armed', () => {
  const key = (hold = aHold()): HeldKey => ({ identity: AMBER.id, path: '/held/amber.key', hold, name: 'amber' })
  const HOUR = 3_600_000

  it('says the reason and the end of the window while it has not passed', () => {
    const { custody, about } = asked({ held: [key(aHold({ reason: 'Somebody published.', until: Date.UTC(2026, 0, 1) + 5 * HOUR }))] })
    const words = wordsOf(about('keys.release', { identity: AMBER.id, typed: PAGE }))
    expect(words).toMatch(/^Arm Amber before it is known to be safe\?/)
    for (const part of ['Somebody published.', 'The window ends', '05:00', 'banned for ever', 'Arm it all the same'])
      expect(words).toContain(part)
    expect(words).not.toContain(PAGE)
    custody.clock.advance(5 * HOUR)
    expect(wordsOf(about('keys.release', { identity: AMBER.id }))).toMatch(/^Arm Amber again\?[^]*next start[^]*Arm it$/)
  })

  it('ends the reason with one full stop, whether it came with one or not', () => {
    for (const reason of ['Somebody published', 'Somebody published.']) {
      const words = wordsOf(asked({ held: [key(aHold({ reason }))] }).about('keys.release', { identity: AMBER.id }))
      expect(words).toMatch(/Somebody published\. The window ends/)
    }
  })

  it('calls it unsafe for as long as a hold has no end', () => {
    const { until: _none, ...endless } = aHold()
    const { custody, about } = asked({ held: [key(endless)] })
    custody.clock.advance(365 * 24 * HOUR)
    const words = wordsOf(about('keys.release', { identity: AMBER.id }))
    expect(words).toContain('before it is known to be safe')
    expect(words).not.toContain('The window ends')
  })

  it('is not asked about a key that is not held', () => {
    const { about } = asked({ held: [key()] })
    for (const input of [{ identity: BIRCH.id }, { identity: PAGE }, {}, undefined])
      expect(about('keys.release', input)).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
  })
})

describe('the question before a restore', () => {
  const plan = aRestorePlan({
    token: 'opened',
    risks: ['worst', 'second', 'third'],
    items: [
      aRestoreItem({ id: 'keys/0', identity: AMBER.id, holdUntil: 5 }),
      aRestoreItem({ id: 'keys/1', identity: BIRCH.id, is: 'same' }),
      aRestoreItem({ id: 'setup/0', part: 'setup', name: 'setup.json', is: 'differs' }),
      aRestoreItem({ id: 'node/0', part: 'node-config', name: 'config.json', is: 'missing' }),
    ],
  })

  it('counts what would come back of what was chosen, names the keys by our own names and the worst risks', () => {
    const words = wordsOf(asked({ plan }).restore({ token: 'opened', items: ['keys/0', 'keys/1', 'setup/0', PAGE] }))
    expect(words).toMatch(/^Restore 1 item from the backup of/)
    for (const part of ['Keys: Amber.', '1 identity will be held', 'worst', 'second', 'Nothing that is here is overwritten'])
      expect(words).toContain(part)
    for (const part of ['Birch', 'third', PAGE, 'setup.json']) expect(words).not.toContain(part)
  })

  it('says that no key is among them', () => {
    const { holdUntil: _none, ...config } = aRestoreItem({ id: 'node/0', part: 'node-config', is: 'missing' })
    const words = wordsOf(asked({ plan: { ...plan, items: [config], risks: [] } }).restore({ token: 'opened', items: ['node/0'] }))
    expect(words).toContain('No key is among them.')
    expect(words).not.toContain('will be held')
  })

  it('is not asked about a plan that nobody opened', () => {
    const { restore } = asked({ plan })
    for (const input of [{ token: PAGE, items: [] }, { token: 'opened' }, { token: 'opened', items: 'keys/0' }, {}, undefined, []])
      expect(restore(input)).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
  })
})
