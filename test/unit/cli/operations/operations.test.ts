import { describe, expect, it } from 'vitest'
import { endVerb, operations } from '../../../../electron/cli/operations/verbs.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import {
  aLeftover,
  anOperation,
  anOperationPlan,
  anUnfinishedOperation,
  aQuarantineEntry,
  operationsState,
} from '../../../builders/operation.ts'
import { fakeCli, type FakeCli } from '../keys/fake-cli.ts'
import { wordsOf } from './words.ts'

const DONE = anOperation()
const fault = { code: 'operation/stopped', detail: 'The disk of Main is full.', retry: 'user' as const }
const OPEN = anUnfinishedOperation({ id: 'split-1', fault })

function ready(typed?: readonly (string | undefined)[]): FakeCli {
  const fake = fakeCli(typed === undefined ? {} : { typed })
  fake.answer('operations.state', ok(operationsState(OPEN, DONE)))
  return fake
}
const list = (fake: FakeCli, ...argv: readonly string[]): Promise<number> => operations(fake.cli, wordsOf(...argv))

describe('operations', () => {
  it('lists what was begun, newest first, with why one stopped', async () => {
    const fake = ready()
    expect(await list(fake)).toBe(0)
    expect(fake.out[0]).toContain('split-1')
    expect(fake.out[0]).toContain('is not at its end: `finish` or `roll-back` it')
    expect(fake.out[1]).toBe('  ! The disk of Main is full.')
    expect(fake.out[2]).toContain(`${DONE.id}  ${DONE.title}: done`)
    expect(fake.out).toHaveLength(3)
  })

  it('shows the steps of one', async () => {
    const fake = ready()
    expect(await list(fake, 'split-1')).toBe(0)
    expect(fake.out.filter((line) => line.startsWith('  + '))).toHaveLength(4)
    expect(fake.out.filter((line) => line.startsWith('  X '))).toHaveLength(1)
  })

  it('tells of journals that cannot be read', async () => {
    const fake = ready()
    fake.answer('operations.state', ok({ operations: [], problems: ['x/journal.jsonl is damaged in the middle'] }))
    expect(await list(fake)).toBe(0)
    expect(fake.err).toEqual(['! x/journal.jsonl is damaged in the middle.'])
    expect(fake.out).toEqual(['No operation was begun here.'])
  })

  it('prints one object with --json, and fails for one that is not known', async () => {
    const fake = ready()
    expect(await list(fake, '--json')).toBe(0)
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ operations: [{ id: 'split-1' }, { id: DONE.id }] })
    expect(await list(fake, 'another')).toBe(1)
    expect(fake.out.at(-1)).toBe('No operation is called another.')
  })

  it('lists the quarantine with what is armed elsewhere', async () => {
    const fake = ready()
    expect(await list(fake, 'quarantine')).toBe(0)
    expect(fake.out).toEqual(['The quarantine is empty.'])
    fake.answer('operations.quarantine', ok([aQuarantineEntry({ keys: [{ name: 'a.key', from: '/n/a.key', armedAt: '/m/a.key' }] })]))
    expect(await list(fake, 'quarantine')).toBe(0)
    expect(fake.out.slice(1)).toEqual([
      '20261124-0242-merge  2026-11-24 02:42  Attic was merged into Main',
      '  a.key  from /n/a.key; armed at /m/a.key',
    ])
  })

  it.each([
    ['pass', 0, '  ok'],
    ['waiting', 3, '  …'],
    ['fail', 1, '  X'],
  ] as const)('starts the node and tells what it makes of its keys: %s', async (is, exit, mark) => {
    const fake = ready()
    fake.answer('operations.start', ok({ checks: [{ is, text: 'It lists all 5 identities.' }] }))
    expect(await list(fake, 'start', DONE.id)).toBe(exit)
    expect(fake.inputOf('operations.start')).toEqual({ id: DONE.id })
    expect(fake.out).toEqual([`${mark} It lists all 5 identities.`])
  })

  it.each([[['start']], [['quarantine', 'x']], [['a', 'b']], [['--typed', 'x']], [['--yes']], [['start', 'x', '--yes']]])(
    'does not understand %j',
    async (argv) => {
      const fake = ready()
      expect(await list(fake, ...argv)).toBe(64)
      expect(fake.calls).toEqual([])
    },
  )
})

describe('leftovers', () => {
  const LEFT = aLeftover()
  const KEPT = aLeftover({ operation: 'retire-1', kind: 'retired-data', name: 'Birch', may: false, why: 'A node loads its key.' })
  const last8 = LEFT.identity.slice(-8)
  const left = (typed?: readonly (string | undefined)[]): FakeCli => {
    const fake = ready(typed)
    fake.answer('operations.leftovers', ok([LEFT, KEPT]))
    fake.answer('operations.removeLeftover', ok({ text: '5 files are removed.' }))
    return fake
  }

  it('are listed with size, place, and whether and why they may go', async () => {
    const fake = left()
    expect(await list(fake, 'leftovers')).toBe(0)
    expect(fake.out[0]).toMatch(/^move-data-20261124-024200 {2}Amber, moved .*: 4\.0.TiB$/)
    expect(fake.out.slice(1, 3)).toEqual(['  /mnt/old/amber', `  may go  ${LEFT.why}`])
    expect(fake.out.at(-1)).toBe('  stays   A node loads its key.')
    expect(await list(fake, 'leftovers', '--json')).toBe(0)
    expect(JSON.parse(fake.out.at(-1) ?? '')).toEqual([LEFT, KEPT])
    fake.answer('operations.leftovers', ok([]))
    expect(await list(fake, 'leftovers')).toBe(0)
    expect(fake.out.at(-1)).toBe('No operation left PoS data behind.')
  })

  it('are removed after the end of the id was typed and the question answered', async () => {
    const fake = left([` ${last8} `, 'y'])
    expect(await list(fake, 'remove', LEFT.operation)).toBe(0)
    const input = { operation: LEFT.operation, typed: last8 }
    expect(fake.inputOf('keys.question')).toEqual({ call: 'operations.removeLeftover', input })
    expect(fake.inputOf('operations.removeLeftover')).toEqual(input)
    expect(fake.out).toEqual(['5 files are removed.'])
  })

  it.each([
    ['Ctrl-C instead of the id', [undefined], 130],
    ['a no', [last8, 'n'], 2],
    ['Ctrl-C at the question', [last8, undefined], 130],
  ] as const)('stay after %s', async (_, typed, exit) => {
    const fake = left(typed)
    expect(await list(fake, 'remove', LEFT.operation)).toBe(exit)
    expect(fake.inputOf('operations.removeLeftover')).toBeUndefined()
  })

  it('need --typed and --yes where nobody can be asked', async () => {
    for (const argv of [[], ['--yes'], ['--typed', last8]]) {
      const fake = left()
      expect(await list(fake, 'remove', LEFT.operation, ...argv)).toBe(2)
      expect(fake.inputOf('operations.removeLeftover')).toBeUndefined()
    }
    const fake = left()
    expect(await list(fake, 'remove', LEFT.operation, '--typed', last8, '--yes', '--json')).toBe(0)
    expect(JSON.parse(fake.out[0] ?? '')).toEqual({ operation: LEFT.operation, text: '5 files are removed.' })
  })

  it('stay while something needs them, with the reason', async () => {
    const fake = left()
    expect(await list(fake, 'remove', KEPT.operation, '--typed', last8, '--yes')).toBe(1)
    expect(fake.err).toEqual(['Nothing was removed: A node loads its key.'])
    expect(await list(fake, 'remove', 'merge-1', '--typed', last8, '--yes')).toBe(1)
    expect(fake.inputOf('operations.removeLeftover')).toBeUndefined()
  })

  it.each([
    ['operation/not-typed', 2, 'Nothing was removed: the reason.'],
    ['operation/refused', 1, 'Nothing was removed: the reason.'],
    ['operation/not-removed', 1, 'It was not removed, or not all of it: the reason.'],
    ['operation/busy', 5, 'Nothing was removed: the reason.'],
  ])('tell of %s', async (code, exit, words) => {
    const fake = left()
    fake.answer('operations.removeLeftover', fail(code, 'the reason'))
    expect(await list(fake, 'remove', LEFT.operation, '--typed', last8, '--yes')).toBe(exit)
    expect(fake.err.at(-1)).toBe(words)
  })

  it('are not removed without a name', async () => {
    const fake = left()
    expect(await list(fake, 'remove', '--yes')).toBe(64)
    expect(fake.inputOf('operations.leftovers')).toBeUndefined()
  })
})

describe('finish, roll-back and undo', () => {
  const end = (fake: FakeCli, verb: 'finish' | 'roll-back' | 'undo', ...argv: readonly string[]): Promise<number> =>
    endVerb(fake.cli, wordsOf(...argv), verb)

  it('finish what stopped, and take it back', async () => {
    const fake = ready()
    fake.answer('operations.finish', ok(anOperation({ id: 'split-1', startsNode: false })))
    fake.answer('operations.rollBack', ok(anOperation({ id: 'split-1', state: 'rolled-back' })))
    expect(await end(fake, 'finish', 'split-1')).toBe(0)
    expect(fake.inputOf('operations.finish')).toEqual({ id: 'split-1', acceptsPrice: false })
    expect(fake.out[0]).toContain(': done')
    expect(await end(fake, 'roll-back', 'split-1', '--json')).toBe(0)
    expect(JSON.parse(fake.out.at(-1) ?? '')).toMatchObject({ state: 'rolled-back' })
    expect(fake.err).toEqual([])
  })

  it.each(['finish', 'roll-back'] as const)('%s tells why it stopped again, and what goes on', async (verb) => {
    const fake = ready()
    fake.answer(verb === 'finish' ? 'operations.finish' : 'operations.rollBack', fail('operation/stopped', 'the disk is away'))
    expect(await end(fake, verb, 'split-1')).toBe(1)
    expect(fake.err[0]).toContain('the disk is away.')
    expect(fake.err[1]).toContain('`roll-back ID` takes it back')
  })

  it('undo shows what it would do, and does it with --apply', async () => {
    const fake = ready()
    fake.answer('operations.undo', ok({ is: 'undone', operation: anOperation({ state: 'rolled-back' }) }))
    expect(await end(fake, 'undo', DONE.id)).toBe(0)
    expect(fake.out.at(-1)).toBe('Nothing was changed. --apply undoes it.')
    expect(fake.out.at(-2)).toContain('Undo: No node was started since')
    expect(fake.inputOf('operations.undo')).toBeUndefined()
    expect(await end(fake, 'undo', DONE.id, '--apply')).toBe(0)
    expect(fake.inputOf('operations.undo')).toEqual({ id: DONE.id })
  })

  it('undo goes on with a plan when a node was started since, and asks for it', async () => {
    const plan = anOperationPlan({ id: 'split-back', title: 'Split Iris and Kelp out again', asks: [] })
    const fake = ready(['n'])
    fake.answer('operations.undo', ok({ is: 'plan', plan }))
    fake.answer('operations.run', ok(anOperation()))
    expect(await end(fake, 'undo', DONE.id, '--apply')).toBe(2)
    expect(fake.err[0]).toContain('A node was started since')
    expect(fake.out[0]).toBe('Split Iris and Kelp out again')
    expect(fake.inputOf('operations.run')).toBeUndefined()
    expect(await end(fake, 'undo', DONE.id, '--apply', '--yes')).toBe(0)
    expect(fake.inputOf('operations.run')).toMatchObject({ plan: 'split-back' })
  })

  it('undo fails for one that is not known, or cannot be undone', async () => {
    const fake = ready()
    expect(await end(fake, 'undo', 'another', '--apply')).toBe(1)
    expect(fake.err).toEqual(['No operation is called another.'])
    fake.answer('operations.undo', fail('operation/not-undoable', 'The data at the old place was removed.'))
    expect(await end(fake, 'undo', DONE.id, '--apply')).toBe(1)
    expect(fake.err.at(-1)).toBe('It was not undone: The data at the old place was removed.')
  })

  it.each(['finish', 'roll-back', 'undo'] as const)('%s asks which', async (verb) => {
    const fake = ready()
    expect(await end(fake, verb)).toBe(64)
    expect(fake.calls).toEqual([])
  })
})
