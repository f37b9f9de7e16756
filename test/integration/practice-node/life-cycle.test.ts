import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { status } from '@grpc/grpc-js'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v1, v2alpha1, v2beta1 } from '../../../electron/node-api/index.ts'
import { call, collect, fakeService, type FakeService } from './fake-service.ts'
import {
  baseConfig,
  makePlace,
  recordings,
  startNode,
  withValues,
  writeConfig,
  type NodeConfigFile,
  type Place,
  type Running,
} from './run-node.ts'

/** Epochs of ten seconds: windows and gaps in the proportions of the recorded network. */
const FAST = { 'main.layer-duration': '1s', 'poet.phase-shift': '5s', 'poet.cycle-gap': '5s', 'poet.grace-period': '2s' }
const ZEROS = '0'.repeat(64)

const address = (config: NodeConfigFile, name: string): string => String(Reflect.get(Object(config['api']), `grpc-${name}-listener`))

interface Entry {
  readonly L: string
  readonly N: string
  readonly M: string
  readonly smesherID?: string
  readonly id?: string
  readonly state?: string
}

const entriesOf = (text: string): Entry[] => text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Entry] : []))

/** The lines about one identity's work, without those that come when they will. */
function story(entries: readonly Entry[], id: string): string[] {
  const own = entries.filter(
    (e) =>
      (e.smesherID !== undefined && id.startsWith(e.smesherID.slice(0, 6)) && e.N !== 'node.poet') ||
      (e.M === 'post state changed' && e.id === id),
  )
  const kept = own.filter((e) => !/not connected|certify|positioning atx|search failed/.test(e.M))
  return kept.map((e) => `${e.L} ${e.N} ${e.M}${e.state === undefined ? '' : ` ${e.state}`}`)
}

/** From the challenge to the publication, once. */
function oneCycle(lines: readonly string[], last: RegExp): string[] {
  const from = lines.findIndex((l) => l.includes('building new NiPOST challenge'))
  const to = lines.findIndex((l, i) => i > from && last.test(l))
  return lines.slice(from, to + 1)
}

/** Kinds of the events of one identity in order. */
const kindsOf = (events: readonly { kind: string; smesher: string }[], id: string): string[] =>
  events.filter((e) => e.smesher === id && !['eligibilities', 'proposal'].includes(e.kind)).map((e) => e.kind)

describe('an identity on the simulated node', () => {
  let place: Place
  let config: NodeConfigFile
  let node: Running
  let service: FakeService
  let events: ReturnType<
    typeof collect<typeof v1.AdminService.method.eventsStream.input, typeof v1.AdminService.method.eventsStream.output>
  >
  let id = ''

  beforeAll(async () => {
    place = makePlace()
    id = readFileSync(path.join(place.identities, 'attic.key'), 'latin1').slice(64)
    config = withValues(await baseConfig(place, Math.ceil(Date.now() / 1000) * 1000 + 5000), FAST)
    node = startNode(['--config', writeConfig(place, config)])
    await node.until('"app started"')
    events = collect(address(config, 'private'), v1.AdminService.method.eventsStream, {})
    service = fakeService(address(config, 'post'), id, () => 'valid')
    await node.until('"atx published"', 45_000)
  }, 60_000)

  afterAll(async () => {
    service.close()
    events.close()
    node.kill('SIGKILL')
    await node.ended
    place.remove()
  })

  it('writes the lines of one cycle in the recorded order', () => {
    const recorded = entriesOf(readFileSync(path.join(recordings, 'node-1n-1.8.3/node-log.jsonl'), 'utf8'))
    const theirs = oneCycle(story(recorded, '6bc75295a491d4bb2337e4833069a54e7bb6f890e9846d6602f13e99825e61d1'), /broadcasting ATX/)
    const ours = oneCycle(story(entriesOf(node.stdout()), id), /broadcasting ATX/)
    // Ours had to wait for the registration window, theirs was in it: that line comes before the cycle.
    expect(ours).toEqual(theirs)
    expect(ours.length).toBeGreaterThan(8)
  })

  it('sends the events of the first ATX in the recorded order', async () => {
    await expect.poll(() => events.messages.some((e) => e.details.case === 'atxPublished'), { timeout: 5000 }).toBe(true)
    const ofMessage = (kind: string, value: unknown): { kind: string; smesher: string } => {
      const smesher: unknown = Reflect.get(Object(value), 'smesher')
      return {
        kind,
        smesher:
          smesher instanceof Uint8Array ? Buffer.from(smesher).toString('hex') : Buffer.from(String(smesher), 'base64').toString('hex'),
      }
    }
    const recorded = readFileSync(path.join(recordings, 'node-1n-1.8.3/grpc/v1.AdminService.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => {
        const { rpc, dir, json } = JSON.parse(line) as { rpc?: string; dir?: string; json?: Record<string, unknown> }
        if (rpc?.endsWith('EventsStream') !== true || dir !== 'in' || json === undefined) return []
        const kind = Object.keys(json).find((k) => !['help', 'timestamp', 'failure'].includes(k)) ?? ''
        return [
          ofMessage(
            kind.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()),
            json[kind],
          ),
        ]
      })
    const theirs = kindsOf(recorded, '6bc75295a491d4bb2337e4833069a54e7bb6f890e9846d6602f13e99825e61d1')
    const seen = kindsOf(
      events.messages.map((e) => ofMessage(String(e.details.case), e.details.value)),
      id,
    )
    // Our service was faster, so the node waited for the window first; from then on everything is as recorded.
    const ours = seen.filter((kind, i) => i > seen.indexOf('registeredInPoet') || !/poetWaitRound|RegistrationWindow/.test(kind))
    const upTo = theirs.indexOf('atxPublished') + 1
    expect(ours.slice(0, upTo)).toEqual(theirs.slice(0, upTo))
  })

  it('asks for the initial proof with 32 zero bytes and then for the reference of the PoET proof', () => {
    expect(service.challenges[0]).toBe(ZEROS)
    expect(service.challenges.at(-1)).not.toBe(ZEROS)
  })

  it('lists the ATX under both packages and keeps listeners apart', async () => {
    const request = { limit: 100n }
    const answers = [
      await call(address(config, 'public'), v2alpha1.ActivationService.method.list, request),
      await call(address(config, 'public'), v2beta1.ActivationService.method.list, request),
    ]
    for (const { activations } of answers) {
      expect(activations.map((a) => [Buffer.from(a.smesherId).toString('hex'), a.publishEpoch])).toEqual([[id, 1]])
    }
    await expect(call(address(config, 'public'), v1.SmesherService.method.smesherIDs, {})).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: 'unknown service spacemesh.v1.SmesherService',
    })
    await expect(call(address(config, 'public'), v2beta1.RewardService.method.list, {})).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'limit must be set to <= 100',
    })
    await expect(call(address(config, 'private'), v1.SmesherService.method.isSmeshing, {})).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'node is not configured for supervised smeshing',
    })
  })

  it('refuses a second service of the same identity', async () => {
    const second = fakeService(address(config, 'post'), id, () => 'valid')
    await expect(second.ended).resolves.toMatchObject({ code: status.UNKNOWN, details: 'post service already registered' })
    second.close()
  })

  it('has removed the rows of the cycle and kept the initial proof, all of it in the WAL', async () => {
    const db = new Database(path.join(place.data, 'local.sql'), { readonly: true })
    const count = (table: string): unknown => db.prepare(`SELECT count(*) AS n FROM ${table} WHERE id = ?`).get(Buffer.from(id, 'hex'))
    expect(count('post')).toEqual({ n: 1 })
    expect(count('nipost')).toEqual({ n: 0 })
    db.close()
    expect(statSync(path.join(place.data, 'local.sql')).size).toBe(4096)
  })

  it('refuses a second start with the recorded text while it runs', async () => {
    const ran = await startNode(['--config', path.join(place.folder, 'config.json')]).ended
    expect(ran.code).toBe(1)
    expect(ran.stderr.split('\n')[0]).toBe(
      `Error: getting exclusive file lock: only one spacemesh instance should be running (locking file ${place.data}/LOCK)`,
    )
  })

  it('goes on from local.sql after SIGKILL: registered once, proving in the next gap', async () => {
    await node.until(/challenge submitted to poet proving service[^\n]*"round":"1"/, 30_000)
    node.kill('SIGKILL')
    await node.ended
    const again = startNode(['--config', path.join(place.folder, 'config.json')])
    await again.until('"app started"')
    const back = fakeService(address(config, 'post'), id, () => 'valid')
    await again.until('"atx published"', 45_000)
    expect(again.stdout()).not.toContain('challenge submitted to poet proving service","poet"')
    expect(back.challenges).not.toContain(ZEROS)
    again.kill('SIGTERM')
    const ran = await again.ended
    back.close()
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('"app cleanup completed"')
    expect(statSync(path.join(place.data, 'local.sql-wal')).size).toBeGreaterThan(0)
  }, 90_000)
})

describe('ugly behaviour of the simulated node', () => {
  const started: { node: Running; place: Place }[] = []
  afterAll(async () => {
    for (const { node, place } of started) {
      node.kill('SIGKILL')
      await node.ended
      place.remove()
    }
  })

  const begin = async (
    script: Readonly<Record<string, unknown>> = {},
  ): Promise<{ node: Running; config: NodeConfigFile; id: string; scriptFile: string }> => {
    const place = makePlace()
    const scriptFile = path.join(place.folder, 'script.json')
    writeFileSync(scriptFile, JSON.stringify({ node: script }))
    const config = withValues(await baseConfig(place, Math.ceil(Date.now() / 1000) * 1000 + 5000), FAST)
    const node = startNode(['--config', writeConfig(place, config)], { SMESHKEEPER_PRACTICE_SCRIPT: scriptFile })
    started.push({ node, place })
    await node.until('"app started"')
    return { node, config, scriptFile, id: readFileSync(path.join(place.identities, 'attic.key'), 'latin1').slice(64) }
  }

  it.each(['v2alpha1', 'v2beta1'])('dies with exit 2 and a panic on a %s LayerStream call', async (pkg) => {
    const { node, config } = await begin()
    const method = { ...v2alpha1.RewardStreamService.method.stream, name: 'Stream' }
    const parent = { ...method.parent, typeName: `spacemesh.${pkg}.LayerStreamService` }
    collect(address(config, 'private'), { ...method, parent }, { watch: true })
    const ran = await node.ended
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/^panic: runtime error: invalid memory address or nil pointer dereference/)
    expect(ran.stderr).toContain(`grpcserver/${pkg}.toLayer(0x0)`)
  })

  it('flaps between proving and idle on invalid initial proofs', async () => {
    const { node, config, id } = await begin()
    const service = fakeService(address(config, 'post'), id, () => 'invalid')
    await node.until(/"initial POST is invalid"[\s\S]*"initial POST is invalid"/)
    service.close()
    expect(story(entriesOf(node.stdout()), id).slice(0, 6)).toEqual([
      'INFO node.post post state changed idle',
      'INFO node.post post state changed proving',
      'INFO node.post post state changed idle',
      'ERROR node.atxBuilder initial POST is invalid',
      'INFO node.post post state changed proving',
      'INFO node.post post state changed idle',
    ])
  })

  it('stays proving and sends a failure event without challenge when the service fails', async () => {
    const { node, config, id } = await begin()
    const events = collect(address(config, 'private'), v1.AdminService.method.eventsStream, {})
    const service = fakeService(address(config, 'post'), id, () => 'error')
    await node.until('post execution: error generating proof: status:GEN_PROOF_STATUS_ERROR')
    const { states } = await call(address(config, 'post'), v1.PostInfoService.method.postStates, {})
    service.close()
    expect(states.find((s) => Buffer.from(s.id).toString('hex') === id)?.state).toBe(2)
    const failure = events.messages.find((e) => e.failure)
    expect(failure?.help).toBe('Node failed PoST execution.')
    expect(failure?.details.case === 'postComplete' && failure.details.value.challenge.length).toBe(0)
    events.close()
  })

  it('tells a ban by event and by the malfeasance stream, not by the v1 query', async () => {
    const { node, config, id, scriptFile } = await begin()
    const events = collect(address(config, 'private'), v1.AdminService.method.eventsStream, {})
    const stream = collect(address(config, 'private'), v2beta1.MalfeasanceStreamService.method.stream, { watch: true })
    writeFileSync(scriptFile, JSON.stringify({ node: { banned: [id] } }))
    await expect.poll(() => stream.messages.length, { timeout: 10_000 }).toBe(1)
    await expect.poll(() => events.messages.some((e) => e.details.case === 'malfeasance'), { timeout: 10_000 }).toBe(true)
    const { proof } = await call(address(config, 'public'), v1.MeshService.method.malfeasanceQuery, { smesherHex: id })
    expect(proof?.smesherId).toBeUndefined()
    events.close()
    stream.close()
    node.kill('SIGTERM')
    expect((await node.ended).code).toBe(0)
  })

  it('says "published" for an ATX that it refuses, because a twin published first', async () => {
    const { node, config, id, scriptFile } = await begin()
    writeFileSync(scriptFile, JSON.stringify({ node: { twins: [id] } }))
    const service = fakeService(address(config, 'post'), id, () => 'valid')
    await node.until('"atx published"', 45_000)
    service.close()
    expect(node.stdout()).toMatch(/failed to process atx gossip[^\n]*multiple ATXs with the same previous ATX/)
    const said = entriesOf(node.stdout()).find((e) => e.M === 'atx published')
    const { activations } = await call(address(config, 'public'), v2beta1.ActivationService.method.list, { limit: 100n })
    expect(activations).toHaveLength(1)
    expect(
      Buffer.from(activations[0]?.id ?? [])
        .toString('hex')
        .startsWith(String(Reflect.get(Object(said), 'atx_id'))),
    ).toBe(false)
  }, 60_000)

  it('asks again while the PoET has not published, and answers 409 to a registration that conflicts', async () => {
    const late = await begin({ poetLateMs: 3000 })
    const twin = await begin()
    writeFileSync(twin.scriptFile, JSON.stringify({ node: { conflictingRegistration: [twin.id] } }))
    const services = [late, twin].map(({ config, id }) => fakeService(address(config, 'post'), id, () => 'valid'))
    await twin.node.until('status code: 409 Conflict', 45_000)
    await late.node.until("getBestProof failed (builder: didn't receive any poet proof)", 45_000)
    await late.node.until('"retrying after poet retry interval"')
    await late.node.until('"atx published"', 45_000)
    for (const service of services) service.close()
  }, 90_000)

  it.each([
    ['panic', 2],
    ['fatal', 1],
  ] as const)('ends by %s with exit %i and without clean-up', async (how, code) => {
    const { node, scriptFile } = await begin()
    writeFileSync(scriptFile, JSON.stringify({ node: { crash: { at: Date.now(), how } } }))
    const ran = await node.ended
    expect(ran.code).toBe(code)
    expect(ran.stdout).not.toContain('app cleanup')
    if (how === 'fatal') expect(ran.stderr).toBe('')
  })

  it('ends an events stream as the real one does when its buffer is full, and fails calls while it is down', async () => {
    const { config, scriptFile } = await begin()
    const events = collect(address(config, 'private'), v1.AdminService.method.eventsStream, {})
    await expect.poll(() => events.messages.length).toBeGreaterThan(0)
    writeFileSync(scriptFile, JSON.stringify({ node: { cancelEvents: 1 } }))
    await expect(events.ended).resolves.toMatchObject({ code: status.CANCELLED, details: 'buffer is full' })
    writeFileSync(scriptFile, JSON.stringify({ node: { cancelEvents: 1, apiDownUntil: Date.now() + 60_000 } }))
    await expect(call(address(config, 'public'), v1.NodeService.method.status, {})).rejects.toMatchObject({ code: status.UNAVAILABLE })
    events.close()
  })
})
