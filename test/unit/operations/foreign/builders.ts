import { systemInterop, type InteropFiles } from '../../../../electron/interop/index.ts'
import type { TakeOverInput } from '../../../../electron/operations/foreign/take-over-input.ts'
import type { Engine } from '../../../../electron/operations/engine.ts'
import { foreignRules } from '../../../../electron/operations/foreign/rules.ts'
import { sha256Of } from '../../../../electron/operations/steps/write-file.ts'
import { stepRules } from '../../../../electron/operations/registry.ts'
import type { WriteFile } from '../../../../electron/operations/steps/data.ts'
import type { StepRule } from '../../../../electron/operations/types.ts'
import type { FoundSetup } from '../../../../shared/domain/inventory.ts'
import type { PlanNode } from '../../../../shared/domain/operation.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { engineOn } from '../crash-story.ts'
import type { FakeMachine, FakeUnit } from './fake-machine.ts'

export const SETUP_FILE = '/home/u/.config/smeshkeeper/config/setup.json'
export const FOREIGN_SETUP = '{"node":{"owner":"systemd"}}'
export const OWN_SETUP = '{"node":{"owner":"smeshkeeper"}}'

export const MAIN: PlanNode = { name: 'Main', folder: '/data/main', version: 'v1.8.3, schema 9', identities: [] }

export const setUpStep = (before: string, text: string): WriteFile => ({
  is: 'write-file',
  file: SETUP_FILE,
  before: sha256Of(before),
  keep: 'setup.json',
  text,
  mode: 0o600,
})

export const aUnit = (given: Partial<FakeUnit> = {}): FakeUnit => ({
  manager: 'user',
  name: 'spacemesh.service',
  file: 'enabled',
  active: 'active',
  install: ['default.target'],
  program: { program: 'go-spacemesh', folder: '/data/main' },
  pid: 4711,
  ...given,
})

export const aSetup = (given: Partial<FoundSetup> = {}): FoundSetup => ({
  kind: 'systemd',
  owner: 'systemd',
  label: 'spacemesh.service (of the user)',
  file: '/home/u/.config/systemd/user/spacemesh.service',
  node: { dataFolder: '/data/main', unit: 'spacemesh.service', pid: 4711, args: [] },
  services: [],
  isAutomatic: true,
  problems: [],
  walletFiles: [],
  ...given,
})

/** Input of a plan on this machine, with the set-ups given. */
export async function inputOn(machine: FakeMachine, files: InteropFiles, given: Partial<TakeOverInput> = {}): Promise<TakeOverInput> {
  return {
    id: 'take-over-20261128-120000-ab12',
    now: 0,
    setups: [aSetup()],
    processes: await machine.programs(),
    managers: machine,
    files,
    node: MAIN,
    setUp: setUpStep(FOREIGN_SETUP, OWN_SETUP),
    window: { is: 'safe' },
    canAdopt: false,
    ...given,
  }
}

export const foreignEngine = (machine: FakeMachine, files: CrashFiles): Engine =>
  engineOn(files, '/nowhere', { ...stepRules(), ...(foreignRules(machine) as unknown as Record<string, StepRule>) })

export const platform = { ...systemInterop(), os: 'linux' as const, home: '/home/u' }
