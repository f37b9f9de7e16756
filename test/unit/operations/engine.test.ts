import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEngine, type Engine, type HoldFolders } from '../../../electron/operations/engine.ts'
import { OperationStopped, type StepRule } from '../../../electron/operations/types.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { OperationView } from '../../../shared/domain/operation.ts'
import { z } from 'zod'
import { createCrashFiles, type CrashFiles } from '../../fakes/crash-files.ts'
import { draftOf } from './stories.ts'

/** A step that makes one file; `trouble` decides what it meets. */
const step = (name: string, trouble: { why?: string; onApply?: () => void } = {}): StepRule => ({
  schema: z.looseObject({ is: z.literal(name) }),
  apply(_data, { files }) {
    trouble.onApply?.()
    if (trouble.why !== undefined) throw new OperationStopped('operation/stopped', trouble.why)
    if (files.facts(`/work/${name}`) === undefined) files.close(files.create(`/work/${name}`, 0o600))
    return `${name} is there`
  },
  isDone: (_data, { files }) => files.facts(`/work/${name}`) !== undefined,
  undo(_data, { files }) {
    if (files.facts(`/work/${name}`) !== undefined) files.unlink(`/work/${name}`)
  },
})

let files: CrashFiles
let seen: OperationView[]
const trouble: { why?: string } = {}
const free: HoldFolders = () => Promise.resolve({ ok: true, value: { release: () => {} } })

function engine(more: { readonly hold?: HoldFolders; readonly rules?: Readonly<Record<string, StepRule>> } = {}): Engine {
  return createEngine({
    files,
    folder: '/home/operations',
    quarantine: '/home/quarantine',
    temporary: '/nowhere',
    rules: more.rules ?? { a: step('a'), b: step('b', trouble), c: step('c') },
    hold: more.hold ?? free,
    log: silentLogger,
    now: () => 1,
    monotonic: () => 1,
    onChange: (view) => seen.push(view),
  })
}

const draft = draftOf('merge', [{ is: 'a' }, { is: 'b' }, { is: 'c' }])
const { id } = draft.plan
const made = (): string =>
  files
    .all()
    .flatMap(({ path }) => (path.startsWith('/work/') ? [path.slice(6)] : []))
    .join(' ')

beforeEach(() => {
  files = createCrashFiles()
  files.putFolder('/work')
  seen = []
})
afterEach(() => delete trouble.why)

describe('the engine', () => {
  it('runs the steps in their order and tells of each', async () => {
    const one = engine()
    expect(one.begin(draft).ok).toBe(true)
    const ended = await one.finish(id)
    expect(ended).toMatchObject({ ok: true, value: { state: 'done', steps: [{ state: 'done', note: 'a is there' }, {}, {}] } })
    expect(made()).toBe('a b c')
    expect(seen.map(({ steps }) => steps.map(({ state }) => state).join(' '))).toContain('done running todo')
  })

  it('stops at trouble, says it, and goes on where it was when it is mended', async () => {
    trouble.why = 'The disk is full. Make room'
    const one = engine()
    one.begin(draft)
    expect(await one.finish(id)).toMatchObject({ ok: false, fault: { code: 'operation/stopped', detail: 'The disk is full. Make room' } })
    expect(await one.view(id)).toMatchObject({ state: 'unfinished', fault: { detail: 'The disk is full. Make room' } })
    delete trouble.why
    expect(await engine().finish(id)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(made()).toBe('a b c')
  })

  it('takes back what was done, in the other order, from the middle and from the end', async () => {
    trouble.why = 'no'
    const one = engine()
    one.begin(draft)
    await one.finish(id)
    expect(await one.rollBack(id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(made()).toBe('')
  })

  it('takes back one that is done, as long as no step minds', async () => {
    const one = engine()
    one.begin(draft)
    await one.finish(id)
    expect(await one.rollBack(id)).toMatchObject({ ok: true, value: { state: 'rolled-back', undo: { is: 'no' } } })
    expect(made()).toBe('')
    expect(await one.rollBack(id)).toMatchObject({ ok: false, fault: { code: 'operation/not-undoable' } })
  })

  it('refuses to take back what a step says has moved on, and changes nothing', async () => {
    const rules = { a: { ...step('a'), obstacle: () => 'A node was started.' }, b: step('b'), c: step('c') }
    const one = engine({ rules })
    one.begin(draft)
    await one.finish(id)
    expect(await one.rollBack(id)).toMatchObject({ ok: false, fault: { code: 'operation/not-undoable', detail: 'A node was started.' } })
    expect(made()).toBe('a b c')
    expect(await one.view(id)).toMatchObject({ state: 'done', undo: { is: 'no', why: 'A node was started.' } })
  })

  it('begins nothing beside one that is not at its end, nor what its plan refuses', () => {
    const one = engine()
    const refused = { ...draft, plan: { ...draft.plan, refusals: [{ code: 'x', detail: 'The node runs.', retry: 'user' as const }] } }
    expect(one.begin(refused)).toMatchObject({ ok: false, fault: { code: 'operation/refused', detail: 'The node runs.' } })
    one.begin(draft)
    const other = draftOf('split', [{ is: 'a' }])
    expect(one.begin(other)).toMatchObject({ ok: false, fault: { code: 'operation/busy' } })
  })

  it('changes nothing while a folder is in use, and leaves nothing open', async () => {
    const inUse: HoldFolders = () =>
      Promise.resolve({ ok: false, fault: { code: 'operation/folder-in-use', detail: 'Process 7 runs.', retry: 'user' } })
    const one = engine({ hold: inUse })
    one.begin(draft)
    expect(await one.finish(id)).toMatchObject({ ok: false, fault: { detail: 'Process 7 runs.' } })
    expect(made()).toBe('')
    expect(await one.view(id)).toMatchObject({ state: 'rolled-back' })
  })

  it('stops before the next step when it is cancelled', async () => {
    const rules = { a: step('a', { onApply: () => one.cancel() }), b: step('b'), c: step('c') }
    const one = engine({ rules })
    one.begin(draft)
    expect(await one.finish(id)).toMatchObject({ ok: false })
    expect(made()).toBe('a')
    expect(await one.view(id)).toMatchObject({ state: 'unfinished' })
  })

  it('looks again at what was done before an interruption, and does it again when it is not so', async () => {
    trouble.why = 'no'
    const one = engine()
    one.begin(draft)
    await one.finish(id)
    files.remove('/work/a')
    delete trouble.why
    await engine().finish(id)
    expect(made()).toBe('a b c')
  })

  it('does not know the steps of a newer version, and says what to do', async () => {
    const one = engine({ rules: { a: step('a') } })
    one.begin(draft)
    expect(await one.finish(id)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('update it') as string } })
  })
})
