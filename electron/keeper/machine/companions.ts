import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Setup } from '../../../shared/setup/schema.ts'

/**
 * Where postcli or profiler is: as the set-up says, else beside a service or the node, as releases bring them.
 * @returns undefined when it is nowhere
 */
export function companion(setup: Setup, program: 'postcli' | 'profiler'): string | undefined {
  const told = setup.machine[program]
  if (told !== null) return told
  const binaries = [...setup.services.map(({ binary }) => binary), ...(setup.node.mode === 'managed' ? [setup.node.binary] : [])]
  if (binaries.some((binary) => binary.startsWith('practice:'))) return `practice:${program}`
  const name = process.platform === 'win32' ? `${program}.exe` : program
  const folders = new Set(binaries.filter((binary) => path.isAbsolute(binary)).map((binary) => path.dirname(binary)))
  return [...folders].map((folder) => path.join(folder, name)).find((file) => existsSync(file))
}
