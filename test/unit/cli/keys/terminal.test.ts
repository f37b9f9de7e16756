import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createInterrupts } from '../../../../electron/cli/keys/interrupts.ts'
import { systemTerminal } from '../../../../electron/cli/keys/terminal.ts'

/** A terminal's two streams, and everything that was done to them. */
function wires(more: { readonly isTTY?: boolean } = { isTTY: true }) {
  const done: string[] = []
  const stream = new PassThrough()
  const input = Object.assign(stream, {
    ...more,
    setRawMode: (isRaw: boolean) => {
      done.push(isRaw ? 'raw' : 'cooked')
      return stream as never
    },
  })
  const output = { columns: 80, ...more, write: (text: string) => done.push(text) > 0 }
  const ended: string[] = []
  const interrupts = createInterrupts(() => ended.push('ended'))
  const terminal = systemTerminal({ input: input as never, output, interrupts })
  return { terminal, input, done, interrupts, ended }
}

describe('the terminal', () => {
  it('reads a hidden line without echo, and gives the terminal back', async () => {
    const { terminal, input, done } = wires()
    const asked = terminal.ask('Passphrase: ', { isHidden: true })
    input.write('sec')
    input.write('ret\r')
    expect(await asked).toBe('secret')
    expect(done).toEqual(['raw', 'Passphrase: ', 'cooked', '\n'])
  })

  it('leaves the echo on for what may be seen', async () => {
    const { terminal, input, done } = wires()
    const asked = terminal.ask('Do it? ', { isHidden: false })
    input.write('y\n')
    expect(await asked).toBe('y')
    expect(done).not.toContain('raw')
  })

  it('gives a pasted second line to the second question', async () => {
    const { terminal, input } = wires()
    const first = terminal.ask('1', { isHidden: true })
    input.write('one\rtwo\r')
    expect([await first, await terminal.ask('2', { isHidden: true })]).toEqual(['one', 'two'])
  })

  it.each(['\u0003', '\u0004'])('gives the terminal back when the user gives up with %j', async (key) => {
    const { terminal, input, done } = wires()
    const asked = terminal.ask('P: ', { isHidden: true })
    input.write(key)
    expect(await asked).toBeUndefined()
    expect(done).toEqual(['raw', 'P: ', 'cooked', '\n'])
  })

  it('gives the terminal back on a signal and when the terminal goes away', async () => {
    const bySignal = wires()
    const asked = bySignal.terminal.ask('P: ', { isHidden: true })
    bySignal.interrupts.hit()
    expect(await asked).toBeUndefined()
    expect([bySignal.done.at(-2), bySignal.ended]).toEqual(['cooked', []])
    bySignal.interrupts.hit()
    expect(bySignal.ended).toEqual(['ended'])
    const gone = wires()
    const waiting = gone.terminal.ask('P: ', { isHidden: true })
    gone.input.end()
    expect(await waiting).toBeUndefined()
    expect(gone.done.at(-2)).toBe('cooked')
  })

  it('asks nobody where input or output is a file or a pipe', () => {
    expect(wires({}).terminal).toMatchObject({ canAsk: false, isSeen: false })
    expect(wires().terminal).toMatchObject({ canAsk: true, isSeen: true, columns: 80 })
  })

  it('takes no endless line', async () => {
    const { terminal, input, done } = wires()
    const asked = terminal.ask('P: ', { isHidden: true })
    input.write('x'.repeat(70_000))
    expect(await asked).toBeUndefined()
    expect(done.at(-2)).toBe('cooked')
  })
})
