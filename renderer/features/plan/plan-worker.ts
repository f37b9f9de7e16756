// Entry of the thread that works plans out, so that the window stays fluid meanwhile.
import { answerOf, type PlanQuestion } from './plan-answer.ts'

globalThis.addEventListener('message', ({ data }: MessageEvent<PlanQuestion>) => globalThis.postMessage(answerOf(data)))
