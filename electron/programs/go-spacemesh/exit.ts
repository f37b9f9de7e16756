import { explainBy, lastLine } from '../causes.ts'
import type { ExitFacts, Explanation } from '../types.ts'
import { NODE_CAUSES } from './causes.ts'
import { errorText } from './log-facts.ts'
import { parseNodeLine } from './log-entry.ts'

const GONE = 'PoST services go on and deliver later.'

const SIGNALS: Readonly<Record<string, readonly [string, string]>> = {
  SIGKILL: ['node/killed', 'The node was killed from outside; the system does that when memory runs out. Nothing is lost by it.'],
  SIGTERM: ['node/stopped', 'The node was told to stop before it could clean up.'],
  SIGINT: ['node/stopped', 'The node was told to stop before it could clean up.'],
  SIGSEGV: ['node/crashed', 'The node crashed with a memory error.'],
  SIGABRT: ['node/crashed', 'The node aborted itself.'],
  SIGILL: ['node/wrong-processor', 'The node uses instructions that this processor does not have.'],
  SIGBUS: ['node/disk-gone', 'The node lost its data folder while it ran: the disk was removed or has failed.'],
}

/** Windows: a DLL is missing or not the right one. */
const DLL_MISSING = [0xc0000135, -1_073_741_515, 0xc000007b, -1_073_741_701]

/**
 * Why a node ended. Its stderr is empty after FATAL and its exit may come 40 s after the cause, so the log is asked first.
 * @param output the last lines of stdout and stderr, oldest first; a few hundred are plenty
 * @source facts/failure-modes.md §1, §3, §4, §11; facts/node-config-and-cli.md §4
 */
export function explainNodeExit(exit: ExitFacts, output: string): Explanation {
  const { stderr, fatal, lastError, isCleanedUp } = sorted(output)
  const known = explainBy(NODE_CAUSES.slice(0, -1), fatal.join('\n')) ?? explainBy(NODE_CAUSES, stderr.join('\n'))
  if (known !== undefined) return known
  const bySignal = exit.signal === undefined ? undefined : SIGNALS[exit.signal]
  if (bySignal !== undefined) return { causeCode: bySignal[0], cause: `${bySignal[1]} ${GONE}`, raw: lastLine(output) }
  if (fatal.length > 0) {
    const raw = fatal.at(-1) ?? ''
    return { causeCode: 'node/fatal', cause: `The node ended itself: ${raw}. ${GONE}`, raw }
  }
  // An adopted node's exit code is unknown, but its last words are these only when it was asked to stop.
  if (exit.code === undefined && isCleanedUp) return byCode({ code: 0 }, lastLine(output))
  return byCode(exit, lastError ?? lastLine(stderr.filter((line) => !LOG_LINE.test(line)).join('\n')))
}

/** A console line of the PoET in the node, which is no error: `2026-11-21T04:06:36.846Z INFO worker …`. */
const LOG_LINE = /^\d{4}-\d\d-\d\dT\S+\s+(?:DEBUG|INFO|WARN)\s/

function byCode(exit: ExitFacts, raw: string): Explanation {
  const said = raw === '' ? 'It said nothing.' : `Its last error: ${raw}`
  if (exit.code === 0) return { causeCode: 'node/ended', cause: `The node ended in good order, as after a request to stop. ${GONE}`, raw }
  if (exit.code === undefined) {
    const how = exit.signal === undefined ? 'and nobody saw how' : `by the signal ${exit.signal}`
    return { causeCode: 'node/gone', cause: `The node is gone ${how}. ${GONE} ${said}`, raw }
  }
  if (exit.code === 137) return { causeCode: 'node/killed', cause: `${SIGNALS['SIGKILL']?.[1] ?? ''} ${GONE}`, raw }
  if (DLL_MISSING.includes(exit.code)) {
    const cause = 'Windows misses a library that the node needs. Install the Visual C++ runtime and a graphics driver with OpenCL.'
    return { causeCode: 'node/library-missing', cause, raw }
  }
  return { causeCode: 'node/exit', cause: `The node ended with exit code ${exit.code}. ${GONE} ${said}`, raw }
}

/** Log entries apart from plain text; only what was said since the last start counts. */
function sorted(output: string): { stderr: string[]; fatal: string[]; lastError: string | undefined; isCleanedUp: boolean } {
  let stderr: string[] = []
  let fatal: string[] = []
  let lastError: string | undefined
  let isCleanedUp = false
  for (const line of output.split('\n')) {
    const entry = parseNodeLine(line)
    if (entry === undefined) {
      stderr.push(line)
      continue
    }
    if (entry.message.startsWith('Welcome to Spacemesh')) {
      // What a command line or config said comes before this line, and belongs to a start that failed earlier.
      ;[stderr, fatal, lastError, isCleanedUp] = [[], [], undefined, false]
    }
    if (entry.message.startsWith('app cleanup completed')) isCleanedUp = true
    if (entry.level === 'FATAL' || entry.level === 'PANIC' || entry.message.startsWith('failed to start App')) fatal.push(errorText(entry))
    else if (entry.level === 'ERROR' && entry.logger === '') lastError = errorText(entry)
  }
  return { stderr, fatal, lastError, isCleanedUp }
}
