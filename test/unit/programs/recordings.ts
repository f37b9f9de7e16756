import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '../../fixtures/recordings')

export const recording = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')
export const recordingsIn = (folder: string): string[] => readdirSync(path.join(ROOT, folder)).toSorted()

/** The objects of a JSON-lines recording. */
export function jsonLines(file: string): Record<string, unknown>[] {
  const lines = recording(file).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** `a`, `a`, `b` → `a x2`, `b`. */
export function runs(names: readonly string[]): string[] {
  const out: { name: string; count: number }[] = []
  for (const name of names) {
    const last = out.at(-1)
    if (last?.name === name) last.count += 1
    else out.push({ name, count: 1 })
  }
  return out.map(({ name, count }) => (count === 1 ? name : `${name} x${count}`))
}
