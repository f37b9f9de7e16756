import { answerOf, type PlanAnswer, type PlanQuestion } from './plan-answer.ts'

const newWorker = (): Worker | undefined =>
  typeof Worker === 'undefined' ? undefined : new Worker(new URL('plan-worker.ts', import.meta.url), { type: 'module' })

/** Works out one question at a time beside the page; a newer one ends the older, which is then never answered. */
export class PlanThread {
  readonly #make: () => Worker | undefined
  #worker: Worker | undefined
  #isBusy = false

  /** @param make  a fresh thread; undefined where there are none: then the page works it out itself */
  constructor(make: () => Worker | undefined = newWorker) {
    this.#make = make
  }

  ask(question: PlanQuestion, answered: (answer: PlanAnswer) => void): void {
    if (this.#isBusy) this.end()
    const worker = (this.#worker ??= this.#make())
    if (worker === undefined) return answered(answerOf(question))
    this.#isBusy = true
    worker.onmessage = ({ data }: MessageEvent<PlanAnswer>) => {
      this.#isBusy = false
      answered(data)
    }
    // The thread could not be loaded or broke: the answer is worth a moment of a still window.
    worker.onerror = () => {
      this.end()
      answered(answerOf(question))
    }
    worker.postMessage(question)
  }

  end(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#isBusy = false
  }
}
