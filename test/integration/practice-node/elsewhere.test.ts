import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { v2beta1 } from '../../../electron/node-api/index.ts'
import { judgeArming, judgeRelease } from '../../../shared/domain/arming-check.ts'
import { asEpoch, type IdentityId } from '../../../shared/domain/ids.ts'
import { epochAt, type NetworkTiming } from '../../../shared/domain/network.ts'
import type { ActivationEntry } from '../../../shared/domain/observation.ts'
import { call, fakeService } from './fake-service.ts'
import { baseConfig, makePlace, startNode, withValues, writeConfig, type NodeConfigFile, type Place, type Running } from './run-node.ts'

/** Epochs of four seconds. */
const FAST = { 'main.layer-duration': '400ms', 'poet.phase-shift': '2s', 'poet.cycle-gap': '1500ms', 'poet.grace-period': '800ms' }
const ELSEWHERE = 'e1'.repeat(32) as IdentityId

const address = (config: NodeConfigFile, name: string): string => String(Reflect.get(Object(config['api']), `grpc-${name}-listener`))

interface Begun {
  readonly place: Place
  readonly config: NodeConfigFile
  readonly node: Running
  readonly net: NetworkTiming
  readonly ids: readonly string[]
  order(elsewhere: readonly string[]): void
}

describe.concurrent('another node with the same key, played by the practice network', () => {
  const all: Begun[] = []
  afterAll(async () => {
    for (const { node } of all) node.kill('SIGKILL')
    await Promise.all(all.map(({ node }) => node.ended))
    for (const { place } of all.splice(0)) place.remove()
  })

  async function begin(elsewhere: readonly string[], leadMs = 3_000): Promise<Begun> {
    const place = makePlace()
    for (const name of ['home-a.key', 'home-b.key', 'spare.key']) rmSync(path.join(place.identities, name))
    const id = readFileSync(path.join(place.identities, 'attic.key'), 'latin1').slice(64)
    const genesisMs = Math.ceil(Date.now() / 1000) * 1000 + leadMs
    const config = withValues(await baseConfig(place, genesisMs), FAST)
    const scriptFile = path.join(place.folder, 'script.json')
    const order = (ids: readonly string[]): void => writeFileSync(scriptFile, JSON.stringify({ node: { elsewhere: ids } }))
    order(elsewhere)
    const node = startNode(['--config', writeConfig(place, config)], { SMESHKEEPER_PRACTICE_SCRIPT: scriptFile })
    const net: NetworkTiming = {
      genesisMs,
      layerDurationMs: 400,
      layersPerEpoch: 10,
      poet: { phaseShiftMs: 2_000, cycleGapMs: 1_500, gracePeriodMs: 800 },
    }
    const begun = { place, config, node, net, ids: [id], order }
    all.push(begun)
    await node.until('"app started"')
    return begun
  }

  async function listOf({ config }: Begun, id: string): Promise<readonly ActivationEntry[]> {
    const { activations } = await call(address(config, 'public'), v2beta1.ActivationService.method.list, {
      smesherId: [Buffer.from(id, 'hex')],
      limit: 100n,
    })
    return activations
      .map((one) => ({ identity: id as IdentityId, atxId: Buffer.from(one.id).toString('hex'), publishEpoch: asEpoch(one.publishEpoch) }))
      .toReversed()
  }

  it('publishes every epoch for a key that the node does not hold, and ends when told', async ({ expect }) => {
    const begun = await begin([ELSEWHERE])
    await expect.poll(async () => (await listOf(begun, ELSEWHERE)).length, { timeout: 30_000, interval: 100 }).toBe(2)
    const list = await listOf(begun, ELSEWHERE)
    expect(list.map(({ publishEpoch }) => publishEpoch)).toEqual([2, 1])
    const input = (atxs: readonly ActivationEntry[], now: number) =>
      ({
        identity: ELSEWHERE,
        databaseFrom: 'none',
        isAlreadyPublishing: false,
        net: begun.net,
        now,
        network: { atxs, isSynced: true, askedAt: now },
      }) as const
    const verdict = judgeArming(input(list, Date.now()))
    expect(verdict).toMatchObject({ is: 'hold', hold: { code: 'active-elsewhere' } })
    if (verdict.is !== 'hold') return
    begun.order([])
    const end = verdict.hold.until ?? 0
    expect(judgeRelease(verdict.hold, input(list, Date.now()))).toEqual(verdict)
    await expect.poll(() => Date.now(), { timeout: 30_000, interval: 200 }).toBeGreaterThanOrEqual(end)
    const after = await listOf(begun, ELSEWHERE)
    expect(after).toEqual(list)
    expect(judgeRelease(verdict.hold, input(after, Date.now()))).toEqual({ is: 'clear' })
    expect(epochAt(begun.net, Date.now())).toBeGreaterThanOrEqual(4)
  }, 60_000)

  it('keeps our registration out and refuses our second ATX of an epoch', async ({ expect }) => {
    const begun = await begin([])
    const [id = ''] = begun.ids
    const service = fakeService(address(begun.config, 'post'), id, () => 'valid')
    await begun.node.until('challenge submitted to poet proving service', 30_000)
    begun.order([id])
    await begun.node.until('failed to process atx gossip', 30_000)
    expect(begun.node.stdout()).toMatch(/multiple ATXs with the same previous ATX [0-9a-f]{10} published by/)
    const list = await listOf(begun, id)
    expect(list.filter(({ publishEpoch }) => publishEpoch === list[0]?.publishEpoch)).toHaveLength(1)
    await begun.node.until('status code: 409 Conflict', 30_000)
    service.close()
  }, 90_000)
})
