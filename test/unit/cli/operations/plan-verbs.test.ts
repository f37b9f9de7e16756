import { describe, expect, it } from 'vitest'
import { PLAN_VERBS, planVerb } from '../../../../electron/cli/operations/verbs.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import type { OperationPlan } from '../../../../shared/domain/operation.ts'
import { ATTEST, anOperation, anOperationPlan, aRunningOperation, operationsState } from '../../../builders/operation.ts'
import { aSnapshot } from '../../../builders/snapshot.ts'
import { fakeCli, type FakeCli } from '../keys/fake-cli.ts'
import { wordsOf } from './words.ts'

const MERGE = ['--from', 'attic', '--to', '/srv/main']
const [first, second] = aSnapshot().identities
const SECRET = 'correct horse battery staple'

/** A keeper with this plan; without `typed` nobody can be asked. */
function ready(typed?: readonly (string | undefined)[], plan: Partial<OperationPlan> = {}): FakeCli {
  const fake = fakeCli({ ...(typed === undefined ? {} : { typed }), env: { S: SECRET } })
  fake.answer('operations.plan', ok(anOperationPlan(plan)))
  fake.answer('operations.run', ok(anOperation()))
  return fake
}
const merge = (fake: FakeCli, ...more: readonly string[]): Promise<number> => planVerb(fake.cli, wordsOf(...MERGE, ...more), 'merge')

describe('a verb that plans', () => {
  it('shows what is, what will be, steps, rows, risks and checks, and changes nothing', async () => {
    const fake = ready([])
    expect(await merge(fake)).toBe(0)
    const text = fake.out.join('\n')
    for (const part of [
      'Merge Attic into Main: one node, 5 identities',
      'Before\n  Main  /home/me/spacemesh  v1.7.6, schema 9',
      'iris.key  (renamed from identity.key)',
      '    disarmed: no key, cannot smesh; nothing deleted',
      ' 1 Stop both nodes and take their locks',
      'poet_registration    6 + 4',
      'a ban for ever: Attic must never start again',
      '!  coinbase differs',
      'Stopped meanwhile\n  Main\n  Attic',
      'Undo: Undo restores both exactly',
    ])
      expect(text).toContain(part)
    expect(fake.out.slice(-2)).toEqual(['', 'Nothing was changed. --apply does it.'])
    expect(fake.inputOf('operations.run')).toBeUndefined()
    expect(fake.isClosed()).toBe(true)
  })

  it('prints the plan as one object with --json', async () => {
    const fake = ready()
    expect(await merge(fake, '--json')).toBe(0)
    expect(fake.out).toHaveLength(1)
    expect(JSON.parse(fake.out[0] ?? '')).toEqual(anOperationPlan())
  })

  it('tells every refusal and runs nothing, also with --apply --yes', async () => {
    const refusals = [
      { code: 'merge/schema', detail: 'Attic has schema 7. Start its node once with v1.7.6, then plan again', retry: 'user' as const },
      { code: 'merge/twice', detail: 'Iris is in both nodes. Disarm one', retry: 'user' as const },
    ]
    const fake = ready(undefined, { refusals })
    expect(await merge(fake, '--apply', '--yes')).toBe(1)
    expect(fake.err).toEqual([
      'It cannot be done:',
      '  Attic has schema 7. Start its node once with v1.7.6, then plan again.',
      '  Iris is in both nodes. Disarm one.',
    ])
    expect(fake.inputOf('operations.run')).toBeUndefined()
  })

  it.each([
    ['operation/busy', 5],
    ['operation/unreadable', 1],
  ])('tells why nothing was planned: %s', async (code, exit) => {
    const fake = ready()
    fake.answer('operations.plan', fail(code, 'the reason'))
    expect(await merge(fake, '--json')).toBe(exit)
    expect(fake.err[0]).toBe('Nothing was planned: the reason.')
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ fault: { code } })
  })

  it('keeps control characters of names from the terminal', async () => {
    const fake = ready([], { title: 'Merge \u001B[31mred' })
    await merge(fake)
    expect(fake.out.join('')).not.toContain('\u001B')
  })
})

describe('a plan that is run', () => {
  it('asks what only the user knows, and runs on a yes', async () => {
    const fake = ready(['y'])
    expect(await merge(fake, '--apply')).toBe(0)
    expect(fake.err).toContain(ATTEST)
    expect(fake.inputOf('operations.run')).toEqual({ plan: anOperationPlan().id, ticked: ['elsewhere'], acceptsPrice: false })
    expect(fake.out.join('\n')).toContain(`${anOperation().id}  Merge Attic into Main: one node, 5 identities: done`)
    expect(fake.err.at(-1)).toContain(`operations start ${anOperation().id}`)
  })

  it('asks for the whole when nothing is to be ticked', async () => {
    const fake = ready(['y'], { asks: [] })
    expect(await merge(fake, '--apply')).toBe(0)
    expect(fake.err[0]).toBe('Merge Attic into Main: one node, 5 identities.')
    expect(fake.inputOf('operations.run')).toMatchObject({ ticked: [] })
  })

  it('asks one by one, and stops at the first no', async () => {
    const asks = [
      { id: 'a', text: 'The first.' },
      { id: 'b', text: 'The second.' },
      { id: 'c', text: 'The third.' },
    ]
    const fake = ready(['y', 'n'], { asks })
    expect(await merge(fake, '--apply')).toBe(2)
    expect(fake.err).toEqual(['The first.', 'The second.', 'Nothing was done.'])
    expect(fake.inputOf('operations.run')).toBeUndefined()
  })

  it.each([
    ['a no', 'n', 2],
    ['an empty answer', '', 2],
    ['Ctrl-C', undefined, 130],
  ] as const)('runs nothing after %s', async (_, answer, code) => {
    const fake = ready([answer])
    expect(await merge(fake, '--apply')).toBe(code)
    expect(fake.inputOf('operations.run')).toBeUndefined()
  })

  it('needs --yes where nobody can be asked', async () => {
    const without = ready()
    expect(await merge(without, '--apply')).toBe(2)
    expect(without.err.at(-1)).toBe('Nothing was done. Add --yes to say so.')
    const fake = ready()
    expect(await merge(fake, '--apply', '--yes', '--json')).toBe(0)
    expect(fake.out).toHaveLength(1)
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ id: anOperation().id, state: 'done' })
    expect(fake.inputOf('operations.run')).toMatchObject({ ticked: ['elsewhere'] })
  })

  it('is refused while it would cost a proof, and done all the same with --now', async () => {
    const fake = ready()
    fake.answer('operations.run', (input) =>
      (input as { acceptsPrice: boolean }).acceptsPrice ? ok(anOperation()) : fail('operation/unsafe-now', 'Amber is at its proof.'),
    )
    expect(await merge(fake, '--apply', '--yes')).toBe(1)
    expect(fake.err).toContain('Add --now to do it all the same.')
    expect(fake.err).toContain('It did not come to its end: Amber is at its proof.')
    expect(await merge(fake, '--apply', '--yes', '--now')).toBe(0)
  })

  it.each([
    ['operation/stopped', 1, true],
    ['operation/cancelled', 130, true],
    ['operation/stale', 1, false],
    ['operation/refused', 1, false],
    ['internal', 70, false],
  ])('tells how it ended: %s', async (code, exit, isOpen) => {
    const fake = ready()
    fake.answer('operations.run', fail(code, 'the disk is full'))
    expect(await merge(fake, '--apply', '--yes')).toBe(exit)
    expect(fake.err).toContain('It did not come to its end: the disk is full.')
    expect(fake.err.some((line) => line.includes('`finish ID` goes on'))).toBe(isOpen)
  })

  it('shows how far it is, and cancels at the next safe point on Ctrl-C', async () => {
    const fake = ready(['y'])
    const view = aRunningOperation()
    fake.answer('operations.cancel', ok(undefined))
    fake.answer('operations.run', async () => {
      fake.publish('operations.changed', operationsState(view))
      fake.cli.interrupts.hit()
      await Promise.resolve()
      return fail('operation/cancelled', 'It was cancelled')
    })
    expect(await merge(fake, '--apply')).toBe(130)
    expect(fake.shown.join('')).toContain('Step 3 of 7, Build the merged database aside: 6 of 12')
    expect(fake.inputOf('operations.cancel')).toEqual({ id: view.id })
  })
})

describe('what each verb asks for', () => {
  const [one, two] = [first?.id ?? '', second?.id ?? '']
  const name = first?.name ?? ''
  it.each([
    [
      'merge',
      [...MERGE, '--from', '/b', '--tool', 't'],
      { kind: 'merge', from: ['/home/me/attic', '/b'], to: '/srv/main', names: {}, tool: '/home/me/t' },
    ],
    ['convert', ['node'], { kind: 'convert', folder: '/home/me/node' }],
    ['convert', ['node', '--post-listener', '127.0.0.1:1'], { kind: 'convert', folder: '/home/me/node', postListener: '127.0.0.1:1' }],
    ['convert', ['node', '--back', name], { kind: 'unconvert', folder: '/home/me/node', identity: one }],
    ['split', [name, two, '--to', '/n'], { kind: 'split', identities: [one, two], to: '/n' }],
    ['retire', [name.toLowerCase()], { kind: 'retire', identity: one }],
    ['retire', [one.slice(0, 12)], { kind: 'retire', identity: one }],
    ['put-back', ['entry', '--to', '/n'], { kind: 'put-back', entry: 'entry', to: '/n' }],
    ['take-over', ['spacemesh.service'], { kind: 'take-over', label: 'spacemesh.service' }],
    ['hand-over', ['node'], { kind: 'hand-over', what: 'node' }],
    ['hand-over', [name], { kind: 'hand-over', what: one }],
    ['move', [name, '--to', '/disk'], { kind: 'move-data', identity: one, to: '/disk' }],
    ['export-identity', [name, '--to', 'f.age'], { kind: 'export-identity', identity: one, file: '/home/me/f.age', recipients: [] }],
    ['import-identity', ['f.age', '--pos-folder', 'p'], { kind: 'import-identity', file: '/home/me/f.age', posFolder: '/home/me/p' }],
  ])('%s %j', async (verb, argv, request) => {
    const fake = ready([])
    expect(await planVerb(fake.cli, wordsOf(...argv), verb)).toBe(0)
    expect(fake.inputOf('operations.plan')).toEqual(request)
  })

  it.each([
    ['merge', ['--to', '/a'], 'Which nodes, and into which?'],
    ['merge', [...MERGE, 'word'], 'There is a word too many.'],
    ['merge', [...MERGE, '--yes'], '--yes and --now go with --apply.'],
    ['merge', [...MERGE, '--to', '/b'], '--to can be given once.'],
    ['convert', [], 'Which data folder?'],
    ['split', [name], 'Into which data folder?'],
    ['split', ['Nobody', '--to', '/n'], 'Nobody here is called Nobody.'],
    ['retire', [], 'Which identity?'],
    ['put-back', [], 'Which entry of the quarantine?'],
    ['take-over', [], 'From what?'],
    ['move', [name], 'Where to?'],
    ['export-identity', [name], 'Into which file?'],
    ['import-identity', [], 'Which file?'],
    ['import-identity', ['f', '--passphrase', 'x'], '--passphrase is not known here.'],
  ])('%s %j is no request', async (verb, argv, why) => {
    const fake = ready([])
    expect(await planVerb(fake.cli, wordsOf(...argv), verb)).toBe(64)
    expect(fake.err.join('\n')).toContain(why)
    expect(fake.err.join('\n')).toContain(PLAN_VERBS[verb]?.usage.split(' ')[0] ?? '?')
    expect(fake.inputOf('operations.plan')).toBeUndefined()
  })

  it('takes the passphrase of an import only when it is run, and never shows it', async () => {
    const planned = ready()
    const argv = ['f.age', '--passphrase-env', 'S']
    expect(await planVerb(planned.cli, wordsOf(...argv), 'import-identity')).toBe(0)
    const fake = ready()
    expect(await planVerb(fake.cli, wordsOf(...argv, '--apply', '--yes'), 'import-identity')).toBe(0)
    expect(fake.inputOf('operations.plan')).not.toHaveProperty('passphrase')
    expect(fake.inputOf('operations.run')).toMatchObject({ passphrase: SECRET })
    expect([...fake.out, ...fake.err, ...fake.shown].join()).not.toContain(SECRET)
  })

  it('seals an export to recipients without any passphrase', async () => {
    const fake = ready()
    const argv = [name, '--to', 'f.age', '--recipient', 'age1qqqq', '--apply', '--yes']
    expect(await planVerb(fake.cli, wordsOf(...argv), 'export-identity')).toBe(0)
    expect(fake.inputOf('operations.plan')).toMatchObject({ recipients: ['age1qqqq'] })
    expect(fake.inputOf('operations.run')).not.toHaveProperty('passphrase')
  })
})
