import { describe, expect, it } from 'vitest'
import { questionText, quitQuestion } from '../../../electron/app/questions.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { anIdentity, aSnapshot, STATUSES } from '../../builders/snapshot.ts'

const proving = anIdentity({ index: 1, name: 'Amber', status: STATUSES.reading() })
const idle = anIdentity({ index: 2, name: 'Birch', status: STATUSES.published() })
const foreign = { ...anIdentity({ index: 3, name: 'Cedar', status: STATUSES.reading() }), service: undefined }
const at = (...identities: (typeof proving)[]) => ({
  snapshot: () => aSnapshot({ identities }),
  link: {
    call: () => Promise.resolve(ok({ lostMs: 60_000, sentence: 'Amber has worked for 1 h: that is lost.' })),
    onTopic: () => () => {},
  },
})

describe('questions', () => {
  it('says who loses work when everything stops, and only those who do', async () => {
    const text = await questionText('stop-all', undefined, at(proving, idle))
    expect(text.detail).toBe('Amber is proving: that work is lost and starts from zero.')
    expect((await questionText('stop-all', undefined, at(idle))).detail).toContain('no work is lost')
  })
  it('counts no service that somebody else runs', () => {
    const { service: _none, ...rest } = foreign
    expect(quitQuestion(aSnapshot({ identities: [rest] }), true).detail).toContain('Nobody is proving')
  })
  it('takes the price of one service from the keeper', async () => {
    const text = await questionText('restart-service', proving.id, at(proving))
    expect(text).toEqual({
      message: 'Restart the PoST service of Amber?',
      detail: 'Amber has worked for 1 h: that is lost.',
      yes: 'Restart service',
    })
  })
  it('asks all the same when the keeper knows no price', async () => {
    const context = { ...at(proving), link: { call: () => Promise.resolve(fail('process/unknown', 'gone')), onTopic: () => () => {} } }
    expect((await questionText('stop-service', proving.id, context)).message).toBe('Stop the PoST service of Amber?')
  })
  it('offers the tray only where somebody can see it', () => {
    const with_ = quitQuestion(aSnapshot({ identities: [proving] }), true)
    const without = quitQuestion(aSnapshot({ identities: [proving] }), false)
    expect(with_.buttons).toEqual(['Keep smeshing in the tray', 'Quit, leave everything running', 'Stop everything', 'Cancel'])
    expect(without.buttons).toEqual(['Quit, leave everything running', 'Stop everything', 'Cancel'])
    for (const question of [with_, without]) {
      expect(question.choices[question.defaultId]).toBe('leave-running')
      expect(question.choices[question.cancelId]).toBeUndefined()
      expect(question.detail).toContain('Amber is proving')
    }
  })
})
