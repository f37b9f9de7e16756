// npm run check: what must pass before every commit (format, lint, boundaries, types, unit).
import { spawnSync } from 'node:child_process'
const run = spawnSync(process.execPath, ['scripts/test.mjs', 'format', 'lint', 'boundaries', 'types', 'changelog', 'unit'], {
  stdio: 'inherit',
})
process.exit(run.status ?? 1)
