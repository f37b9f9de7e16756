import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { Inventory, ScanState } from '../../../shared/domain/inventory.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { EXIT, json, refuse, refusedWords, say, warn, withKeeper, type KeysApi, type KeysCli } from './context.ts'
import { inventoryOf } from './known.ts'
import { needsOf } from './needs.ts'
import { progressLine, scanProgressText } from './progress.ts'
import { scanJson } from './scan-json.ts'
import { inventoryLines } from './scan-text.ts'

export const SCAN: VerbWords = {
  usage: 'scan [--folder DIR]… [--json]',
  switches: ['json'],
  options: ['folder'],
  repeated: ['folder'],
  plain: 0,
}

/** A topic that was lost must not leave the user waiting. */
const LOOK_MS = 2_000

/** The result of the search that just began, however it ends. `before`: when the one before it was finished. */
function searched(
  cli: KeysCli,
  api: KeysApi,
  before: number | undefined,
): Promise<Result<Inventory, 'scan/failed' | 'scan/cancelled' | 'no-keeper'>> {
  const line = progressLine(cli)
  return new Promise((resolve) => {
    const finish = (result: Awaited<ReturnType<typeof searched>>): void => {
      offTopic()
      offHit()
      clearInterval(timer)
      line.end()
      resolve(result)
    }
    const look = (state: ScanState): void => {
      if (state.is === 'running') line.show(scanProgressText(state.progress))
      else if (state.is === 'failed') finish(fail('scan/failed', state.why))
      // After a cancel the keeper shows the search before this one again.
      else if (state.is === 'never' || state.inventory.finishedAt === before) finish(fail('scan/cancelled', 'the search was cancelled'))
      else finish(ok(state.inventory))
    }
    const ask = async (): Promise<void> => {
      const state = await api.scan.state()
      if (state.ok) look(state.value)
      else if (state.fault.code === 'no-keeper') finish(fail('no-keeper', state.fault.detail))
    }
    const offTopic = api.scan.onChanged(look)
    const offHit = cli.interrupts.onHit(() => void api.scan.cancel())
    const timer = setInterval(() => void ask(), LOOK_MS)
    void ask()
  })
}

/** `scan`: finds keys, PoS folders, nodes and set-ups, and says what wants the user. */
export async function scan(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, SCAN)
  if (refused !== undefined) return refused
  return withKeeper(cli, async (api) => {
    const folders = words.values('folder').map((folder) => path.resolve(cli.folder, folder))
    const earlier = await api.scan.state()
    const begun = await api.scan.begin({ folders })
    if (!begun.ok) return refuse(cli, words, 'Nothing was searched', begun.fault)
    const found = await searched(cli, api, earlier.ok ? inventoryOf(earlier.value)?.finishedAt : undefined)
    if (!found.ok) return refuse(cli, words, 'The search did not end', found.fault)
    const listed = await api.keys.conflicts()
    if (!listed.ok) warn(cli, `Whether a key could run twice is not known: ${listed.fault.detail}.`)
    const conflicts = listed.ok ? listed.value : []
    const needs = needsOf(found.value, conflicts)
    if (words.has('json')) cli.out(json(scanJson(found.value, conflicts, needs)))
    else for (const line of inventoryLines(found.value, needs)) say(cli, line)
    return needs.length === 0 && listed.ok ? EXIT.done : EXIT.failed
  })
}
