import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { scanDesk } from '../../../../electron/keeper/custody/scan-desk.ts'
import { systemClock } from '../../../../electron/lib/clock.ts'
import type { Inventory, ScanState } from '../../../../shared/domain/inventory.ts'
import { aKeyCopy, anInventory } from '../../../builders/inventory.ts'
import { aCustody, aFolder } from './context.ts'

/** A process that searches: it finds one key at once and ends, or, told to wait, says nothing more. */
const SEARCHER = String.raw`
import { createInterface } from 'node:readline'
import { existsSync } from 'node:fs'
const [mode, key] = process.argv.slice(2)
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const counts = { folders: 1, files: 1, closed: 0, failed: 0, unnameable: 0, tooDeep: 0 }
createInterface({ input: process.stdin }).on('line', (text) => {
  const ask = JSON.parse(text)
  if (mode === 'wait') return
  if (mode === 'half' && ask.ask === 'walk') return say({ is: 'key', key: JSON.parse(key) })
  if (ask.ask === 'programs') { say({ is: 'processes', processes: [] }); say({ is: 'setups', setups: [] }) }
  else for (const root of ask.roots) {
    say({ is: 'at', root: root.path })
    say({ is: 'key', key: JSON.parse(key) })
    say({ is: 'root', root: root.path, end: { is: 'ended' }, counts, unreadable: 0 })
  }
  say({ is: 'end' })
})
`
const KEY = aKeyCopy({ path: '/somewhere/found.key' })

function aDesk(mode: 'answer' | 'half' | 'wait' | 'broken' = 'answer') {
  const script = path.join(aFolder(), 'searcher.mjs')
  writeFileSync(script, SEARCHER)
  const how = { mode }
  const file = (): string => (how.mode === 'broken' ? '/nowhere/at/all' : process.execPath)
  const custody = aCustody([], {
    clock: systemClock,
    launch: () => ({ file: file(), prefixArgs: [script, how.mode, JSON.stringify(KEY)], env: { ELECTRON_RUN_AS_NODE: '1' } }),
  })
  const inventories: Inventory[] = []
  const open = () => scanDesk(custody.context, (inventory) => void inventories.push(inventory))
  const states = (): ScanState[] => custody.published.map(({ value }) => value as ScanState)
  const kept = path.join(custody.home.state, 'inventory.json')
  return { custody, how, open, inventories, states, kept }
}
type Desk = ReturnType<typeof scanDesk>
const stateOf = (desk: Desk): ScanState => {
  const state = desk.handlers.state() as { readonly ok: true; readonly value: ScanState }
  return state.value
}
const until = (desk: Desk, is: ScanState['is']): Promise<void> => vi.waitFor(() => expect(stateOf(desk).is).toBe(is), { timeout: 4_000 })

describe('the desk of the search', () => {
  it('never searched at first; it shows progress, then what was found, and tells who waits for it', async () => {
    const { open, inventories, states } = aDesk()
    const desk = open()
    expect([stateOf(desk), desk.inventory()]).toEqual([{ is: 'never' }, undefined])
    expect(desk.handlers.begin({ folders: [] })).toEqual({ ok: true, value: undefined })
    await until(desk, 'done')
    expect(states()[0]).toMatchObject({ is: 'running', progress: { found: { keys: 0 } } })
    expect(states().at(-1)?.is).toBe('done')
    expect(desk.inventory()?.keys).toEqual([KEY])
    expect(inventories).toEqual([desk.inventory()])
  })

  it('does one search at a time', async () => {
    const { open, how } = aDesk('wait')
    const desk = open()
    await desk.handlers.begin({ folders: [] })
    expect(desk.handlers.begin({ folders: ['/more'] })).toMatchObject({ ok: false, fault: { code: 'scan/busy' } })
    await desk.handlers.cancel()
    await until(desk, 'never')
    how.mode = 'answer'
    expect(desk.handlers.begin({ folders: [] })).toMatchObject({ ok: true })
    await until(desk, 'done')
  })

  it('keeps what it found over a start, and shows it while the next search runs', async () => {
    const { open, how, kept } = aDesk()
    const first = open()
    await first.handlers.begin({ folders: [] })
    await until(first, 'done')
    expect(existsSync(kept)).toBe(true)
    const second = open()
    expect(stateOf(second)).toEqual({ is: 'done', inventory: first.inventory() })
    how.mode = 'wait'
    await second.handlers.begin({ folders: [] })
    expect(stateOf(second)).toMatchObject({ is: 'running', last: { keys: [KEY] } })
    expect(second.inventory()).toEqual(first.inventory())
    second.close()
    await until(second, 'done')
  })

  it('keeps the last result when a search is cancelled, or its process cannot be started', async () => {
    const { open, how, kept, inventories } = aDesk()
    const desk = open()
    await desk.handlers.begin({ folders: [] })
    await until(desk, 'done')
    const [before, text] = [desk.inventory(), readFileSync(kept, 'utf8')]
    how.mode = 'wait'
    await desk.handlers.begin({ folders: [] })
    await desk.handlers.cancel()
    await until(desk, 'done')
    expect([desk.inventory(), readFileSync(kept, 'utf8')]).toEqual([before, text])
    how.mode = 'broken'
    await desk.handlers.begin({ folders: [] })
    await until(desk, 'failed')
    expect(stateOf(desk)).toMatchObject({ is: 'failed', last: before })
    expect([desk.inventory(), readFileSync(kept, 'utf8'), inventories.length]).toEqual([before, text, 1])
  })

  it.each([
    ['cut off', JSON.stringify({ version: 1, inventory: anInventory() }).slice(0, 200)],
    ['empty', ''],
    ['of another version', JSON.stringify({ version: 2, inventory: anInventory() })],
    ['no object', '"inventory"'],
    ['rubbish', Buffer.from([0, 255, 1, 254]).toString('latin1')],
  ])('begins anew when what was kept is %s, and searches as usual', async (_what, text) => {
    const { open, kept } = aDesk()
    writeFileSync(kept, text)
    const desk = open()
    expect([stateOf(desk), desk.inventory()]).toEqual([{ is: 'never' }, undefined])
    await desk.handlers.begin({ folders: [] })
    await until(desk, 'done')
  })

  it('knows a dropped text without a process, and says so when nothing was searched', () => {
    const desk = aDesk('broken').open()
    const answer = desk.handlers.match({ text: KEY.identity })
    expect(answer).toMatchObject({ ok: true, value: { is: 'identity' } })
    expect(desk.handlers.match({})).toMatchObject({ ok: true, value: { is: 'unknown' } })
  })

  it('keeps the whole last result when a search is cancelled half-way: the guard forgets nothing', async () => {
    const { open, how, inventories } = aDesk()
    const desk = open()
    await desk.handlers.begin({ folders: [] })
    await until(desk, 'done')
    const before = desk.inventory()
    how.mode = 'half'
    await desk.handlers.begin({ folders: [] })
    await vi.waitFor(() => expect(stateOf(desk)).toMatchObject({ progress: { found: { keys: 1 } } }), { timeout: 4_000 })
    await desk.handlers.cancel()
    await until(desk, 'done')
    expect(before?.isWhole).toBe(true)
    expect([desk.inventory(), open().inventory(), inventories.length]).toEqual([before, before, 1])
  })

  it('shows what it has found when the first search is cancelled half-way, as not whole', async () => {
    const { open } = aDesk('half')
    const desk = open()
    await desk.handlers.begin({ folders: [] })
    await vi.waitFor(() => expect(stateOf(desk)).toMatchObject({ progress: { found: { keys: 1 } } }), { timeout: 4_000 })
    await desk.handlers.cancel()
    await until(desk, 'done')
    expect(desk.inventory()).toMatchObject({ isWhole: false, keys: [KEY] })
  })
})
