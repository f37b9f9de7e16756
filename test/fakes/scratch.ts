import { existsSync, mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const MEMORY = '/dev/shm'

/**
 * A folder for copies that SQLite works on, in memory where the system has such a file system: thousands of crashes are
 * played, and nothing of what lies here has to survive one.
 */
export const scratchFolder = (prefix: string): string => mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : os.tmpdir(), prefix))
