// Entry of the probe process when the app runs from source.
import { runProbe } from './probe.ts'

await runProbe(process.stdin, process.stdout)
