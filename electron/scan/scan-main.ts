// Entry of the scan process: one order on stdin, progress and findings as lines on stdout.
import { setFlagsFromString } from 'node:v8'
import { forbidDumps } from '../lib/no-dumps.ts'
import { runScanProcess } from './scan-process.ts'
import { systemParts } from './system-parts.ts'

// A walk makes a million short-lived names: in a small nursery they go at once, in a large one they fill it first.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--max-semi-space-size=2')
forbidDumps()
await runScanProcess(process.stdin, process.stdout, systemParts)
