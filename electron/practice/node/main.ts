import { writeSync } from 'node:fs'
import { runPracticeNode } from './run.ts'

// process.exit and not exitCode: the databases must not be closed, so that the WAL stays behind as the real node leaves it.
runPracticeNode(process.argv.slice(2), process.env).then(
  (code) => process.exit(code),
  (cause: unknown) => {
    writeSync(2, `panic: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
    process.exit(2)
  },
)
