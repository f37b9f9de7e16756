import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { diskSystem } from '../../../electron/hardware/index.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { launchProbeBy } from '../../../electron/pos-data/index.ts'
import { matchPath, nodeAt, startScan, type RunningScan, type ScanOptions, type ScanRequest } from '../../../electron/scan/index.ts'
import type { Inventory, ScanProgress } from '../../../shared/domain/inventory.ts'
import { aKey, writeKey, writeNodeFolder, writePosFolder } from '../../builders/machine-tree.ts'

const launch = () => launchFromSource(path.resolve('electron'))('scan')
const RECORDED = path.resolve('test/fixtures/recordings/data-folders')

let folder: string
let mounts: string[]
let loops: string[]
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-scan-'))
  mounts = []
  loops = []
  mkdirSync(at('me'))
  mkdirSync(at('keeper'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  for (const one of mounts) spawnSync('umount', ['-l', one])
  for (const one of loops) spawnSync('losetup', ['-d', one])
  rmSync(folder, { recursive: true, force: true })
})
const at = (name: string): string => path.join(folder, name)

/** A scan of this test's folder as the home of a user, with the mounts that lie in it. */
function begin(request: Partial<ScanRequest> = {}, options: Partial<ScanOptions> = {}): { scan: RunningScan; progress: ScanProgress[] } {
  const progress: ScanProgress[] = []
  const own = diskSystem()
    .mounts()
    .filter((mount) => mount.mountPoint.startsWith(folder))
  const scan = startScan({
    launch,
    clock: systemClock,
    log: silentLogger,
    machine: { platform: 'linux', mounts: own, env: {}, resolve: (one) => one },
    request: { home: at('keeper'), quarantine: at('keeper/quarantine'), homedir: at('me'), platform: 'linux', ...request },
    onProgress: (one) => progress.push(one),
    ...options,
  })
  return { scan, progress }
}

async function scanned(request: Partial<ScanRequest> = {}, options: Partial<ScanOptions> = {}): Promise<Inventory> {
  const done = await begin(request, options).scan.done
  if (!done.ok) throw new Error(done.fault.detail)
  return ofThisTest(done.value)
}

/** Without what other programs of this machine run: a scan looks wherever they point. */
function ofThisTest(found: Inventory): Inventory {
  const isOwn = (one: string): boolean => one.startsWith(folder)
  return {
    ...found,
    keys: found.keys.filter((one) => isOwn(one.path)),
    posFolders: found.posFolders.filter((one) => isOwn(one.path)),
    nodes: found.nodes.filter((one) => isOwn(one.dataFolder)),
    identities: found.identities.filter((one) => [...one.copies.map((copy) => copy.path), ...one.posFolders, ...one.knownBy].some(isOwn)),
  }
}

const isRoot = process.getuid?.() === 0

describe('a scan with its real process', () => {
  it('finds keys, data and nodes, and joins them', async () => {
    writeNodeFolder(at('me/spacemesh'), { 'amber.key': 1, 'basalt.key': 2 })
    writePosFolder(at('me/post/amber'), { number: 1 })
    writePosFolder(at('me/post/lost'), { number: 3 })
    writeKey(at('me/papers/old'), 2)
    writeFileSync(at('me/smeshkeeper-2026-11-01.zip.age'), 'age-encryption.org/v1\n')
    const { identities, isWhole, backups, nodes } = await scanned({ nicknames: { [aKey(1).identity]: 'Amber' } })
    expect(isWhole).toBe(true)
    expect(identities.map((one) => [one.id, one.key, one.data, one.nickname])).toEqual([
      [aKey(3).identity, 'missing', 'complete', undefined],
      [aKey(2).identity, 'here', 'missing', undefined],
      [aKey(1).identity, 'here', 'complete', 'Amber'],
    ])
    expect(backups).toEqual([at('me/smeshkeeper-2026-11-01.zip.age')])
    expect(nodes).toMatchObject([{ dataFolder: at('me/spacemesh'), mode: 'remote', starters: [] }])
    expect(readdirSync(at('keeper/state'))).toEqual([])
  })

  it('reads the databases of recorded nodes, whose rows are all in the log beside them, and changes nothing', async () => {
    const from = path.join(RECORDED, '1.8.3-remote-after-sigterm')
    execFileSync('cp', ['-a', from, at('me/node')])
    const before = execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], { cwd: at('me/node'), encoding: 'utf8' })
    const { nodes, identities } = await scanned()
    const [node] = nodes
    expect(node?.local.is === 'read' && node.local.rows.length).toBeGreaterThan(0)
    expect(identities.some((one) => one.knownBy.includes(at('me/node')))).toBe(true)
    expect(execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], { cwd: at('me/node'), encoding: 'utf8' })).toBe(before)
  })

  it('grades a key by what the set-up starts, and sees the twin in two such folders', async () => {
    writeNodeFolder(at('me/spacemesh'), { 'amber.key': 1 })
    writeNodeFolder(at('me/other'), { 'x.key': 1 })
    const nodes = [
      { dataFolder: at('me/spacemesh'), label: 'Smeshkeeper' },
      { dataFolder: at('me/other'), label: 'Other' },
    ]
    const { identities } = await scanned({ nodes })
    expect(identities[0]?.copies.map((one) => one.grade)).toEqual(['configured', 'configured'])
    expect(identities[0]?.sentence).toContain('armed in 2 node folders')
  })

  it('clears up what a killed search left long ago, and nothing else', async () => {
    const longAgo = new Date(Date.now() - 2 * 86_400_000)
    const kept = ['scan-fresh1', 'history-aaaaaa']
    for (const name of ['scan-abc123', 'local-sql-XyZ789', ...kept]) {
      mkdirSync(at(`keeper/state/${name}`), { recursive: true })
      writeFileSync(at(`keeper/state/${name}/copy.sql`), 'rows')
      if (name !== 'scan-fresh1') utimesSync(at(`keeper/state/${name}`), longAgo, longAgo)
    }
    await scanned()
    expect(readdirSync(at('keeper/state')).sort()).toEqual([...kept].sort())
  })

  it('knows the folder of a unit that names it by a link', async () => {
    writeNodeFolder(at('me/disk/spacemesh'), { 'amber.key': 1 })
    symlinkSync(at('me/disk'), at('me/link'))
    mkdirSync(at('me/.config/systemd/user'), { recursive: true })
    writeFileSync(
      at('me/.config/systemd/user/linked.service'),
      `[Service]\nExecStart=/opt/go-spacemesh/go-spacemesh -d ${at('me/link/spacemesh')}\n[Install]\nWantedBy=default.target\n`,
    )
    vi.stubEnv('HOME', at('me'))
    const { identities } = await scanned()
    expect(identities.find((one) => one.id === aKey(1).identity)?.copies).toMatchObject([{ grade: 'configured' }])
  })

  it('finds a node by the process that runs it, outside of every usual place', async () => {
    writeNodeFolder(at('far/away/node'), { 'amber.key': 1 })
    const practice = spawn(process.execPath, [path.resolve('electron/practice/node/main.ts'), '-d', at('far/away/node'), '--help'], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: 'ignore',
    })
    try {
      process.kill(practice.pid ?? 0, 'SIGSTOP')
      const { identities, processes } = await scanned()
      expect(processes.some((one) => one.pid === practice.pid && one.folder === at('far/away/node'))).toBe(true)
      expect(identities.find((one) => one.id === aKey(1).identity)?.copies).toMatchObject([{ grade: 'running' }])
    } finally {
      practice.kill('SIGKILL')
    }
  })

  it('reads 10,000 keys of one folder', async () => {
    mkdirSync(at('me/node/identities'), { recursive: true })
    const texts = Array.from({ length: 50 }, (_, i) => aKey(i).text)
    for (let i = 0; i < 10_000; i += 1) writeFileSync(at(`me/node/identities/k${i}.key`), texts[i % 50] ?? '')
    const { keys, nodes } = await scanned()
    expect(keys).toHaveLength(10_000)
    expect(nodes[0]?.identities).toHaveLength(10_000)
    expect(nodes[0]?.problems?.length).toBeGreaterThan(0)
  })

  it('survives hostile names, links that loop and fifos named like keys', async () => {
    writeKey(at(`me/line\nbreak/\u2028/${'n'.repeat(251)}.key`), 1)
    symlinkSync('..', at('me/loop'))
    execFileSync('mkfifo', [at('me/pipe.key')])
    mkdirSync(at('me/folder.key'))
    const { keys } = await scanned()
    expect(keys.map((one) => one.identity)).toEqual([aKey(1).identity])
  })

  it('names a root that does not answer, keeps what was found before, and goes on with the others', async () => {
    writeNodeFolder(at('me/spacemesh'), { 'amber.key': 1 })
    writeKey(at('dead/x.key'), 2)
    const { volumes, keys, isWhole } = await scanned(
      { roots: [at('dead')], limits: { silentMs: 1000, patientMs: 1500 } },
      { hangAt: at('dead') },
    )
    expect(isWhole).toBe(false)
    expect(volumes.find((one) => one.mountPoint === at('dead'))).toMatchObject({ is: 'not-answering' })
    expect(keys.map((one) => one.identity)).toEqual([aKey(1).identity])
  })

  it('takes a process that was only frozen for a while at its second try', async () => {
    writeNodeFolder(at('me/spacemesh'), { 'amber.key': 1 })
    for (let i = 0; i < 4000; i += 1) writeFileSync(at(`me/f${i}`), '')
    const { file, prefixArgs, env } = launch()
    let isFirst = true
    const { keys, isWhole } = await scanned(
      { limits: { silentMs: 1000, patientMs: 20_000 } },
      {
        start(events) {
          const child = launchProbeBy({ binary: file, args: [...prefixArgs], env: { ...process.env, ...env } })({
            ...events,
            onLine(line) {
              if (isFirst && line.includes('"at"')) {
                isFirst = false
                process.kill(child.pid ?? 0, 'SIGSTOP')
              }
              events.onLine(line)
            },
          })
          return child
        },
      },
    )
    expect(isFirst).toBe(false)
    expect(isWhole).toBe(true)
    expect(keys).toHaveLength(1)
  })

  it('gives what it has when it is cancelled, or says that it was', async () => {
    const early = begin()
    early.scan.cancel()
    expect(await early.scan.done).toMatchObject({ ok: false, fault: { code: 'scan/cancelled' } })
    writeNodeFolder(at('me/spacemesh'), { 'amber.key': 1 })
    const hung = begin({ roots: [at('me/spacemesh'), at('me')] }, { hangAt: at('me') })
    while (!hung.progress.some((one) => one.found.keys > 0)) await new Promise((resolve) => setTimeout(resolve, 20))
    hung.scan.cancel()
    const done = await hung.scan.done
    expect(done.ok && done.value).toMatchObject({ isWhole: false })
    expect(done.ok && ofThisTest(done.value).keys).toHaveLength(1)
  })

  it('fails with words when the process cannot be started', async () => {
    const done = await begin({}, { launch: () => ({ file: '/nowhere/scan', prefixArgs: [], env: {} }) }).scan.done
    expect(done).toMatchObject({ ok: false, fault: { code: 'scan/failed' } })
  })

  it.skipIf(!isRoot)('tells of folders that it may not read (skipped: needs root to become another user)', async () => {
    writeKey(at('me/open/a.key'), 1)
    writeKey(at('me/closed/b.key'), 2)
    for (const one of [folder, at('me'), at('me/open'), at('me/open/a.key')]) chmodSync(one, 0o755)
    chmodSync(at('me/closed'), 0o700)
    chmodSync(at('me/open/a.key'), 0o644)
    const { file, prefixArgs, env } = launch()
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', file, ...prefixArgs]
    const { keys, volumes } = await scanned(
      {},
      { start: (events) => launchProbeBy({ binary: 'setpriv', args: asNobody, env: { PATH: process.env['PATH'], ...env } })(events) },
    )
    expect(keys.map((one) => one.path)).toEqual([at('me/open/a.key')])
    expect(volumes.map((one) => one.why).join()).toContain('1 folder may not be read by your user')
  })
})

describe('a dropped path with its real process', () => {
  it('is told, and a node folder can be looked at by itself', async () => {
    execFileSync('cp', ['-a', path.join(RECORDED, '1.7.6-remote-after-sigterm'), at('node')])
    const context = { launch, clock: systemClock, inventory: undefined, temporary: folder }
    const answer = await matchPath(at('node'), context)
    expect(answer.ok && answer.value).toMatchObject({ is: 'node-folder', next: 'import' })
    expect(await nodeAt(at('node'), context)).toMatchObject({ mode: 'remote', local: { is: 'read', schema: 9 } })
    expect(await nodeAt(at('me'), context)).toBeUndefined()
    const gone = await matchPath(at('gone'), context)
    expect(gone.ok && gone.value.sentences[0]).toContain('does not exist')
  })

  it('is a fault when the process cannot look', async () => {
    const context = {
      launch: () => ({ file: '/nowhere/scan', prefixArgs: [], env: {} }),
      clock: systemClock,
      inventory: undefined,
      temporary: folder,
    }
    expect(await matchPath(at('me'), context)).toMatchObject({ ok: false, fault: { code: 'scan/unreadable' } })
  })
})

describe.skipIf(!isRoot || !canMount())('mounted volumes (skipped: needs root and mounts)', () => {
  it('are roots of their own, also when one lies in another, and are named', async () => {
    mount('tmpfs', at('me/disks/west'))
    writePosFolder(at('me/disks/west/post'), { number: 1 })
    writeKey(at('me/amber.key'), 1)
    const { volumes, identities, posFolders } = await scanned()
    expect(volumes).toContainEqual(expect.objectContaining({ mountPoint: at('me/disks/west'), label: 'west', is: 'scanned' }))
    expect(posFolders).toMatchObject([{ path: at('me/disks/west/post'), volume: 'west' }])
    expect(identities).toMatchObject([{ key: 'here', data: 'complete' }])
  })

  it('are walked once when they are mounted twice, so that one key is no second copy', async () => {
    mount('tmpfs', at('me/west'))
    writeKey(at('me/west/papers/amber.key'), 1)
    mount('bind', at('me/again'), at('me/west/papers'))
    const { keys } = await scanned()
    expect(keys.map((one) => one.path)).toEqual([at('me/west/papers/amber.key')])
  })

  it('may be an ext4 file system on a loop device, also a read-only one', async ({ skip }) => {
    const image = at('disk.img')
    execFileSync('truncate', ['-s', '16M', image])
    execFileSync('mkfs.ext4', ['-q', image])
    const loop = spawnSync('losetup', ['-f', '--show', image], { encoding: 'utf8' })
    if (loop.status !== 0) return skip(`no loop device: ${loop.stderr.trim()}`)
    loops.push(loop.stdout.trim())
    mount('ext4', at('me/north'), loop.stdout.trim())
    writePosFolder(at('me/north/post'), { number: 1 })
    writeNodeFolder(at('me/north/node'), { 'local.key': 1 })
    execFileSync('cp', ['-a', `${path.join(RECORDED, '1.7.6-supervised')}/.`, at('me/north/recorded')])
    execFileSync('mount', ['-o', 'remount,ro', at('me/north')])
    const { volumes, nodes, identities } = await scanned()
    expect(volumes).toContainEqual(expect.objectContaining({ mountPoint: at('me/north'), is: 'scanned' }))
    expect(nodes.map((one) => `${path.basename(one.dataFolder)} ${one.mode} ${one.local.is}`).sort()).toEqual([
      'node supervised absent',
      'recorded supervised read',
    ])
    expect(identities.find((one) => one.id === aKey(1).identity)).toMatchObject({ key: 'here', data: 'complete' })
  })
})

function canMount(): boolean {
  if (!isRoot) return false
  const probe = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-mount-'))
  const isPossible = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', probe]).status === 0
  if (isPossible) spawnSync('umount', ['-l', probe])
  rmSync(probe, { recursive: true, force: true })
  return isPossible
}

function mount(type: 'tmpfs' | 'bind' | 'ext4', point: string, source = 'tmpfs'): void {
  if (!existsSync(point)) mkdirSync(point, { recursive: true })
  execFileSync('mount', type === 'bind' ? ['--bind', source, point] : ['-t', type, source, point])
  mounts.unshift(point)
}
