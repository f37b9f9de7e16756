import { describe, expect, it } from 'vitest'
import { planOf } from '../../../shared/domain/planner/index.ts'
import { answerOf, type PlanAnswer, type PlanQuestion } from '../../../renderer/features/plan/plan-answer.ts'
import { PlanThread } from '../../../renderer/features/plan/plan-thread.ts'
import { planInputs } from '../../builders/machine.ts'

/** A thread that answers when told to. */
class FakeWorker {
  onmessage: ((event: { data: PlanAnswer }) => void) | null = null
  onerror: (() => void) | null = null
  readonly asked: PlanQuestion[] = []
  isEnded = false
  postMessage(question: PlanQuestion): void {
    this.asked.push(question)
  }
  terminate(): void {
    this.isEnded = true
  }
  answer(): void {
    const question = this.asked.at(-1)
    if (question !== undefined && !this.isEnded) this.onmessage?.({ data: answerOf(question) })
  }
}

const plan = (identities: number): PlanQuestion => ({
  is: 'plan',
  inputs: planInputs({ identities: planInputs().identities.slice(0, identities) }),
})

function aThread(): { readonly thread: PlanThread; readonly workers: FakeWorker[]; readonly answers: PlanAnswer[] } {
  const workers: FakeWorker[] = []
  const answers: PlanAnswer[] = []
  const thread = new PlanThread(() => {
    workers.push(new FakeWorker())
    return workers.at(-1) as unknown as Worker
  })
  return { thread, workers, answers }
}

describe('PlanThread', () => {
  it('answers as the planner does, in one thread for questions after each other', () => {
    const { thread, workers, answers } = aThread()
    for (const question of [plan(2), plan(1)]) {
      thread.ask(question, (answer) => answers.push(answer))
      workers[0]?.answer()
    }
    expect(workers).toHaveLength(1)
    expect(answers.map((answer) => answer.is === 'plan' && answer.outcome.identities.length)).toEqual([2, 1])
    expect(answers[0]).toMatchObject({ outcome: planOf((plan(2) as { inputs: ReturnType<typeof planInputs> }).inputs) })
  })

  it('ends a question that a newer one made stale', () => {
    const { thread, workers, answers } = aThread()
    thread.ask(plan(2), (answer) => answers.push(answer))
    thread.ask(plan(1), (answer) => answers.push(answer))
    expect(workers.map((worker) => worker.isEnded)).toEqual([true, false])
    for (const worker of workers) worker.answer()
    expect(answers).toHaveLength(1)
  })

  it('has the page work it out where the thread breaks or there is none', () => {
    const { thread, workers, answers } = aThread()
    thread.ask({ is: 'ways', inputs: planInputs(), draft: {} }, (answer) => answers.push(answer))
    workers[0]?.onerror?.()
    new PlanThread(() => undefined).ask(plan(1), (answer) => answers.push(answer))
    expect(answers.map(({ is }) => is)).toEqual(['ways', 'plan'])
    expect(workers[0]?.isEnded).toBe(true)
  })
})
