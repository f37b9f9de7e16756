import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readLocalDatabase } from '../../../electron/identities/local-database.ts'
import { createNodeLogReader, createServiceLogReader } from '../../../electron/programs/index.ts'
import { judgeArming, judgeRelease, type ArmingInput } from '../../../shared/domain/arming-check.ts'
import { asEpoch, type IdentityId, type UnixMs } from '../../../shared/domain/ids.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { epochLengthMs, epochStart, type NetworkTiming } from '../../../shared/domain/network.ts'
import type { ActivationEntry, Observation } from '../../../shared/domain/observation.ts'
import { observe } from '../../../shared/domain/observe.ts'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'
import { emptyRecord, foldPublication } from '../../../shared/domain/publication-record.ts'
import { emptyWorld } from '../../../shared/domain/world.ts'
import { readRecording, type ReplayFile } from '../../../shared/replay/index.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'

const ROOT = path.join(import.meta.dirname, '../../fixtures/recordings')
const parsers = { serviceLog: createServiceLogReader, nodeLog: createNodeLogReader }
const temporary = mkdtempSync(path.join(tmpdir(), 'arming-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

function readAll(relative: string): readonly ReplayFile[] {
  const full = path.join(ROOT, relative)
  if (!statSync(full).isDirectory()) return [{ name: relative, text: readFileSync(full, 'utf8') }]
  const names = readdirSync(full).filter((name) => !/^(also-|panic-|PostService|without-observer)/.test(name))
  return names.flatMap((name) => readAll(path.join(relative, name)))
}

interface Recorded {
  readonly net: NetworkTiming
  readonly observations: readonly Observation[]
  readonly identities: readonly IdentityId[]
}
function recorded(...files: readonly string[]): Recorded {
  const { observations, setup } = readRecording(files.flatMap(readAll), parsers)
  return { net: resolveNetwork(setup.network), observations, identities: setup.identities.map(({ id }) => id as IdentityId) }
}

/** Record of `identity` and newest list at each answer of `Activation.List`. */
function lifeOf(
  { net, observations }: Recorded,
  identity: IdentityId,
): readonly { at: UnixMs; list: readonly ActivationEntry[]; record: PublicationRecord }[] {
  let world = emptyWorld()
  let record = emptyRecord(identity)
  const life: { at: UnixMs; list: readonly ActivationEntry[]; record: PublicationRecord }[] = []
  for (const one of observations) {
    world = observe(world, one)
    record = foldPublication(record, one, { world, net, isArmedHere: true })
    if (one.kind === 'activations') life.push({ at: one.at, list: one.list.filter((entry) => entry.identity === identity), record })
  }
  return life
}
const rowsIn = (folder: string): readonly LocalRows[] => {
  const database = readLocalDatabase(path.join(ROOT, 'data-folders', folder), { temporary })
  return database.is === 'read' ? database.rows : []
}
const input = (
  identity: IdentityId,
  net: NetworkTiming,
  now: UnixMs,
  atxs: readonly ActivationEntry[],
): Omit<ArmingInput, 'databaseFrom'> => ({
  identity,
  isAlreadyPublishing: false,
  net,
  now,
  network: { atxs, isSynced: true, askedAt: now },
})
const idle = (identity: IdentityId): LocalRows => ({ identity, hasPost: true, hasProof: false, registrations: [] })

/** Data folder → recording whose node wrote it. */
const OWN: readonly (readonly [string, string])[] = [
  ['1.7.6-remote-after-sigterm', 'node-1n-1.7.6'],
  ['1.7.6-remote-after-sigkill', 'node-1n-1.7.6'],
  ['1.8.3-remote-after-sigterm', 'node-1n-1.8.3'],
  ['1.7.6-supervised', 'node-supervised-1.7.6'],
  ['1.7.6-converted-to-remote', 'node-supervised-1.7.6'],
]
const LATER = [0, 0.3, 0.9, 1, 1.5, 2, 3, 7]

describe('the data folder of a recorded node, brought in as it is', () => {
  it.each(OWN)('%s is never held, soon or late', (folder, recording) => {
    const { net, ...rest } = recorded(recording)
    const rows = rowsIn(folder)
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) {
      const publishEpoch = row.challenge?.publishEpoch ?? 0
      const life = lifeOf({ net, ...rest }, row.identity)
      // The node was stopped while it waited for its round: what came later is from its next run.
      const list = (life.at(-1)?.list ?? []).filter((entry) => entry.publishEpoch < publishEpoch)
      expect(list.length, 'has published').toBeGreaterThan(0)
      const stopped = epochStart(net, asEpoch(publishEpoch - 1)) + net.poet.phaseShiftMs
      const record = life.findLast(({ at }) => at <= stopped)?.record
      for (const epochs of LATER) {
        const now = stopped + epochs * epochLengthMs(net)
        const one = { ...input(row.identity, net, now, list), databaseFrom: 'live', rows: row } as const
        expect(judgeArming(one), `${epochs} epochs later`).toEqual({ is: 'clear' })
        if (record !== undefined) expect(judgeArming({ ...one, record })).toEqual({ is: 'clear' })
        expect(judgeArming({ ...one, databaseFrom: 'backup', backupMadeAt: stopped })).toEqual({ is: 'clear' })
      }
    }
  })

  it.each(OWN)('%s is held as too old once the network has gone on', (folder, recording) => {
    const { net, ...rest } = recorded(recording)
    for (const row of rowsIn(folder)) {
      const life = lifeOf({ net, ...rest }, row.identity)
      const publishEpoch = row.challenge?.publishEpoch ?? 0
      const list: readonly ActivationEntry[] = [
        ...(life.at(-1)?.list ?? []),
        { identity: row.identity, atxId: 'f'.repeat(64), publishEpoch: asEpoch(publishEpoch) },
      ]
      const now = epochStart(net, asEpoch(publishEpoch)) + epochLengthMs(net) / 2
      const madeAt = epochStart(net, asEpoch(publishEpoch - 1)) + net.poet.phaseShiftMs
      expect(
        judgeArming({ ...input(row.identity, net, now, list), databaseFrom: 'backup', backupMadeAt: madeAt, rows: row }),
      ).toMatchObject({
        is: 'hold',
        hold: { code: 'database-too-old' },
      })
      expect(judgeArming({ ...input(row.identity, net, now, list), databaseFrom: 'live', rows: row })).toMatchObject({ is: 'hold' })
    }
  })

  it('of a node before 1.7, whose ATXs only its log knows, is never held', () => {
    for (const version of ['1.4.6', '1.5.8', '1.6.8']) {
      const { net } = recorded(`node-old/${version}-node-log.jsonl`, `node-old/${version}-config.json`)
      for (const row of rowsIn(`${version}-remote-after-sigterm`)) {
        const publishEpoch = row.challenge?.publishEpoch ?? 0
        const list = [{ identity: row.identity, atxId: row.challenge?.previousAtx ?? '', publishEpoch: asEpoch(publishEpoch - 1) }]
        for (const epochs of LATER) {
          const now = epochStart(net, asEpoch(publishEpoch)) + epochs * epochLengthMs(net)
          expect(judgeArming({ ...input(row.identity, net, now, list), databaseFrom: 'live', rows: row })).toEqual({ is: 'clear' })
        }
      }
    }
  })
})

describe('a recorded node that published alone', () => {
  const alone = [
    'node-1n-1.7.6',
    'node-1n-1.8.3',
    'node-supervised-1.7.6',
    'node-proof-failures-1.7.6',
    'node-misc-1.7.6/node2.jsonl',
    'node-misc-1.7.6/node3.jsonl',
    'node-old',
  ]
  it.each(alone)('%s is not held at any answer of its own network', (recording) => {
    const all = recorded(recording)
    let judged = 0
    for (const identity of all.identities) {
      for (const { at, list, record } of lifeOf(all, identity)) {
        expect(record.twin).toBe(undefined)
        const one = { ...input(identity, all.net, at, list), record }
        expect(judgeArming({ ...one, databaseFrom: 'live', rows: idle(identity) })).toEqual({ is: 'clear' })
        expect(judgeArming({ ...one, databaseFrom: 'none' }).is === 'hold' && record.registered === undefined).toBe(false)
        const newest = list.toSorted((a, b) => b.publishEpoch - a.publishEpoch)[0]
        expect(record.atxs.some(({ atxId }) => atxId === newest?.atxId)).toBe(newest !== undefined)
        judged += 1
      }
    }
    // Recordings of logs alone have no answers: there the record must stay empty.
    if (judged === 0) expect(all.observations.some(({ kind }) => kind === 'activations')).toBe(false)
  })

  it('knows its own ATXs from those that the network only lists', () => {
    const all = recorded('node-1n-1.8.3')
    for (const identity of all.identities) {
      const by = lifeOf(all, identity)
        .at(-1)
        ?.record.atxs.map((atx) => atx.by)
      expect(by).toEqual(['here', 'here', 'here', 'here'])
    }
  })
})

describe('a key that ran on two recorded nodes', () => {
  const twins: readonly (readonly [string, string, readonly string[], number])[] = [
    [
      '1.8.3',
      '1eb62ffa',
      ['node-equivocation-1.8.3/nodeA.jsonl', 'node-equivocation-1.8.3/grpc-A', 'node-equivocation-1.8.3/configA.json'],
      2,
    ],
    ['1.7.6', 'a98ccaeb', ['node-equivocation-1.7.6/nodeA.jsonl', 'node-equivocation-1.7.6/grpc'], 1],
  ]
  it.each(twins)('on %s is held from the first sign on, its neighbour never', (_version, prefix, files, from) => {
    const all = recorded(...files)
    for (const identity of all.identities) {
      const isTwin = identity.startsWith(prefix)
      for (const { at, list, record } of lifeOf(all, identity)) {
        const one = { ...input(identity, all.net, at, list), databaseFrom: 'live', rows: idle(identity), record } as const
        const isSeen = list.some(({ publishEpoch }) => publishEpoch >= from)
        const expected = isTwin && isSeen ? 'hold' : 'clear'
        expect(judgeArming(one).is, `${identity.slice(0, 6)} at ${new Date(at).toISOString()}`).toBe(expected)
        if (expected === 'hold')
          expect(judgeArming({ ...one, record: emptyRecord(identity), databaseFrom: 'none' })).toMatchObject({
            hold: { code: 'active-elsewhere' },
          })
      }
    }
  })

  it('is held where it was copied to, when its copied database is behind the network', () => {
    const all = recorded('node-equivocation-1.8.3/nodeB.jsonl', 'node-equivocation-1.8.3/grpc-B', 'node-equivocation-1.8.3/configB.json')
    const [identity] = all.identities
    if (identity === undefined) throw new Error('no identity in the recording')
    const life = lifeOf(all, identity)
    const first = life[0]?.list[0]
    // B was begun from a copy of A's databases, registered for epoch 2 on the ATX of epoch 1.
    const copied: LocalRows = { ...idle(identity), challenge: { publishEpoch: 2, previousAtx: first?.atxId ?? '', hasPoetProof: false } }
    for (const { at, list } of life) {
      const hasGoneOn = list.some(({ publishEpoch }) => publishEpoch >= 2)
      const verdict = judgeArming({ ...input(identity, all.net, at, list), databaseFrom: 'live', rows: copied })
      expect(verdict.is).toBe(hasGoneOn ? 'hold' : 'clear')
      if (verdict.is !== 'hold') continue
      const end = verdict.hold.until ?? 0
      expect(judgeRelease(verdict.hold, { ...input(identity, all.net, end, list), databaseFrom: 'live', rows: copied }).is).toBe('clear')
    }
  })
})
