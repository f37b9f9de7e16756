import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { ReadySystem } from './ready-looks.ts'

const RUN_MS = 3_000

export const readySystem = (): ReadySystem => ({
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
