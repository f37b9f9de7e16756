import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readIdentitiesFolder } from '../../../electron/identities/index.ts'
import { systemFiles } from '../../../electron/lib/files.ts'
import { runVaultJob } from '../../../electron/vault/index.ts'
import { openBackup } from '../../../electron/vault/open.ts'
import { isBackupName } from '../../../electron/vault/format.ts'
import { killBackups, killRestores, recipient } from './kills.ts'
import { aMachine, backup, filesBelow, launch, made, PASSPHRASE, type Machine } from './machine.ts'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const why = 'mounting needs root on Linux'
if (!isRoot) console.log(`skipped: ${why}`)

let machine: Machine
let mounts: string[]
beforeEach(() => {
  machine = aMachine()
  mounts = []
})
afterEach(() => {
  for (const at of mounts.reverse()) spawnSync('umount', ['-l', at])
  machine.end()
})

function mount(at: string, ...args: readonly string[]): boolean {
  const isMounted = spawnSync('mount', [...args, at]).status === 0
  if (isMounted) mounts.push(at)
  return isMounted
}

describe('the vault process', () => {
  it('restores what was lost, arms nothing, and puts the database under no key', async () => {
    const file = await made(machine, { passphrase: PASSPHRASE })
    const keys = readdirSync(path.join(machine.dataFolder, 'identities'))
    const texts = keys.map((name) => readFileSync(path.join(machine.dataFolder, 'identities', name), 'utf8'))
    rmSync(machine.dataFolder, { recursive: true })
    const secret = { passphrase: PASSPHRASE }
    const opened = await runVaultJob({ launch, request: { job: 'open', file, secret, here: machine.here() } }).done
    if (!opened.ok) throw new Error(opened.fault.detail)
    const ids = opened.value.items.map(({ id }) => id)
    const { quarantine } = machine
    const restored = await runVaultJob({
      launch,
      request: { job: 'restore', file, secret, here: machine.here(), ids, quarantine, mark: 'here' },
    }).done
    if (!restored.ok) throw new Error(restored.fault.detail)
    expect(restored.value.report.refused).toEqual([])
    expect([...restored.value.keys].sort()).toEqual([...machine.identities].sort())
    expect(existsSync(path.join(machine.dataFolder, 'identities'))).toBe(false)
    const held = machine.identities.map((id) => readFileSync(path.join(quarantine, 'held', `${id}.key`), 'utf8'))
    expect(held.sort()).toEqual(texts.sort())
    expect(readdirSync(machine.dataFolder).sort()).toEqual(['config.json', 'local.sql'])
  })

  it('plans, and keeps a history that is being written in a file of its own', async () => {
    const db = new Database(path.join(machine.root, 'history.sqlite'))
    db.pragma('journal_mode = WAL')
    db.exec('CREATE TABLE proofs (at INTEGER); INSERT INTO proofs VALUES (1), (2), (3)')
    const item = { is: 'database' as const, name: 'history/history.sqlite', path: db.name, bytes: 0 }
    const by = await recipient()
    const file = await made(machine, { kind: 'history', items: [item], recipients: by.recipients })
    db.close()
    expect(path.basename(file)).toMatch(/^smeshkeeper-history-/)
    const opened = await openBackup(file, { identities: [by.secret] }, systemFiles)
    if (!opened.ok) throw new Error(opened.fault.detail)
    const [entry] = opened.value.manifest.entries
    writeFileSync(path.join(machine.root, 'copy.sqlite'), entry === undefined ? '' : await opened.value.whole(entry))
    const copy = new Database(path.join(machine.root, 'copy.sqlite'), { readonly: true })
    expect(copy.prepare('SELECT count(*) AS n FROM proofs').get()).toEqual({ n: 3 })
    copy.close()
    const { keys } = readIdentitiesFolder(machine.dataFolder)
    const sources = { keys, names: {}, nodes: [], posFolders: [], records: [], extraFiles: [], offered: [], parts: [] }
    const planned = await runVaultJob({ launch, request: { job: 'plan', sources } }).done
    expect(planned).toMatchObject({ ok: true, value: { plan: { parts: [{ part: 'keys', items: machine.identities.length }] } } })
  })

  it('tells a wrong passphrase, a missing file and one destroyed bit', async () => {
    const file = await made(machine, { passphrase: PASSPHRASE })
    const open = (changes: object) =>
      runVaultJob({ launch, request: { job: 'open', file, secret: { passphrase: PASSPHRASE }, here: machine.here(), ...changes } }).done
    expect(await open({ secret: { passphrase: 'wrong' } })).toMatchObject({ fault: { code: 'backup/wrong-secret' } })
    expect(await open({ secret: {} })).toMatchObject({ fault: { code: 'backup/no-secret' } })
    expect(await open({ file: `${file}x` })).toMatchObject({ fault: { code: 'backup/not-there' } })
    const bytes = readFileSync(file)
    bytes[bytes.length - 3000] = (bytes[bytes.length - 3000] ?? 0) ^ 8
    writeFileSync(file, bytes)
    expect(await open({})).toMatchObject({ fault: { code: 'backup/damaged' } })
  })

  it('keeps the passphrase and the keys out of its arguments, its environment and its answers', async () => {
    const lines: string[] = []
    const child = spawn(launch.file, launch.prefixArgs, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...launch.env } })
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
    child.stdin.write(`${JSON.stringify({ job: 'backup', make: machine.job({ passphrase: PASSPHRASE }), temporary: machine.temporary })}\n`)
    if (process.platform === 'linux')
      for (const name of ['cmdline', 'environ']) expect(readFileSync(`/proc/${child.pid}/${name}`, 'utf8')).not.toContain(PASSPHRASE)
    await new Promise((resolve) => child.on('close', resolve))
    const text = lines.join('')
    expect(text).toContain('"answer"')
    expect(text).not.toContain(PASSPHRASE)
    for (const [file, bytes] of filesBelow(path.join(machine.dataFolder, 'identities')))
      expect(text.includes(bytes.toString().slice(0, 64)), file).toBe(false)
  })

  it('ends when whoever started it is gone', async () => {
    const big = path.join(machine.root, 'big.bin')
    writeFileSync(big, '')
    truncateSync(big, 2 * 1024 ** 3)
    const child = spawn(launch.file, launch.prefixArgs, { stdio: ['pipe', 'pipe', 'ignore'], env: { ...launch.env } })
    const make = machine.job({ ...(await recipient()), items: machine.items([big]) })
    child.stdin.write(`${JSON.stringify({ job: 'backup', make, temporary: machine.temporary })}\n`)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.stdin.end()
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(3)
    expect(readdirSync(machine.stick).filter(isBackupName)).toEqual([])
  })

  it('survives kills at random moments without a partial file under the final name', async () => {
    const backups = await killBackups(machine, 14, Math.random)
    console.log(backups.line)
    expect(backups.broken).toEqual([])
  })

  it('survives kills while it restores: what is there is whole, and no key is armed', async () => {
    const restores = await killRestores(machine, 6, Math.random)
    console.log(restores.line)
    expect(restores.broken).toEqual([])
  })
})

describe.skipIf(!isRoot)('drives', () => {
  it('that are full, read-only or gone get a fault with cause and action, and nothing stays on them', async () => {
    expect(mount(machine.stick, '-t', 'tmpfs', '-o', 'size=1M', 'tmpfs')).toBe(true)
    const big = path.join(machine.root, 'big.bin')
    writeFileSync(big, Buffer.alloc(3 * 1024 ** 2, 1))
    const by = await recipient()
    expect(await backup(machine, { ...by, items: machine.items([big]) }).done).toMatchObject({ fault: { code: 'backup/no-space' } })
    expect(readdirSync(machine.stick)).toEqual([])
    expect((await backup(machine, by).done).ok).toBe(true)
    expect(spawnSync('mount', ['-o', 'remount,ro', machine.stick]).status).toBe(0)
    expect(await backup(machine, by).done).toMatchObject({ fault: { code: 'backup/not-written' } })
    expect(readdirSync(machine.stick)).toHaveLength(1)
    rmSync(path.join(machine.root, 'nowhere'), { force: true })
    expect(await backup(machine, { ...by, folder: path.join(machine.root, 'nowhere') }).done).toMatchObject({
      fault: { code: 'backup/no-place' },
    })
  })

  it('of their own are known by their file system, and a backup on one opens after it was away', async (context) => {
    const image = path.join(machine.root, 'disk.img')
    writeFileSync(image, '')
    truncateSync(image, 32 * 1024 ** 2)
    if (spawnSync('mkfs.ext4', ['-q', image]).status !== 0 || !mount(machine.stick, '-o', 'loop', image))
      context.skip('needs mkfs.ext4 and a loop device')
    const job = { folders: [machine.stick, '/dev/shm'], withVolumes: false, keyFolders: [], posFolders: [], home: '/root' }
    const places = await runVaultJob({ launch, request: { job: 'places', places: job } }).done
    expect(places).toMatchObject({ ok: true, value: [{ folder: machine.stick, isWritable: true }, { verdict: 'not-persistent' }] })
    const { secret, recipients } = await recipient()
    const file = await made(machine, { recipients })
    spawnSync('umount', [machine.stick])
    const identityFile = path.join(machine.root, 'identity.txt')
    writeFileSync(identityFile, `${secret}\n`)
    const drill = () =>
      runVaultJob({ launch, request: { job: 'drill', drill: { file, live: [], isTyped: false, at: 1 }, secret: { identityFile } } }).done
    expect(await drill()).toMatchObject({ value: { result: { is: 'not-reached' } } })
    expect(mount(machine.stick, '-o', 'loop', image)).toBe(true)
    expect(await drill()).toMatchObject({ value: { result: { is: 'passed' } } })
  })
})
