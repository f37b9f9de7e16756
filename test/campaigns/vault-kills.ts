// `node scripts/electron-runtime.mjs --as-node test/campaigns/vault-kills.ts [times] [seed]`: kills backups and
// restores at random moments, in rounds of 50 on a machine of its own each. Exit code 1 when one left something broken. The tests do the same a few times.
import { seededRandom } from '../fakes/crash-files.ts'
import { killBackups, killRestores } from '../integration/vault/kills.ts'
import { aMachine } from '../integration/vault/machine.ts'

const ROUND = 50
const times = Number(process.argv[2] ?? 2000)
const random = seededRandom(Number(process.argv[3] ?? 1))
let broken = 0
for (let done = 0; done < times; done += ROUND) {
  const machine = aMachine()
  try {
    const kill = (done / ROUND) % 2 === 0 ? killBackups : killRestores
    const round = await kill(machine, Math.min(ROUND, times - done), random)
    broken += round.broken.length
    console.log(round.line)
    for (const one of round.broken) console.log(`  ${one}`)
  } finally {
    machine.end()
  }
}
console.log(`${times} kills, ${broken} broken`)
process.exitCode = broken === 0 ? 0 : 1
