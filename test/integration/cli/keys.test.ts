import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Home } from '../../../electron/lib/home.ts'
import { aSetup } from '../../unit/keeper/builders.ts'
import { aKey } from '../../unit/identities/keys.ts'
import { newHome, startCli } from '../keeper/running.ts'

const SECRET = 'correct horse battery staple'

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A user's own folder with a node that knows two keys, and a set-up of ours for it. */
function aMachine() {
  const home = newHome()
  const user = path.join(home.root, 'user')
  const node = path.join(user, 'spacemesh')
  mkdirSync(path.join(node, 'identities'), { recursive: true })
  const keys = [aKey(1), aKey(2)].map(({ id: identity, hex }, i) => {
    const file = path.join(node, 'identities', `k${i}.key`)
    writeFileSync(file, hex, { mode: 0o600 })
    return { identity, hex, file } as const
  })
  const setup = aSetup()
  writeFileSync(path.join(user, 'config.json'), '{}')
  mkdirSync(home.config, { recursive: true })
  const ours = {
    ...setup,
    node: { ...setup.node, dataFolder: node, configFile: path.join(user, 'config.json') },
    identities: keys.map(({ identity }, i) => ({ id: identity, nickname: ['Amber', 'Birch'][i], keyFile: `k${i}.key` })),
    services: [],
  }
  writeFileSync(path.join(home.config, 'setup.json'), JSON.stringify(ours))
  return { home, user, node, keys }
}

/** Runs a verb as that user; the passphrase lies in a variable. */
async function runAs({ home, user }: { readonly home: Home; readonly user: string }, ...argv: readonly string[]): Promise<Ended> {
  const running = startCli(home, argv, { HOME: user, BACKUP_SECRET: SECRET })
  const code = await running.exit
  return { code, out: running.lines.join('\n'), err: running.stderr() }
}
const object = ({ out }: Ended): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>

/** Every file that Smeshkeeper keeps, but not what a test put there. */
const keptBy = ({ root }: Home): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !path.join(entry.parentPath, entry.name).startsWith(path.join(root, 'user')))
    .map((entry) => path.join(entry.parentPath, entry.name))

describe('verbs about keys with a quiet keeper', () => {
  it('back up, prove it, notice a spoilt bit, and bring back a lost key on hold', { timeout: 180_000 }, async () => {
    const machine = aMachine()
    const { home, user, keys } = machine
    const stick = path.join(user, 'stick')
    mkdirSync(stick)
    const made = await runAs(machine, 'backup', '--to', stick, '--passphrase-env', 'BACKUP_SECRET', '--json')
    expect(made).toMatchObject({ code: 0 })
    const { file, identities } = object(made) as { file: string; identities: string[] }
    expect([...identities].sort()).toEqual(keys.map(({ identity }) => identity).sort())
    expect(readdirSync(stick)).toEqual([path.basename(file)])

    const passed = await runAs(machine, 'drill', '--passphrase-env', 'BACKUP_SECRET', '--json')
    expect([passed.code, object(passed)['is']]).toEqual([0, 'passed'])
    const spoilt = readFileSync(file)
    const at = Math.floor(spoilt.length / 2)
    spoilt[at] = (spoilt[at] ?? 0) ^ 1
    writeFileSync(path.join(stick, 'spoilt.age'), spoilt)
    const failed = await runAs(machine, 'drill', path.join(stick, 'spoilt.age'), '--passphrase-env', 'BACKUP_SECRET')
    expect(failed).toMatchObject({ code: 1, out: expect.stringContaining('FAILED') as string })

    const [lost] = keys
    if (lost === undefined) throw new Error('there are two keys')
    rmSync(lost.file)
    const back = await runAs(machine, 'restore', file, '--apply', '--yes', '--passphrase-env', 'BACKUP_SECRET', '--json')
    expect(back).toMatchObject({ code: 0 })
    const { items } = object(back) as { items: { part: string; is: string; identity?: string; target: string }[] }
    const ofKeys = items.filter(({ part }) => part === 'keys')
    expect(new Map(ofKeys.map(({ identity, is }) => [identity, is]))).toEqual(
      new Map([
        [lost.identity, 'missing'],
        [keys[1]?.identity, 'same'],
      ]),
    )
    const held = ofKeys.find(({ is }) => is === 'missing')?.target ?? ''
    expect(readFileSync(held, 'latin1')).toBe(lost.hex)
    expect(statSync(held).mode & 0o777).toBe(0o600)
    expect(existsSync(lost.file)).toBe(false) // on hold: no node may load it yet

    const kept = keptBy(home).filter((name) => name !== held)
    for (const name of kept) {
      const text = readFileSync(name, 'latin1')
      expect(text.includes('horse'), name).toBe(false)
      for (const { hex } of keys) expect(text.toLowerCase().includes(hex.slice(0, 64)), name).toBe(false)
    }
    for (const { out, err } of [made, passed, failed, back]) expect(out + err).not.toMatch(/horse/)
    expect(existsSync(home.socket)).toBe(false)
  })

  it('search the machine and say what it knows of each identity', { timeout: 120_000 }, async () => {
    const machine = aMachine()
    const { user, keys } = machine
    const extra = path.join(user, 'elsewhere')
    mkdirSync(extra)
    writeFileSync(path.join(extra, 'old.key'), keys[1]?.hex ?? '')
    const found = await runAs(machine, 'scan', '--folder', extra, '--json')
    expect(found.code === 0 || found.code === 1).toBe(true) // other findings of this machine may want somebody
    const seen = object(found) as { keys: { path: string; identity?: string }[]; isWhole: boolean }
    for (const [file, identity] of [[path.join(extra, 'old.key'), keys[1]?.identity], ...keys.map((key) => [key.file, key.identity])])
      expect(seen.keys).toContainEqual(expect.objectContaining({ path: file, identity }))
    expect(found.out).not.toContain(keys[0]?.hex.slice(0, 64))
    const listed = await runAs(machine, 'identities', '--json')
    expect(listed.code).toBe(0)
    expect(object(listed)).toMatchObject({
      identities: expect.arrayContaining([
        expect.objectContaining({ id: keys[0]?.identity, nickname: 'Amber', isInSetup: true, key: 'here', backup: { is: 'none' } }),
      ]) as unknown[],
    })
  })
})
