import { describe, expect, it } from 'vitest'
import { scan } from '../../../../electron/cli/keys/scan.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import { shortId } from '../../../../shared/domain/ids.ts'
import type { Inventory } from '../../../../shared/domain/inventory.ts'
import { aConflict, aKeyCopy, anInventory, anInventoryIdentity, aScanProgress } from '../../../builders/inventory.ts'
import { anId, NOW } from '../../../builders/snapshot.ts'
import { fakeCli, wordsOf, type FakeCli } from './fake-cli.ts'

const clean = (): Inventory =>
  anInventory({ identities: [anInventoryIdentity({ index: 0, nickname: 'Amber' })], keys: [aKeyCopy()], volumes: [] })

/** Runs the verb against a keeper whose search ends with this. */
async function scanned(fake: FakeCli, inventory: Inventory, ...argv: readonly string[]): Promise<number> {
  fake.answer('scan.begin', () => {
    fake.answer('scan.state', ok({ is: 'done', inventory }))
    return ok(undefined)
  })
  return scan(fake.cli, wordsOf(...argv))
}

describe('scan', () => {
  it('tells what was found, worst first, and asks for the user with its exit code', async () => {
    const fake = fakeCli()
    fake.answer('keys.conflicts', ok([aConflict()]))
    expect(await scanned(fake, anInventory(), '--folder', 'data', '--folder', '/mnt/x')).toBe(1)
    expect(fake.inputOf('scan.begin')).toEqual({ folders: ['/home/me/data', '/mnt/x'] })
    const text = fake.out.join('\n')
    expect(text).toContain('Found 5 identities, 5 key files, 3 PoS folders, 2 nodes, 2 set-ups on 2 volumes in 41')
    expect(text.indexOf('! Amber would run twice')).toBeGreaterThan(0)
    expect(text.indexOf('! Amber would run twice')).toBeLessThan(text.indexOf(`! ${shortId(anId(3))}: Its data is incomplete`))
    expect(text).toContain('key runs     /home/me/spacemesh/identities/k0.key (spacemesh.service)')
    expect(text).toContain('postdata_7.bin is missing.')
    expect(text).toContain('nas (/mnt/nas): It did not answer within 5 s.')
    expect(fake.isClosed()).toBe(true)
  })

  it('is content when nothing wants the user', async () => {
    const fake = fakeCli()
    expect(await scanned(fake, clean())).toBe(0)
    expect(fake.out.join('\n')).not.toContain('Needs you')
  })

  it.each([
    ['a key that is missing', { identities: [anInventoryIdentity({ key: 'missing' })] }, 'key-missing'],
    ['data that is incomplete', { identities: [anInventoryIdentity({ data: 'incomplete' })] }, 'data-incomplete'],
    ['a spoilt key that a node would load', { keys: [aKeyCopy({ form: 'bad', problem: 'it is empty' })] }, 'key-file'],
    ['a search that was not finished', { isWhole: false }, 'not-whole'],
  ] as const)('asks for the user about %s', async (_, parts, code) => {
    const fake = fakeCli()
    expect(await scanned(fake, { ...clean(), ...parts }, '--json')).toBe(1)
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ needs: [{ code }] })
  })

  it.each([
    ['a spoilt key file at rest', { keys: [aKeyCopy({ form: 'bad', isLoaded: false })] }],
    ['a key whose data lies elsewhere', { identities: [anInventoryIdentity({ data: 'missing' })] }],
  ] as const)('does not ask for the user about %s', async (_, parts) => {
    expect(await scanned(fakeCli(), { ...clean(), ...parts })).toBe(0)
  })

  it('prints one object with stable fields, and neither arguments of others nor rows of a database', async () => {
    const fake = fakeCli()
    await scanned(fake, anInventory(), '--json')
    expect(fake.out).toHaveLength(1)
    const found = JSON.parse(fake.out[0] ?? '') as Record<string, unknown>
    expect(Object.keys(found).join(' ')).toBe(
      'startedAt finishedAt isWhole needs conflicts identities keys posFolders nodes processes setups volumes',
    )
    expect(fake.out[0]).not.toContain('config.json')
    expect(found['nodes']).toMatchObject([{ local: { is: 'read', schema: 9 } }, {}])
    expect(JSON.stringify(found['nodes'])).not.toContain('rows')
  })

  it('shows progress only where somebody sees it, and wipes it away', async () => {
    const fake = fakeCli({ typed: [] })
    fake.answer('scan.begin', () => {
      fake.answer('scan.state', () => {
        fake.publish('scan.changed', { is: 'running', progress: aScanProgress() })
        return ok({ is: 'done', inventory: clean() })
      })
      return ok(undefined)
    })
    await scan(fake.cli, wordsOf())
    expect(fake.shown[0]).toMatch(/^\rVolume 3 of 6 in North: 1840 folders, 3 key files/)
    expect(fake.shown.at(-1)).toBe('\r\u001B[K')
    const blind = fakeCli()
    await scanned(blind, clean())
    expect(blind.shown).toEqual([])
  })

  it('cancels on Ctrl-C, and does not take the search before for this one', async () => {
    const fake = fakeCli()
    fake.answer('scan.state', ok({ is: 'done', inventory: clean() }))
    fake.answer('scan.begin', () => {
      fake.answer('scan.state', ok({ is: 'running', progress: aScanProgress(), last: clean() }))
      setImmediate(() => fake.cli.interrupts.hit())
      return ok(undefined)
    })
    fake.answer('scan.cancel', () => {
      fake.publish('scan.changed', { is: 'done', inventory: clean() })
      return ok(undefined)
    })
    expect(await scan(fake.cli, wordsOf())).toBe(130)
    expect(fake.out).toEqual([])
    expect(fake.err).toEqual(['The search did not end: the search was cancelled.'])
  })

  it('says why nothing was searched', async () => {
    const fake = fakeCli()
    fake.answer('scan.begin', fail('scan/busy', 'a search is running'))
    expect(await scan(fake.cli, wordsOf('--json'))).toBe(5)
    expect(fake.err[0]).toContain('a search is running. Wait until')
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ fault: { code: 'scan/busy' } })
    const broken = fakeCli()
    broken.answer('scan.begin', () => {
      broken.answer('scan.state', ok({ is: 'failed', at: NOW, why: 'the program that searches has died' }))
      return ok(undefined)
    })
    expect(await scan(broken.cli, wordsOf())).toBe(1)
    expect(broken.err).toEqual(['The search did not end: the program that searches has died.'])
  })

  it('lets no name command the terminal', async () => {
    const fake = fakeCli()
    const path = '/mnt/\u001b[2Jx\u009b1A'
    const inventory = { ...clean(), identities: [anInventoryIdentity({ posFolders: [path], nickname: 'a\u202eb' })] }
    await scanned(fake, inventory)
    expect(fake.out.join('\n')).toContain('/mnt/[2Jx1A')
    for (const loud of ['\u001b', '\u009b', '\u202e']) expect(fake.out.join('')).not.toContain(loud)
    const forPrograms = fakeCli()
    await scanned(forPrograms, inventory, '--json')
    for (const loud of ['\u001b', '\u009b', '\u202e']) expect(forPrograms.out[0]).not.toContain(loud)
    expect(JSON.parse(forPrograms.out[0] ?? '')).toMatchObject({ identities: [{ id: anId(0), posFolders: [path], nickname: 'a\u202eb' }] })
  })

  it('takes no word that it does not know', async () => {
    for (const argv of [['x'], ['--yes'], ['--folder'], ['--folder='], ['--json=1']]) {
      const fake = fakeCli()
      expect(await scan(fake.cli, wordsOf(...argv))).toBe(64)
      expect(fake.calls).toEqual([])
    }
  })
})
