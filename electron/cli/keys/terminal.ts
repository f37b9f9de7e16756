import type { ReadStream, WriteStream } from 'node:tty'
import type { Interrupts } from './interrupts.ts'
import { typedLine } from './line-editor.ts'

/** Whoever sits in front of this process, when somebody does. */
export interface Terminal {
  /** Whether a question can be asked and answered. */
  readonly canAsk: boolean
  /** Whether what is written to stderr is seen by somebody: a line may be drawn over. */
  readonly isSeen: boolean
  readonly columns: number
  /** To stderr, as it is. */
  write(text: string): void
  /** One line; `undefined` when he gave up (Ctrl-C, Ctrl-D, a signal). Hidden: nothing is echoed. */
  ask(question: string, how: { readonly isHidden: boolean }): Promise<string | undefined>
}

const MOST_TYPED = 65_536

/** The streams may be files or pipes instead: then there is no `isTTY`. */
interface Wires {
  readonly input: Pick<ReadStream, 'on' | 'off' | 'pause' | 'resume' | 'setEncoding' | 'setRawMode'> & { readonly isTTY?: boolean }
  readonly output: Pick<WriteStream, 'write' | 'columns'> & { readonly isTTY?: boolean }
  readonly interrupts: Interrupts
}

/** stdin and stderr, so that stdout stays the answer's. The echo is off only while a hidden line is typed. */
export function systemTerminal({ input, output, interrupts }: Wires): Terminal {
  let held = ''

  const readLine = (isHidden: boolean): Promise<string | undefined> =>
    new Promise((resolve) => {
      let raw = held
      held = ''
      const finish = (line: string | undefined): void => {
        input.off('data', onData)
        input.off('end', onEnd)
        offHit()
        input.pause()
        if (isHidden) input.setRawMode(false)
        resolve(line)
      }
      const look = (): boolean => {
        const line = typedLine(raw)
        if (line.is === 'typing' && raw.length <= MOST_TYPED) return false
        if (line.is === 'done') held = line.rest
        finish(line.is === 'done' ? line.text : undefined)
        return true
      }
      const onData = (chunk: string): void => {
        raw += chunk
        look()
      }
      const onEnd = (): void => finish(undefined)
      const offHit = interrupts.onHit(() => finish(undefined))
      input.on('data', onData)
      input.on('end', onEnd)
      if (!look()) input.resume()
    })

  return {
    canAsk: input.isTTY === true && output.isTTY === true,
    isSeen: output.isTTY === true,
    get columns() {
      return output.columns || 80
    },
    write: (text) => void output.write(text),
    async ask(question, { isHidden }) {
      input.setEncoding('utf8')
      if (isHidden) input.setRawMode(true) // before the question: who answers at once is not shown either
      output.write(question)
      const line = await readLine(isHidden)
      if (isHidden || line === undefined) output.write('\n')
      return line
    },
  }
}
