import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { repository, type Program, type ProgramName } from './scenario.ts'

const ENTRY: Readonly<Record<ProgramName, string>> = {
  'post-service': 'electron/practice/post-service/main.ts',
  'go-spacemesh': 'electron/practice/node/main.ts',
  postcli: 'electron/practice/postcli/main.ts',
}

/** A program of the practice network, run from source by the runtime that runs us. */
export const practiceProgram = (name: ProgramName): Program => ({
  name,
  command: process.execPath,
  args: [path.join(repository, ENTRY[name])],
  env: { ELECTRON_RUN_AS_NODE: '1' },
  isReal: false,
})

/** A binary in `folder` by its name; undefined when there is none that can be run. */
export function realProgram(name: ProgramName, folder: string): Program | undefined {
  const command = path.join(path.resolve(folder), process.platform === 'win32' ? `${name}.exe` : name)
  try {
    accessSync(command, constants.X_OK)
    return { name, command, args: [], env: {}, isReal: true }
  } catch {
    return undefined
  }
}
