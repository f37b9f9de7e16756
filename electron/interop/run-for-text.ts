import { execFile } from 'node:child_process'
import type { RunForText } from './process-source.ts'

const RUN_WITHIN_MS = 20_000

export const runForText: RunForText = (file, args) =>
  new Promise((resolve) => {
    const options = { timeout: RUN_WITHIN_MS, encoding: 'utf8', windowsHide: true, maxBuffer: 16 * 1024 * 1024 } as const
    execFile(file, [...args], options, (_fault, stdout) => resolve(stdout))
  })
