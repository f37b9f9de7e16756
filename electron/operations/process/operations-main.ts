// Entry of the operations process: one request on stdin, what changes and the answer as lines on stdout.
import { forbidDumps } from '../../lib/no-dumps.ts'
import { runOperations } from './operations-process.ts'

forbidDumps()
await runOperations(process.stdin, process.stdout)
process.exit(0)
