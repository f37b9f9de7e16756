import { forbidDumps } from '../../../../electron/lib/no-dumps.ts'

/** Says whether dumps are forbidden, and crashes. */
process.stdout.write(`${String(forbidDumps())}\n`, () => process.kill(process.pid, 'SIGSEGV'))
