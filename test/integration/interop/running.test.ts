import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProcesses, findSetups, proposeImports, startersOf, systemInterop, systemProcesses } from '../../../electron/interop/index.ts'
import { ownerByGroup } from '../../../electron/interop/owner.ts'
import { systemFiles } from '../../../electron/lib/files.ts'
import { preparePractice, type PreparedPractice } from '../../../electron/practice/index.ts'
import { serviceArguments } from '../../../electron/programs/index.ts'
import { parseIdentityId } from '../../../shared/domain/ids.ts'
import type { FoundProcess, Inventory } from '../../../shared/domain/inventory.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { checkSetup } from '../../../shared/setup/parse.ts'

const electron = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../electron')
const root = mkdtempSync(path.join(tmpdir(), 'interop-'))
const children: ChildProcess[] = []
const platform = systemInterop()
const isLinux = process.platform === 'linux'
let practice: PreparedPractice

function start(program: 'node' | 'post-service', args: readonly string[], cwd: string): number {
  const child = spawn(process.execPath, [path.join(electron, 'practice', program, 'main.ts'), ...args], {
    cwd,
    env: { ...process.env, ...practice.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: 'ignore',
  })
  children.push(child)
  return child.pid ?? 0
}

const look = (own: readonly number[] = []): Promise<FoundProcess[]> =>
  findProcesses({ source: systemProcesses(platform), files: systemFiles, platform, own: new Set(own) })

/** Looks until all of these are seen; the programs need a moment to begin. */
async function seen(pids: readonly number[], own: readonly number[] = []): Promise<readonly FoundProcess[]> {
  for (const deadline = Date.now() + 15_000; ;) {
    const found = (await look(own)).filter(({ pid }) => pids.includes(pid))
    if (found.length === pids.length || Date.now() > deadline) return found.toSorted((a, b) => pids.indexOf(a.pid) - pids.indexOf(b.pid))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

beforeAll(async () => {
  const prepared = await preparePractice({ home: { root, state: path.join(root, 'state') }, identities: 2, now: Date.now() })
  if (!prepared.ok) throw new Error(prepared.fault.detail)
  practice = prepared.value
  if (!isLinux) console.log('skipped: processes of this system are asked in another way, which its parsers’ tests cover')
})

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  rmSync(root, { recursive: true, force: true })
})

describe('real processes', () => {
  it('are found with folder, owner and start, and proposed as they run', async (context) => {
    if (!isLinux) context.skip('processes of this system are asked in another way')
    const { setup } = practice
    if (setup.node.mode !== 'managed') throw new Error('practice manages its node')
    const configFolder = path.dirname(setup.node.configFile)
    const before = Date.now()
    const nodePid = start('node', ['--config', path.basename(setup.node.configFile)], configFolder)
    const [first] = setup.services
    if (first === undefined) throw new Error('no service')
    const args = serviceArguments(first, resolveNetwork(setup.network))
    if (!args.ok) throw new Error(args.fault.detail)
    const servicePid = start('post-service', args.value, '/')
    const [node, service] = await seen([nodePid, servicePid])
    // The test itself may run in a container, or in a unit: so do its children then.
    const owner = ownerByGroup(readFileSync('/proc/self/cgroup', 'utf8'))?.owner ?? 'someone'
    expect(node).toMatchObject({ program: 'go-spacemesh', owner, cwd: configFolder, args: ['--config', 'node-config.json'] })
    expect(service).toMatchObject({ program: 'post-service', owner })
    if (owner === 'docker') return
    expect(node?.folder).toBe(setup.node.dataFolder)
    expect(service?.folder).toBe(first.posFolder)
    expect(Math.abs((node?.startedAt ?? 0) - before)).toBeLessThan(20_000)

    const processes = [node, service].filter((one) => one !== undefined)
    const setups = await findSetups({ processes, composeFiles: [], fs: systemFiles, platform })
    expect(startersOf(setup.node.dataFolder, setups, processes)).toMatchObject([{ owner, isAutomatic: false }])
    const inventory = inventoryOf(practice, processes, setups)
    const proposal = proposeImports(inventory, undefined).find(({ setup: whole }) => whole?.node.dataFolder === node?.folder)
    expect(checkSetup(proposal?.setup)).toMatchObject({ ok: true })
    expect(proposal?.setup).toMatchObject({
      network: setup.network,
      node: { mode: 'attached', ...setup.node.listeners },
      services: [
        { identity: first.identity, posFolder: first.posFolder, operator: first.operator, nonces: 288, threads: 1, randomx: 'light' },
      ],
    })
    expect(proposal?.setup?.identities.map(({ id, nickname }) => [id, nickname])).toEqual(
      setup.identities.map(({ id, nickname }) => [id, nickname]),
    )
  })

  it('of our own are told apart by their pids', async (context) => {
    if (!isLinux) context.skip('processes of this system are asked in another way')
    const { setup } = practice
    if (setup.node.mode !== 'managed') throw new Error('practice manages its node')
    const other = start('node', ['--config', setup.node.configFile, '-d', path.join(root, 'other')], '/')
    const [found] = await seen([other], [other])
    expect(found).toMatchObject({ owner: 'smeshkeeper', folder: path.join(root, 'other') })
    expect(startersOf(path.join(root, 'other'), [], found === undefined ? [] : [found])).toEqual([
      { owner: 'smeshkeeper', label: 'Smeshkeeper', isAutomatic: false },
    ])
  })

  it('are listed fast, also beside hundreds of others', async () => {
    const started = performance.now()
    await look()
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

function inventoryOf({ setup }: PreparedPractice, processes: readonly FoundProcess[], setups: Inventory['setups']): Inventory {
  const dataFolder = setup.node.dataFolder ?? ''
  const ids = setup.identities.flatMap(({ id }) => parseIdentityId(id) ?? [])
  return {
    startedAt: 0,
    finishedAt: 1,
    isWhole: true,
    volumes: [],
    keys: setup.identities.flatMap(({ id, keyFile = '' }) => {
      const identity = parseIdentityId(id)
      return identity === undefined
        ? []
        : [
            {
              path: path.join(dataFolder, 'identities', keyFile),
              identity,
              form: 'good',
              place: 'node',
              nodeFolder: dataFolder,
              isLoaded: true,
              modifiedAt: 0,
            },
          ]
    }),
    posFolders: setup.services.flatMap(({ identity: text, posFolder }) => {
      const identity = parseIdentityId(text)
      const sizes = { numUnits: 4, labelsPerUnit: 4096, expectedBytes: 1, actualBytes: 1, hasVrfNonce: true, problems: [] }
      return identity === undefined ? [] : [{ path: posFolder, state: { is: 'present', identity, ...sizes } }]
    }),
    nodes: [{ dataFolder, identities: ids, local: { is: 'absent' }, mode: 'remote', starters: [] }],
    processes,
    setups,
    identities: [],
  }
}
