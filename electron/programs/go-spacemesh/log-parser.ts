import type { NodeLogFact } from '../../../shared/domain/log-facts.ts'
import { codeBy, shorten } from '../causes.ts'
import { plainLine } from '../log-line.ts'
import { NODE_CAUSES } from './causes.ts'
import { fieldText, parseNodeLine } from './log-entry.ts'
import { entryFact, poetQuestion } from './log-facts.ts'

/** Reads a node's output line by line; stdout and stderr may be in one file. Pure but for what it holds. */
export interface NodeLogReader {
  push(line: string): readonly NodeLogFact[]
  /** No more lines for now: closes an error of several lines. */
  settle(): readonly NodeLogFact[]
}

/** stderr: cobra's errors, Go's crashes, the loader's complaints. */
const UNPREFIXED =
  /^(?:Error: |panic: |fatal error: |unexpected fault address|.*error while loading shared libraries|.*GLIBC_[\d.]+' not found)/
const MAX_ERROR_LINES = 12

/** Never throws on rubbish. @source facts/node-config-and-cli.md §4, §5 */
export function createNodeLogReader(): NodeLogReader {
  let isStarted = false
  let errorLines: string[] | undefined
  /** ATX → smesher: the line that tells of a published ATX names only the ATX. */
  const broadcast = new Map<string, string>()

  const closeError = (): NodeLogFact[] => {
    if (errorLines === undefined) return []
    const text = errorLines.join('\n')
    errorLines = undefined
    return [{ fact: 'fatal', text: shorten(text, 1000), code: codeBy(NODE_CAUSES, text, 'node/error') }]
  }

  return {
    push(raw) {
      const entry = parseNodeLine(raw)
      if (entry === undefined) {
        const line = plainLine(raw)
        if (UNPREFIXED.test(line)) {
          const before = closeError()
          errorLines = [line]
          return before
        }
        if (line.startsWith('Usage:')) return closeError()
        if (errorLines === undefined) return []
        errorLines.push(line)
        return errorLines.length >= MAX_ERROR_LINES ? closeError() : []
      }
      const facts = closeError()
      if (entry.message.startsWith('broadcasting')) remember(broadcast, fieldText(entry, 'atx_id'), fieldText(entry, 'smesherID'))
      const fact = withSmesher(entryFact(entry), broadcast) ?? (isStarted ? undefined : poetQuestion(entry))
      if (fact === undefined) return facts
      if (fact.fact === 'app-started') isStarted = true
      if (fact.fact === 'version' || (fact.fact === 'start-step' && fact.step === 'welcome')) isStarted = false
      return [...facts, entry.loggedAt === undefined ? fact : { ...fact, loggedAt: entry.loggedAt }]
    },
    settle: closeError,
  }
}

/** Node and network publish a handful at a time. */
const MAX_BROADCASTS = 256

function remember(broadcast: Map<string, string>, atxId: string, idPrefix: string): void {
  if (atxId === '' || idPrefix === '') return
  if (broadcast.size >= MAX_BROADCASTS) broadcast.clear()
  broadcast.set(atxId, idPrefix)
}

function withSmesher(fact: NodeLogFact | undefined, broadcast: ReadonlyMap<string, string>): NodeLogFact | undefined {
  if (fact?.fact !== 'atx-published' || fact.idPrefix !== undefined) return fact
  const idPrefix = broadcast.get(fact.atxId ?? '')
  return idPrefix === undefined ? fact : { ...fact, idPrefix }
}

/** All facts of a whole text, for replay and tests. */
export function readNodeLog(text: string): NodeLogFact[] {
  const reader = createNodeLogReader()
  const facts: NodeLogFact[] = []
  for (const line of text.split('\n')) facts.push(...reader.push(line))
  return [...facts, ...reader.settle()]
}
