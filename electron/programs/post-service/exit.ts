import { explainBy, lastLine } from '../causes.ts'
import type { ExitFacts, Explanation } from '../types.ts'
import { SERVICE_CAUSES } from './causes.ts'

const SIGNALS: Readonly<Record<string, readonly [string, string]>> = {
  SIGTERM: ['service/stopped', 'The PoST service was told to stop.'],
  SIGINT: ['service/stopped', 'The PoST service was told to stop.'],
  SIGKILL: ['service/killed', 'The PoST service was killed from outside; the system does that when memory runs out.'],
  SIGSEGV: ['service/crashed', 'The PoST service crashed with a memory error.'],
  SIGABRT: ['service/crashed', 'The PoST service aborted itself; RandomX in fast mode does that without 2,400 MiB of free memory.'],
  SIGILL: ['service/wrong-processor', 'The PoST service uses instructions that this processor does not have.'],
  SIGBUS: ['service/disk-gone', 'The PoST service lost its data while reading: the disk was removed or has failed.'],
}

const LOST = 'A proof that was running is lost and begins anew.'

/**
 * Why a post-service ended, from its exit and the end of its log. A signal explains itself; else the log is asked.
 * @param logTail the last lines of its log, oldest first; a few hundred are plenty
 * @source facts/post-service.md §5, facts/failure-modes.md §5
 */
export function explainServiceExit(exit: ExitFacts, logTail: string): Explanation {
  const raw = lastLine(logTail)
  // What was said before the last start belongs to another run.
  const lastRun = logTail.slice(Math.max(0, logTail.lastIndexOf('POST network parameters:')))
  const known = explainBy(SERVICE_CAUSES, lastRun) ?? (exit.code === 2 ? explainBy(SERVICE_CAUSES, logTail) : undefined)
  const bySignal = exit.signal === undefined ? undefined : SIGNALS[exit.signal]
  if (bySignal !== undefined && (known === undefined || bySignal[0] === 'service/stopped')) {
    return { causeCode: bySignal[0], cause: `${bySignal[1]} ${LOST}`, raw }
  }
  if (known !== undefined) return known
  return byCode(exit, raw)
}

function byCode(exit: ExitFacts, raw: string): Explanation {
  const said = raw === '' ? 'It said nothing.' : `Its last line: ${raw}`
  switch (exit.code) {
    case 0:
      return { causeCode: 'service/ended', cause: `The PoST service ended by itself, without an error. ${said}`, raw }
    case 2:
      return { causeCode: 'service/argument-invalid', cause: `The PoST service refuses its command line. ${said}`, raw }
    case 101:
      return { causeCode: 'service/panic', cause: `The PoST service crashed. ${LOST} ${said}`, raw }
    case 137:
      return { causeCode: 'service/killed', cause: `${SIGNALS['SIGKILL']?.[1] ?? ''} ${LOST}`, raw }
    case undefined: {
      const how = exit.signal === undefined ? 'and nobody saw how' : `by the signal ${exit.signal}`
      return { causeCode: 'service/gone', cause: `The PoST service is gone ${how}. ${LOST} ${said}`, raw }
    }
    default:
      return { causeCode: 'service/exit', cause: `The PoST service ended with exit code ${exit.code}. ${said}`, raw }
  }
}
