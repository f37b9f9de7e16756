import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { contract, windowContract, type WindowApi } from '../../shared/ipc/contract.ts'
import { namesOf } from '../../shared/ipc/define.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { aBackupEntry, aBackupPlan, aBackupState, aDrill, aPlace, aRestorePlan, PLACES } from '../builders/backup.ts'
import { aMachineReport, anInitOptions, anInitPlan, planInputs } from '../builders/machine.ts'
import { anOperation, anOperationPlan, anUnfinishedOperation, aWizard, operationsState } from '../builders/operation.ts'

export interface FakeCall {
  readonly name: string
  readonly input: unknown
}

export interface FakeApi {
  readonly api: WindowApi
  /** Every call in order. */
  readonly calls: readonly FakeCall[]
  /** What a call answers from now on: a result or a function of its input. */
  answer(name: string, result: Result<unknown> | ((input: unknown) => Result<unknown> | Promise<Result<unknown>>)): void
  /** Tells all listeners of a topic, e.g. `app.changed`. */
  publish(topic: string, value: unknown): void
}

type Answerer = (input: unknown) => Result<unknown> | Promise<Result<unknown>>

const defaults = (snapshot: AppSnapshot): Record<string, Answerer> => ({
  'app.snapshot': () => ok(snapshot),
  'setup.read': () => ok({ setup: undefined, path: '/home/me/.config/smeshkeeper/config/setup.json', problems: [] }),
  'setup.check': () => ok([]),
  'service.price': () => ok({ lostMs: 0, sentence: 'Stopping it costs nothing now.' }),
  'logs.list': () => ok([]),
  'logs.page': () => ok({ lines: [], startOffset: 0, endOffset: 0, fileBytes: 0 }),
  'logs.findError': () => ok({ offset: undefined }),
  'history.proofs': () => ok([]),
  'history.entries': () => ok([]),
  'binaries.inspect': () => ok([]),
  'binaries.importArchive': () => ok([]),
  'alerts.test': () => ok({ desktop: 'shown', webhook: 'not set' }),
  'scan.state': () => ok({ is: 'never' }),
  'scan.match': () => ok({ is: 'unknown', sentences: ['This is nothing of Spacemesh.'], next: 'none' }),
  'keys.conflicts': () => ok(snapshot.conflicts ?? []),
  'keys.blindSpots': () => ok([]),
  'keys.held': () => ok([]),
  'keys.question': () => ok({ message: 'Do it?', detail: '', yes: 'Do it' }),
  'keys.record': () => fail('keys/not-found', 'no record'),
  'backup.state': () => ok(aBackupState()),
  'backup.plan': () => ok(aBackupPlan()),
  'backup.places': () => ok(PLACES),
  'backup.place': (input) => ok(aPlace({ folder: (input as { folder: string }).folder })),
  'backup.suggest': () => ok({ passphrase: 'harvest-pebble-orbit-lantern-quiet', bits: 64 }),
  'backup.begin': () => ok(aBackupEntry()),
  'backup.drill': () => ok(aDrill()),
  'backup.open': () => ok(aRestorePlan()),
  'backup.restore': () => ok({ done: [], refused: [] }),
  'imports.propose': () => ok([]),
  'operations.state': () => ok(operationsState()),
  'operations.plan': () => ok(anOperationPlan()),
  'operations.run': () => ok(anOperation()),
  'operations.finish': () => ok(anOperation()),
  'operations.rollBack': () => ok(anUnfinishedOperation({ state: 'rolled-back' })),
  'operations.undo': () => ok({ is: 'undone', operation: anOperation({ state: 'rolled-back' }) }),
  'operations.start': () => ok({ checks: [{ is: 'pass', text: 'the node lists 5 smesher ids' }] }),
  'operations.quarantine': () => ok([]),
  'operations.leftovers': () => ok([]),
  'operations.removeLeftover': () => ok({ text: '5 files and the folder /mnt/old/amber are removed.' }),
  'operations.wizard': () => ok(aWizard()),
  'machine.report': () => ok(aMachineReport()),
  'plan.inputs': () => ok(planInputs()),
  'plan.saved': () => ok([]),
  'ready.report': () => ok(undefined),
  'init.state': () => ok({ jobs: [], arrivals: [], benchmark: { is: 'idle' }, tested: [] }),
  'init.options': () => ok(anInitOptions()),
  'init.plan': () => ok(anInitPlan()),
  'init.begin': () => ok({ id: 'init-1', identity: 'a'.repeat(64) }),
  'verify.state': () => ok({ runs: [], rehearsals: [] }),
  'verify.map': () => ok({ files: [], fileBytes: 4_294_967_296 }),
  'coinbase.read': () => ok({ coinbase: undefined, source: 'set-up', sentence: 'No coinbase is set.' }),
  'window.chooseFile': () => ok({ path: undefined }),
  'window.confirm': () => ok({ confirmed: true }),
})

/** The page's API, derived from the contract: every call answers, every topic can be published. */
export function fakeApi(snapshot: AppSnapshot): FakeApi {
  const answers = defaults(snapshot)
  const calls: FakeCall[] = []
  const listeners = new Map<string, Set<(value: unknown) => void>>()
  const api: Record<string, Record<string, unknown>> = {}
  for (const part of [contract, windowContract]) {
    for (const name of namesOf(part, 'call')) {
      const [group = '', member = ''] = name.split('.')
      ;(api[group] ??= {})[member] = async (input: unknown) => {
        calls.push({ name, input })
        return (answers[name] ?? (() => ok(undefined)))(input)
      }
    }
    for (const name of namesOf(part, 'topic')) {
      const [group = '', member = ''] = name.split('.')
      const set = new Set<(value: unknown) => void>()
      listeners.set(name, set)
      ;(api[group] ??= {})[`on${member.charAt(0).toUpperCase()}${member.slice(1)}`] = (listener: (value: unknown) => void) => {
        set.add(listener)
        return () => void set.delete(listener)
      }
    }
  }
  return {
    api: api as unknown as WindowApi,
    calls,
    answer: (name, result) => {
      if (!namesOf(contract, 'call').includes(name) && !namesOf(windowContract, 'call').includes(name)) throw new Error(`no call ${name}`)
      answers[name] = typeof result === 'function' ? result : () => result
    },
    publish: (topic, value) => {
      const set = listeners.get(topic)
      if (set === undefined) throw new Error(`no topic ${topic}`)
      for (const listener of set) listener(value)
    },
  }
}
