import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { QuitChoice } from '../../../electron/app/questions.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { anIdentity, aSnapshot, STATUSES } from '../../builders/snapshot.ts'

const asked: { message: string; buttons: string[] }[] = []
const answers: { response: number; checkboxChecked: boolean }[] = []
let hasTray = true

vi.mock('electron', () => ({
  dialog: {
    showMessageBox: (_window: unknown, question: { message: string; buttons: string[] }) => {
      asked.push(question)
      return Promise.resolve(answers.shift() ?? { response: question.buttons.length - 1, checkboxChecked: false })
    },
  },
}))
vi.mock('../../../electron/app/tray-host.ts', () => ({ hasTrayHost: () => Promise.resolve(hasTray) }))
const { createQuitting } = await import('../../../electron/app/quitting.ts')

function quitting(preference: 'ask' | QuitChoice) {
  const ended: string[] = []
  const remembered: QuitChoice[] = []
  let hidden = 0
  const made = createQuitting({
    link: { call: () => Promise.resolve(ok(undefined)), onTopic: () => () => {} },
    window: () => ({ hide: () => (hidden += 1), isDestroyed: () => false }) as never,
    snapshot: () => aSnapshot({ identities: [anIdentity({ name: 'Amber', status: STATUSES.reading() })] }),
    quitPreference: () => Promise.resolve(preference),
    rememberQuit: (choice) => Promise.resolve(void remembered.push(choice)),
    end: (outcome) => Promise.resolve(void ended.push(outcome)),
  })
  return { made, ended, remembered, hidden: () => hidden }
}

beforeEach(() => {
  asked.length = 0
  answers.length = 0
  hasTray = true
})

describe('closing the window', () => {
  it('hides it in the tray, unasked', async () => {
    const it_ = quitting('ask')
    await it_.made.closed()
    expect([it_.hidden(), asked.length, it_.ended]).toEqual([1, 0, []])
  })
  it('asks as quitting does where no tray is seen, and stays when the answer is no', async () => {
    hasTray = false
    const it_ = quitting('tray')
    await it_.made.closed()
    expect(asked[0]?.buttons).not.toContain('Keep smeshing in the tray')
    expect([it_.hidden(), it_.ended]).toEqual([0, []])
  })
})

describe('quitting', () => {
  it('asks, does what was said and remembers it', async () => {
    answers.push({ response: 1, checkboxChecked: true })
    const it_ = quitting('ask')
    await it_.made.ask()
    expect([it_.ended, it_.remembered]).toEqual([['leave-running'], ['leave-running']])
  })
  it('does what was remembered without asking, but stops a proof only after a question with its price', async () => {
    const leaving = quitting('leave-running')
    await leaving.made.ask()
    expect([leaving.ended, asked.length]).toEqual([['leave-running'], 0])
    const stopping = quitting('stop-all')
    await stopping.made.ask()
    expect([stopping.ended, asked.length]).toEqual([[], 1])
    answers.push({ response: 0, checkboxChecked: false })
    await stopping.made.ask()
    expect(stopping.ended).toEqual(['stop-all'])
  })
  it('ends once', async () => {
    const it_ = quitting('leave-running')
    await Promise.all([it_.made.finish('leave-running'), it_.made.finish('stop-all'), it_.made.ask()])
    expect(it_.ended).toEqual(['leave-running'])
  })
})
