import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findProcesses, findSetups, systemInterop, systemProcesses, type InteropPlatform } from '../../../../electron/interop/index.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { createEngine, type Engine } from '../../../../electron/operations/engine.ts'
import type { ForeignManagers } from '../../../../electron/operations/foreign/managers.ts'
import { foreignRules } from '../../../../electron/operations/foreign/rules.ts'
import { systemManagers } from '../../../../electron/operations/foreign/system-managers.ts'
import { stepRules } from '../../../../electron/operations/registry.ts'
import type { StepRule } from '../../../../electron/operations/types.ts'
import type { FoundProcess, FoundSetup } from '../../../../shared/domain/inventory.ts'

/** Ends at the gentle signal, as a node does, and forks nothing that would be told under its name. */
const SCRIPT = "trap 'exit 0' TERM\nexec 3<> <(:)\nwhile :; do read -r -t 0.1 -u 3; done\n"

export interface Place {
  readonly env: Readonly<Record<string, string>>
  /** Command that runs a tool of the machine. */
  readonly locate: (program: string) => readonly string[]
}

/** Folders, programs and managers of one test. */
export class Machine {
  readonly folder: string
  readonly platform: InteropPlatform
  readonly managers: ForeignManagers
  constructor({ env, locate }: Place, folder = mkdtempSync(path.join(os.tmpdir(), 'foreign-'))) {
    this.folder = folder
    this.platform = { ...systemInterop(), home: env['HOME'] ?? '', env }
    this.managers = systemManagers({ files: systemFiles, platform: this.platform, locate, env: { ...env } })
    for (const name of ['node-data', 'post', 'state', 'bin', 'config']) mkdirSync(path.join(folder, name), { recursive: true })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  get dataFolder(): string {
    return path.join(this.folder, 'node-data')
  }
  get setUpFile(): string {
    return path.join(this.folder, 'config', 'setup.json')
  }
  readSetUp = (): string => readFileSync(this.setUpFile, 'utf8')

  /** A real process that the system tells as this program: a shell under its name. */
  program(name: 'go-spacemesh' | 'post-service'): { readonly file: string; readonly script: string } {
    const file = path.join(this.folder, 'bin', name)
    copyFileSync('/bin/bash', file)
    chmodSync(file, 0o755)
    const script = path.join(this.folder, 'bin', 'wait.sh')
    writeFileSync(script, SCRIPT)
    return { file, script }
  }

  processes = (): Promise<FoundProcess[]> =>
    findProcesses({ source: systemProcesses(this.platform), files: systemFiles, platform: this.platform })
  /** Those of this test alone: others run tests on this machine too. */
  own = async (): Promise<FoundProcess[]> =>
    (await this.processes()).filter(({ folder, args }) => `${folder ?? ''} ${args.join(' ')}`.includes(this.folder))
  setups = async (): Promise<FoundSetup[]> =>
    findSetups({ processes: await this.own(), composeFiles: [], fs: systemFiles, platform: this.platform })

  engine(): Engine {
    return createEngine({
      files: systemFiles,
      folder: path.join(this.folder, 'state', 'operations'),
      quarantine: path.join(this.folder, 'quarantine'),
      temporary: path.join(this.folder, 'scratch'),
      rules: { ...stepRules(), ...(foreignRules(this.managers) as unknown as Record<string, StepRule>) },
      hold: () => Promise.resolve({ ok: true, value: { release: () => undefined } }),
      log: silentLogger,
      now: () => Date.now(),
      monotonic: () => performance.now(),
    })
  }
}
