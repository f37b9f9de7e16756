import { writeSync } from 'node:fs'
import { App } from './app.ts'
import { parseCommandLine, usageText } from './command-line.ts'
import { loadConfig } from './config.ts'
import { StartError } from './exits.ts'
import { versionFrom } from './versions.ts'

/** The simulated go-spacemesh as a process: arguments in, exit code out. */
export async function runPracticeNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const version = versionFrom(env['SMESHKEEPER_PRACTICE_VERSION'])
  const scale = Number(env['SMESHKEEPER_PRACTICE_TIME_SCALE'] ?? 1)
  try {
    const line = parseCommandLine(args)
    if (line.command === 'version') {
      writeSync(1, `${version.name}\n`)
      return 0
    }
    if (line.command !== 'run') {
      writeSync(1, `start node\n\n${usageText(version)}`)
      return 0
    }
    const config = loadConfig(line, version)
    const app = new App({ config, version, scale: scale > 0 ? scale : 1, scriptFile: env['SMESHKEEPER_PRACTICE_SCRIPT'] })
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGBREAK'] as const) process.on(signal, () => app.terminate())
    return await app.run()
  } catch (cause: unknown) {
    if (!(cause instanceof StartError)) throw cause
    writeSync(2, `Error: ${cause.message}\n${cause.usage ? `${usageText(version)}\n` : ''}`)
    return 1
  }
}
