// Writes node events until it is killed; prints the number of rows that a commit has made durable.
import { openHistory } from '../../../electron/history/index.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'

const [file = '', first = '0'] = process.argv.slice(2)
const opened = openHistory(file, { clock: systemClock, log: silentLogger })
if (!opened.ok) throw new Error(opened.fault.detail)
const history = opened.value
const identity = 'ab'.repeat(32) as IdentityId
let next = Number(first)

function writeSome(): void {
  for (let i = 0; i < 37; i += 1) {
    const emittedAt = next
    next += 1
    history.recordObservation({
      kind: 'node-event',
      at: emittedAt,
      event: { event: 'post-start', emittedAt, failure: false, help: '', identity, challenge: 'c1'.repeat(32) },
    })
  }
  if (history.flush()) process.stdout.write(`${next}\n`)
  setImmediate(writeSome)
}
writeSome()
