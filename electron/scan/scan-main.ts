// Entry of the scan process: one order on stdin, progress and findings as lines on stdout.
import { runScanProcess } from './scan-process.ts'
import { systemParts } from './system-parts.ts'

await runScanProcess(process.stdin, process.stdout, systemParts)
process.stdin.destroy() // its asker keeps it open
