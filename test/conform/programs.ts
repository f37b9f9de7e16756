import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { repository, type Program, type ProgramName, type Scenario } from './scenario.ts'

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

const VERSION = /\d+\.\d+\.\d+/

/** What a real binary says of its version; undefined for postcli, which must not be run without need. */
export function versionOf({ name, command }: Program): string | undefined {
  if (name === 'postcli') return undefined
  const ask = name === 'go-spacemesh' ? 'version' : '--version'
  return VERSION.exec(spawnSync(command, [ask], { encoding: 'utf8', timeout: 10_000 }).stdout ?? '')?.[0]
}

/** Of a case that was recorded with several versions the one of this binary, else the newest; practice plays them all. */
export function ofVersion(all: readonly Scenario[], version: string | undefined): readonly Scenario[] {
  const caseOf = ({ name, version: own }: Scenario): string => (name.endsWith(`-${own}`) ? name.slice(0, -own.length - 1) : name)
  const best = new Map<string, Scenario>()
  const order = new Intl.Collator('en', { numeric: true })
  for (const one of all) {
    const known = best.get(caseOf(one))
    if (known === undefined || one.version === version) best.set(caseOf(one), one)
    else if (known.version !== version && order.compare(one.version, known.version) > 0) best.set(caseOf(one), one)
  }
  return all.filter((one) => best.get(caseOf(one)) === one)
}
