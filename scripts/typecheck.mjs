// One TypeScript project a side of the wall: `shared` sees neither Node nor the DOM, `electron` no DOM, `renderer` no Node.
import { spawnSync } from 'node:child_process'
let failed = 0
for (const project of ['shared', 'electron', 'renderer', '.']) {
  const run = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' })
  if (run.status !== 0) failed += 1
}
process.exit(failed === 0 ? 0 : 1)
