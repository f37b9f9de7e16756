// Merges and takes it back, again and again, until it is killed: `merger.ts <root> <attic> <first number>`.
import { flushCompileCache } from 'node:module'
import { mergeDraft, mergeWorld, realEngine } from '../merge-world.ts'

const [root = '', attic = '', first = '0'] = process.argv.slice(2)
const world = mergeWorld(root, attic)
const engine = realEngine(world)
// What the first one compiled is there for the others: none of them lives to its end.
flushCompileCache()
process.stdout.write('ready\n')
// It is started while the last one's leavings are looked at, and waits for its turn.
await new Promise((resolve) => process.stdin.once('data', resolve))
/** Also what another one left in the middle is finished, and taken back. */
async function finishAndTakeBack(id: string): Promise<void> {
  for (const act of [engine.finish.bind(engine), engine.rollBack.bind(engine)]) {
    const ended = await act(id)
    if (!ended.ok) throw new Error(ended.fault.detail)
  }
}

const { operations } = await engine.state()
for (const { id, state } of operations) if (state !== 'rolled-back') await finishAndTakeBack(id)
for (let n = Number(first); ; n += 1) {
  const id = `merge-${n}`
  const begun = engine.begin(mergeDraft(world, id))
  if (!begun.ok) throw new Error(begun.fault.detail)
  await finishAndTakeBack(id)
}
