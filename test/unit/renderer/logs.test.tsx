import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { bufferOf, MOST_LINES, withNewer, withOlder } from '../../../renderer/features/logs/log-buffer.ts'
import { LogView } from '../../../renderer/features/logs/log-view.tsx'
import { ok } from '../../../shared/domain/fault.ts'
import type { LogPage } from '../../../shared/ipc/contract.ts'
import { aSnapshot } from '../../builders/snapshot.ts'
import { fakeApi } from '../../fakes/fake-api.ts'

const WIDTH = 10
/** A page of a log whose lines are ten bytes each. */
const aPage = (from: number, count: number, fileLines: number): LogPage => ({
  lines: Array.from({ length: count }, (_, i) => ({ offset: (from + i) * WIDTH, level: 'info', text: `line ${from + i}` })),
  startOffset: from * WIDTH,
  endOffset: (from + count) * WIDTH,
  fileBytes: fileLines * WIDTH,
})

describe('log buffer', () => {
  it('holds a bounded window, whichever way one scrolls', () => {
    let buffer = bufferOf(aPage(100_000, 300, 100_300))
    for (let from = 99_700; from > 90_000; from -= 300) buffer = withOlder(buffer, aPage(from, 300, 100_300))
    expect(buffer.lines).toHaveLength(MOST_LINES)
    expect(buffer.endOffset).toBe((buffer.lines.at(-1)?.offset ?? 0) + WIDTH)
    for (let from = 100_300; from < 110_000; from += 300) buffer = withNewer(buffer, aPage(from, 300, from + 300))
    expect(buffer.lines).toHaveLength(MOST_LINES)
    expect(buffer.startOffset).toBe(buffer.lines[0]?.offset)
  })
  it('never shows a line twice', () => {
    const buffer = withNewer(bufferOf(aPage(0, 10, 10)), aPage(5, 10, 15))
    expect(buffer.lines.map((line) => line.offset)).toEqual(Array.from({ length: 15 }, (_, i) => i * WIDTH))
  })
  it('begins anew when the file was rotated', () => {
    expect(withNewer(bufferOf(aPage(1000, 10, 1010)), aPage(0, 3, 3)).lines).toHaveLength(3)
  })
})

describe('log view', () => {
  it('asks for the end of the log, then for what is older, never for the whole', async () => {
    const fake = fakeApi(aSnapshot())
    fake.answer('logs.page', (input) =>
      ok(typeof input === 'object' && input !== null && 'before' in input ? aPage(9_400, 300, 10_000) : aPage(9_700, 300, 10_000)),
    )
    window.smeshkeeper = fake.api
    render(<LogView name="node" />)
    fireEvent.click(await screen.findByRole('button', { name: /Older lines/ }))
    expect(await screen.findByText('line 9400')).toBeTruthy()
    const asked = fake.calls.filter((call) => call.name === 'logs.page').map((call) => call.input)
    expect(asked[0]).toEqual({ name: 'node', lines: 300, minLevel: 'debug' })
    expect(asked.some((input) => JSON.stringify(input).includes('"before":97000'))).toBe(true)
  })
  it('jumps to the previous error and marks it', async () => {
    const fake = fakeApi(aSnapshot())
    fake.answer('logs.page', ok(aPage(0, 50, 50)))
    fake.answer('logs.findError', ok({ offset: 70 }))
    window.smeshkeeper = fake.api
    const { container } = render(<LogView name="node" />)
    await screen.findByText('line 49')
    fireEvent.click(screen.getByRole('button', { name: 'Previous error' }))
    await waitFor(() => expect(container.querySelector('.log-line.found')?.textContent).toContain('line 7'))
  })
})
