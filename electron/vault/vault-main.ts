// Entry of the vault process: one request on stdin, progress and the answer as lines on stdout.
import { forbidDumps } from '../lib/no-dumps.ts'
import { runVault } from './vault-process.ts'

forbidDumps()
await runVault(process.stdin, process.stdout)
// A drive that does not answer would keep the loop alive.
process.exit(0)
