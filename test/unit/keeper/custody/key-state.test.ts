import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { keyStateOf, watchKeys } from '../../../../electron/keeper/custody/key-watch.ts'
import type { KeyCopy } from '../../../../shared/domain/inventory.ts'
import type { Observation } from '../../../../shared/domain/observation.ts'
import type { Hold } from '../../../../shared/domain/publication.ts'
import { aHold, aKeyCopy } from '../../../builders/inventory.ts'
import { aKey } from '../../identities/keys.ts'
import { aCustody, arm } from './context.ts'

const AMBER = aKey(1).id
const BIRCH = aKey(2).id
const copy = (parts: Partial<KeyCopy>): KeyCopy => aKeyCopy({ identity: AMBER, path: '/node/identities/amber.key', ...parts })
/** A file of which no public key can be read. */
function unnamed(parts: Partial<KeyCopy>): KeyCopy {
  const { identity: _unreadable, ...rest } = copy({ form: 'bad', problem: 'it is empty', ...parts })
  return rest
}

describe('the state of a key', () => {
  it('is present when the node would load it, under whatever name', () => {
    expect(keyStateOf(AMBER, 'other.key', [copy({})], undefined)).toEqual({ is: 'present' })
  })

  it('is present also while a hold lies about: what the node loads is armed', () => {
    expect(keyStateOf(AMBER, 'amber.key', [copy({})], aHold())).toEqual({ is: 'present' })
  })

  it.each([
    ['the folder is empty', []],
    ['only another key is there', [copy({ identity: BIRCH, path: '/node/identities/birch.key' })]],
    ['its file has a name that the node does not load', [copy({ isLoaded: false, path: '/node/identities/amber.key.bak' })]],
    ['a broken file is there that is not its own', [unnamed({ path: '/node/identities/notes.key' })]],
    ['a broken file only ends like its own', [unnamed({ path: '/node/identities/old-amber.key' })]],
  ])('is missing when %s', (_when, keys) => {
    expect(keyStateOf(AMBER, 'amber.key', keys, undefined)).toEqual({ is: 'missing' })
  })

  it('is held, with the reason and the end of the window, when nothing of it is armed', () => {
    expect(keyStateOf(AMBER, 'amber.key', [], aHold({ reason: 'why', until: 7 }))).toEqual({ is: 'held', text: 'why', until: 7 })
    const { until: _end, ...endless } = aHold({ reason: 'why' })
    expect(keyStateOf(AMBER, 'amber.key', [], endless)).toEqual({ is: 'held', text: 'why' })
  })

  it('is held, not invalid, when a broken file lies at its old place', () => {
    expect(keyStateOf(AMBER, 'amber.key', [unnamed({})], aHold({ reason: 'why' })).is).toBe('held')
  })

  it('is invalid, with what is wrong, when the node would refuse its file', () => {
    const wrong = copy({ form: 'repairable', problem: 'it ends with a line break' })
    expect(keyStateOf(AMBER, undefined, [wrong], undefined)).toEqual({ is: 'invalid', text: 'it ends with a line break' })
    expect(keyStateOf(AMBER, 'amber.key', [unnamed({})], undefined)).toEqual({ is: 'invalid', text: 'it is empty' })
  })

  it('is present when a good file lies beside a broken one of the same key', () => {
    const wrong = copy({ form: 'repairable', problem: 'it ends with a line break', path: '/node/identities/a.key' })
    expect(keyStateOf(AMBER, 'amber.key', [wrong, copy({})], undefined)).toEqual({ is: 'present' })
  })
})

describe('the watch of key files', () => {
  function watched() {
    const keys = [aKey(1), aKey(2)]
    const custody = aCustody(keys)
    const told: Extract<Observation, { kind: 'key-file' }>[] = []
    const holds = new Map<string, Hold>()
    const begin = () =>
      watchKeys({
        clock: custody.clock,
        setup: () => custody.setup(),
        holds: () => holds,
        emit: (one) => void (one.kind === 'key-file' && told.push(one)),
      })
    const last = (): string[] => keys.map(({ id }) => told.findLast(({ identity }) => identity === id)?.is ?? 'untold')
    return { custody, keys, told, holds, begin, last }
  }

  it('tells of a file that came and of one that went, and says the same thing once', async () => {
    const { custody, told, begin, last } = watched()
    const amber = arm(custody.dataFolder, aKey(1))
    const watch = begin()
    await vi.waitFor(() => expect(last()).toEqual(['present', 'missing']))
    await watch.look()
    expect(told).toHaveLength(2)
    rmSync(amber)
    arm(custody.dataFolder, aKey(2))
    custody.clock.advance(5_000)
    await vi.waitFor(() => expect(last()).toEqual(['missing', 'present']))
    expect(told).toHaveLength(4)
    watch.close()
  })

  it('sees within a minute that a file was changed in place', async () => {
    const { custody, begin, last } = watched()
    const amber = arm(custody.dataFolder, aKey(1), 'k0.key')
    const watch = begin()
    await vi.waitFor(() => expect(last()[0]).toBe('present'))
    writeFileSync(amber, `${aKey(1).hex}\n`)
    custody.clock.stall(60_000)
    custody.clock.advance(5_000)
    await vi.waitFor(() => expect(last()[0]).toBe('invalid'))
    watch.close()
  })

  it('knows nothing while the folder is away, and calls no key missing for it', async () => {
    const { custody, told, begin, last } = watched()
    arm(custody.dataFolder, aKey(1))
    const watch = begin()
    await vi.waitFor(() => expect(told).toHaveLength(2))
    const away = path.join(path.dirname(custody.dataFolder), 'unplugged')
    renameSync(custody.dataFolder, away)
    await watch.look()
    expect([told.length, watch.keys()]).toEqual([2, undefined])
    renameSync(away, custody.dataFolder)
    rmSync(path.join(custody.dataFolder, 'identities'), { recursive: true })
    await watch.look() // the folder is there, its keys are not: now they are missing
    expect(last()).toEqual(['missing', 'missing'])
    watch.close()
  })

  it.skipIf(process.getuid?.() === 0)('knows nothing of a folder that may not be read', async () => {
    const { custody, told, begin } = watched()
    chmodSync(path.join(custody.dataFolder, 'identities'), 0o000)
    const watch = begin()
    await watch.look()
    await watch.look()
    expect([told.length, watch.keys()]).toEqual([0, undefined])
    watch.close()
  })

  it('tells of a hold, and nothing more after it is closed', async () => {
    const { custody, told, holds, begin, last } = watched()
    holds.set(aKey(1).id, aHold({ until: 5 }))
    const watch = begin()
    await vi.waitFor(() => expect(last()).toEqual(['held', 'missing']))
    watch.close()
    arm(custody.dataFolder, aKey(1))
    custody.clock.advance(60_000)
    await watch.look()
    expect(told).toHaveLength(2)
  })
})
