import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const RUN_MS = 3_000

/** What we ask the system about itself; everything unreadable is `undefined` or empty. Faked in tests. */
export interface HostSystem {
  readonly platform: NodeJS.Platform
  exists(file: string): boolean
  readText(file: string): string | undefined
  list(folder: string): readonly string[]
  /** Text of a program's output; undefined when it is not here, fails or takes too long. */
  run(file: string, args: readonly string[]): Promise<string | undefined>
}

/** The real one. */
export const hostSystem = (): HostSystem => ({
  platform: process.platform,
  exists: (file) => existsSync(file),
  readText(file) {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined // not on this system: an answer too
    }
  },
  list(folder) {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
  run: (file, args) =>
    new Promise((resolve) => {
      execFile(file, [...args], { timeout: RUN_MS, windowsHide: true }, (error, stdout) => resolve(error === null ? stdout : undefined))
    }),
})
