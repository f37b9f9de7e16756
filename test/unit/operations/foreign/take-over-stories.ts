import { planTakeOver } from '../../../../electron/operations/foreign/plan-take-over.ts'
import type { TakeOverDraft, TakeOverInput } from '../../../../electron/operations/foreign/take-over-input.ts'
import type { FoundSetup } from '../../../../shared/domain/inventory.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { aSetup, aUnit, FOREIGN_SETUP, inputOn, SETUP_FILE } from './builders.ts'
import { FakeMachine, type FakeContainer } from './fake-machine.ts'

export interface Story {
  readonly name: string
  machine(): FakeMachine
  put?(files: CrashFiles): void
  readonly label: string
  readonly setups: readonly FoundSetup[]
  readonly input?: Partial<TakeOverInput>
}

const containers = (): FakeContainer[] => [
  {
    id: 'a'.repeat(64),
    name: 'smesh-node-1',
    service: 'node',
    file: '/home/u/smesh/compose.yaml',
    isRunning: true,
    policy: 'unless-stopped',
    program: { program: 'go-spacemesh', folder: '/data/main' },
  },
  {
    id: 'b'.repeat(64),
    name: 'amber',
    isRunning: false,
    policy: 'on-failure:3',
    program: { program: 'post-service', folder: '/post/amber' },
  },
]
const compose = aSetup({
  kind: 'compose',
  owner: 'docker',
  label: '~/smesh/compose.yaml',
  file: '/home/u/smesh/compose.yaml',
  node: { dataFolder: '/data/main', unit: 'node', pid: 9000, args: [] },
  services: [{ posFolder: '/post/amber', unit: 'amber', args: [] }],
})

export const aMachine = (change: (machine: FakeMachine) => void): FakeMachine => {
  const machine = new FakeMachine()
  change(machine)
  return machine
}

export const stories: readonly Story[] = [
  {
    name: 'an enabled unit of the user that runs',
    machine: () => aMachine((one) => one.units.push(aUnit())),
    label: 'spacemesh.service (of the user)',
    setups: [aSetup()],
  },
  {
    name: 'an enabled unit that stands still',
    machine: () => aMachine((one) => one.units.push(aUnit({ active: 'inactive' }))),
    label: 'spacemesh.service (of the user)',
    setups: [aSetup()],
  },
  {
    name: 'a static unit that runs',
    machine: () => aMachine((one) => one.units.push(aUnit({ file: 'static', install: [] }))),
    label: 'spacemesh.service (of the user)',
    setups: [aSetup()],
  },
  {
    name: 'a unit that its package enables',
    machine: () => aMachine((one) => one.units.push(aUnit({ isVendorEnabled: true }))),
    label: 'spacemesh.service (of the user)',
    setups: [aSetup()],
  },
  {
    name: 'a unit of the system, as root',
    machine: () =>
      aMachine((one) => {
        one.isRoot = true
        one.units.push(aUnit({ manager: 'system', install: ['multi-user.target'] }))
      }),
    label: 'spacemesh.service',
    setups: [aSetup({ label: 'spacemesh.service' })],
  },
  {
    name: 'two containers of a compose file',
    machine: () => aMachine((one) => one.containers.push(...containers())),
    label: '~/smesh/compose.yaml',
    setups: [compose],
  },
]

export function disk(story: Story): CrashFiles {
  const files = createCrashFiles()
  files.putFolder('/home/keeper/state')
  files.put(SETUP_FILE, FOREIGN_SETUP)
  story.put?.(files)
  return files
}

export const planned = async (story: Story, machine: FakeMachine, files: CrashFiles): Promise<TakeOverDraft> =>
  planTakeOver({ label: story.label }, await inputOn(machine, files, { setups: story.setups, ...story.input }))

export const setUpOf = (files: CrashFiles): string | undefined => files.content(SETUP_FILE)?.toString()
