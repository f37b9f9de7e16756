import { beforeEach, describe, expect, it } from 'vitest'
import type { Leftover } from '../../../shared/domain/operation.ts'
import type { PlanContext } from '../../../electron/operations/context.ts'
import { findLeftovers, removeLeftover, type EndedOperation, type LeftoverSources } from '../../../electron/operations/leftovers.ts'
import type { AcceptedProof } from '../../../electron/operations/move/index.ts'
import type { CrashFiles } from '../../fakes/crash-files.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey as aTestKey } from '../identities/keys.ts'
import { bulkOver } from './move/bulk-over.ts'
import { aDisk, anEngine, aPlan, FROM, ID, IDENTITY, missingFrom, MOVED, NOW, OPERATIONS, TO } from './move/move-world.ts'
import { aSetup, IDS } from './plans/plan-world.ts'

const QUARANTINE = '/home/quarantine'
const DAY = 86_400_000

const service = (identity: string, posFolder: string) => ({
  identity,
  owner: 'smeshkeeper',
  binary: '/opt/post-service',
  posFolder,
  nonces: 288,
  threads: 1,
  randomx: 'light',
  operator: '127.0.0.1:50051',
  nodeAddress: 'http://127.0.0.1:9094',
})

function aContext(parts: Partial<PlanContext> = {}, services: readonly object[] = []): PlanContext {
  const setup = aSetup({ services })
  return {
    now: NOW,
    random: 'abcd',
    setUp: { file: '/home/config/setup.json', text: '', setup, expanded: setup },
    quarantine: QUARANTINE,
    operations: OPERATIONS,
    setups: [],
    nodes: [],
    posFolders: [],
    processes: [],
    names: { [IDENTITY]: 'Amber', [IDS.amber]: 'Amber' },
    safeWindow: { is: 'safe' },
    statuses: {},
    armedElsewhere: [],
    verdicts: {},
    diskSpeeds: [],
    backup: { isGreen: true, holds: [], at: null },
    version: '0.0.0',
    hostname: 'here',
    homedir: '/home/me',
    platform: 'linux',
    ...parts,
  }
}

let files: CrashFiles
const sources = (parts: Partial<LeftoverSources> = {}): LeftoverSources => ({
  files,
  bulk: bulkOver(files),
  context: aContext(),
  proofs: [],
  ended: [],
  ...parts,
})
const only = (from: LeftoverSources): Leftover | undefined => findLeftovers(from)[0]
const told = async (from: LeftoverSources, operation: string, typed: string): Promise<string> => {
  const removed = await removeLeftover({ operation, typed }, from)
  return removed.ok ? removed.value.text : `${removed.fault.code}: ${removed.fault.detail}`
}

describe('the source of moved PoS data', () => {
  const ended: readonly EndedOperation[] = [{ id: ID, kind: 'move-data', endedAt: NOW, steps: [] }]
  const proof: AcceptedProof = { identity: IDENTITY, startedAt: NOW + DAY, acceptedAt: NOW + 2 * DAY }
  const moved = (parts: Partial<LeftoverSources> = {}): LeftoverSources =>
    sources({ ended, proofs: [proof], context: aContext({}, [service(IDENTITY, TO)]), ...parts })
  const typed = IDENTITY.slice(-8)

  beforeEach(async () => {
    files = aDisk()
    const engine = anEngine(files)
    engine.begin(await aPlan(bulkOver(files)))
    expect((await engine.finish(ID)).ok).toBe(true)
  })

  it('is listed with its size and why it stays until a proof from the new place was accepted', () => {
    const before = only(moved({ proofs: [] }))
    expect(before).toMatchObject({ operation: ID, kind: 'moved-source', name: 'Amber', folder: FROM, may: false })
    expect(before?.bytes).toBeGreaterThan(11_000)
    expect(before?.why).toBe(`${FROM} stays until a proof that was made from ${TO} is accepted.`)
    expect(only(moved({ proofs: [{ ...proof, startedAt: NOW - DAY }] }))?.may).toBe(false)
    expect(only(moved({ proofs: [{ ...proof, identity: IDS.kelp }] }))?.may).toBe(false)
    expect(only(moved())).toMatchObject({ may: true })
  })

  it('is no leftover of a move that was taken back or is not at its end', () => {
    expect(findLeftovers(moved({ ended: [] }))).toEqual([])
  })

  it('goes when the end of the id was typed, and is listed no more; its key stays', async () => {
    expect(await told(moved(), ID, 'deadbeef')).toContain('operation/not-typed')
    expect(missingFrom(files, FROM)).toEqual([])
    expect(await told(moved(), ID, typed)).toContain('What was never copied stays')
    expect(missingFrom(files, FROM, MOVED)).toEqual(MOVED)
    expect(missingFrom(files, FROM)).not.toContain('identity.key')
    expect(missingFrom(files, TO, MOVED)).toEqual([])
    expect(findLeftovers(moved())).toEqual([])
    expect(await told(moved(), ID, typed)).toContain('operation/unknown')
  })

  it.each([
    ['another service', { context: aContext({}, [service(IDENTITY, TO), service(IDS.kelp, FROM)]) }, 'works with /old/post'],
    [
      'a set-up of another program',
      { context: aContext({ setups: [{ kind: 'psm', owner: 'psm', label: 'PSM', services: [{ posFolder: FROM }] }] as never }) },
      'PSM works with /old/post',
    ],
    [
      'a process',
      { context: aContext({ processes: [{ pid: 7, program: 'post-service', owner: 'unknown', args: [], folder: FROM }] as never }) },
      'post-service (process 7) works with /old/post',
    ],
    ['nobody, but the data went on elsewhere', { context: aContext({}, [service(IDENTITY, '/third')]) }, 'proves from /third now'],
  ])('stays while it is used by %s', async (_, parts, why) => {
    expect(only(moved(parts))).toMatchObject({ may: false, why: expect.stringContaining(why) as string })
    expect(await told(moved(parts), ID, typed)).toContain('operation/refused')
    expect(missingFrom(files, FROM)).toEqual([])
  })

  it('stays when its copy is not whole any more', async () => {
    files.remove(`${TO}/postdata_1.bin`)
    expect(await told(moved(), ID, typed)).toMatch(/operation\/refused: .*postdata_1.bin is missing/)
    expect(missingFrom(files, FROM)).toEqual([])
  })
})

describe('the data of a retired identity', () => {
  const POS = '/home/me/pos/amber'
  const RETIRE = 'retire-20261128-120000-abcd'
  const typed = IDS.amber.slice(-8)
  const out = {
    is: 'keys-out',
    dataFolder: '/node/main',
    entry: '20261128-amber',
    why: 'Retired from Main',
    keys: [{ identity: IDS.amber, name: 'amber.key' }],
  }
  const setUp = {
    is: 'set-up',
    file: '/home/config/setup.json',
    initial: null,
    node: null,
    identities: [],
    services: [{ id: IDS.amber, before: { posFolder: '~/pos/amber' }, after: null }],
  }
  const ended: readonly EndedOperation[] = [{ id: RETIRE, kind: 'retire', endedAt: NOW, steps: [setUp, out] }]
  const retired = (parts: Partial<LeftoverSources> = {}): LeftoverSources => sources({ ended, ...parts })
  const quarantined = `${QUARANTINE}/20261128-amber/amber.key`

  beforeEach(() => {
    files = createCrashFiles()
    files.putFolder('/node/main/identities')
    files.put(quarantined, aTestKey(1).hex)
    files.put(`${POS}/postdata_0.bin`, Buffer.alloc(4096))
    files.put(
      `${POS}/postdata_metadata.json`,
      JSON.stringify({
        NodeId: Buffer.from(IDS.amber, 'hex').toString('base64'),
        CommitmentAtxId: Buffer.alloc(32, 1).toString('base64'),
        LabelsPerUnit: 256,
        NumUnits: 1,
        MaxFileSize: 4096,
        Nonce: 5,
      }),
    )
    files.put(`${POS}/notes.txt`, 'mine')
  })

  it('is found where its service had it, and may go while its key is kept', () => {
    expect(only(retired())).toMatchObject({ operation: RETIRE, kind: 'retired-data', name: 'Amber', folder: POS, may: true })
    expect(only(retired())?.bytes).toBeGreaterThan(4096)
  })

  it('goes when the end of the id was typed, and is listed no more', async () => {
    expect(await told(retired(), RETIRE, '')).toContain('operation/not-typed')
    expect(await told(retired(), RETIRE, typed)).toContain('2 files removed')
    expect(files.all().map(({ path }) => path)).toEqual([`${POS}/notes.txt`, quarantined])
    expect(findLeftovers(retired())).toEqual([])
    expect(await told(retired(), RETIRE, typed)).toContain('operation/unknown')
  })

  it('is no leftover once the identity has its service again', () => {
    expect(findLeftovers(retired({ context: aContext({}, [service(IDS.amber, POS)]) }))).toEqual([])
  })

  it('stays while a node would load its key', async () => {
    files.put('/node/attic/identities/amber.key', aTestKey(1).hex)
    const armed = retired({ context: aContext({ nodes: [{ dataFolder: '/node/attic' }] as never }) })
    expect(only(armed)).toMatchObject({ may: false, why: expect.stringContaining('/node/attic/identities/amber.key') as string })
    expect(await told(armed, RETIRE, typed)).toContain('operation/refused')
    const elsewhere = retired({ context: aContext({ armedElsewhere: [{ identity: IDS.amber, why: 'Process 9 runs it.' }] }) })
    expect(only(elsewhere)).toMatchObject({ may: false, why: 'Process 9 runs it.' })
    expect(await told(elsewhere, RETIRE, typed)).toBe('operation/refused: Process 9 runs it.')
    expect(files.content(`${POS}/postdata_0.bin`)).toBeDefined()
  })

  it('stays while nobody keeps its key', async () => {
    files.remove(quarantined)
    expect(only(retired())).toMatchObject({
      may: false,
      why: expect.stringContaining('neither in the quarantine nor in a backup') as string,
    })
    expect(await told(retired(), RETIRE, typed)).toContain('operation/refused')
    expect(only(retired({ context: aContext({ backup: { isGreen: true, holds: [IDS.amber], at: NOW } }) }))?.may).toBe(true)
  })

  it('is told as away while its disk is', async () => {
    files = createCrashFiles()
    expect(only(retired())).toMatchObject({ may: false, bytes: 0, why: `${POS} is not there. Connect its disk, then look again.` })
    expect(await told(retired(), RETIRE, typed)).toContain('operation/refused')
  })

  it('is listed once for an identity that was retired twice', () => {
    const twice = [...ended, { id: 'retire-2', kind: 'retire' as const, endedAt: NOW + DAY, steps: [setUp, out] }]
    expect(findLeftovers(retired({ ended: twice })).map(({ operation }) => operation)).toEqual(['retire-2'])
  })
})
