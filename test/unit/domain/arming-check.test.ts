import { describe, expect, it } from 'vitest'
import { judgeArming, judgeRelease, type ArmingInput, type ArmingVerdict } from '../../../shared/domain/arming-check.ts'
import { asEpoch, type IdentityId } from '../../../shared/domain/ids.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { epochStart, MAINNET } from '../../../shared/domain/network.ts'
import type { ActivationEntry } from '../../../shared/domain/observation.ts'
import type { Hold, PublicationRecord } from '../../../shared/domain/publication.ts'

const ID = 'a1'.repeat(32) as IdentityId
const net = MAINNET
const DAY = 86_400_000
const start = (epoch: number): number => epochStart(net, asEpoch(epoch))
/** Epoch 50, after the gap: published for 50, registered for 51. */
const NOW = start(50) + 12 * DAY
const atxId = (n: number): string => n.toString(16).padStart(64, '0')
const entry = (publishEpoch: number, n = publishEpoch): ActivationEntry => ({
  identity: ID,
  atxId: atxId(n),
  publishEpoch: asEpoch(publishEpoch),
})
const rows = (publishEpoch: number, previous: number): LocalRows => ({
  identity: ID,
  hasPost: true,
  hasProof: false,
  challenge: { publishEpoch, previousAtx: atxId(previous), hasPoetProof: false },
  registrations: [],
})
const noChallenge: LocalRows = { identity: ID, hasPost: true, hasProof: false, registrations: [] }
const record = (more: Partial<PublicationRecord> = {}, ...epochs: number[]): PublicationRecord => ({
  identity: ID,
  atxs: epochs.map((publishEpoch) => ({ publishEpoch, atxId: atxId(publishEpoch), seenAt: start(publishEpoch) + 10 * DAY, by: 'here' })),
  ...more,
})
const input = (atxs: readonly ActivationEntry[], more: Partial<ArmingInput> = {}): ArmingInput => ({
  identity: ID,
  databaseFrom: 'live',
  network: { atxs, isSynced: true, askedAt: more.now ?? NOW },
  isAlreadyPublishing: false,
  net,
  now: NOW,
  ...more,
})
const holdOf = (verdict: ArmingVerdict): Hold => {
  expect(verdict.is).toBe('hold')
  return verdict.is === 'hold' ? verdict.hold : { code: 'by-user', reason: '', since: 0 }
}
const codeOf = (verdict: ArmingVerdict): string => (verdict.is === 'hold' ? verdict.hold.code : verdict.is)

describe('a key may be armed', () => {
  const list = [entry(50), entry(49)]
  const clear: readonly (readonly [string, ArmingInput])[] = [
    ['when it is new', input([], { databaseFrom: 'none' })],
    ['when it is registered for the first time', input([], { rows: rows(51, 0) })],
    ['when its live local.sql builds on the newest ATX', input(list, { rows: rows(51, 50) })],
    [
      'when its backed-up local.sql builds on the newest ATX',
      input(list, { databaseFrom: 'backup', backupMadeAt: NOW - DAY, rows: rows(51, 50) }),
    ],
    ['with a live local.sql between publication and registration', input(list, { rows: noChallenge })],
    ['without a database when the record has the newest ATX', input(list, { databaseFrom: 'none', record: record({}, 49, 50) })],
    ['when its stale challenge builds on the newest ATX', input([entry(44)], { rows: rows(45, 44) })],
    [
      'when the live node has published on since the last watch',
      input(list, { rows: noChallenge, record: record({ watchedUntil: start(49) }, 48) }),
    ],
    ['when what is unexplained is long ago', input([entry(47)], { databaseFrom: 'none' })],
    [
      'when a backup was made after the epoch of its newest ATX',
      input([entry(49)], { databaseFrom: 'backup', backupMadeAt: start(50) + DAY, rows: noChallenge }),
    ],
    [
      'when the record of a backup has the ATX of its epoch',
      input(list, { databaseFrom: 'backup', backupMadeAt: NOW, rows: noChallenge, record: record({}, 50) }),
    ],
    ['when it publishes already, whatever else is so', input([entry(50, 99)], { isAlreadyPublishing: true, rows: rows(51, 40) })],
    [
      'when its registration expired by itself',
      input([entry(48)], {
        rows: noChallenge,
        record: record({ registered: { publishEpoch: 50, roundId: '49', at: NOW - 20 * DAY } }, 48),
      }),
    ],
  ]
  it.each(clear)('%s', (_when, one) => expect(judgeArming(one)).toEqual({ is: 'clear' }))
})

describe('a key is held as active elsewhere', () => {
  const list = [entry(50), entry(49)]
  const held: readonly (readonly [string, ArmingInput])[] = [
    ['when its live local.sql knows another previous ATX', input(list, { rows: rows(51, 49) })],
    ['when it is registered for the first time but has an ATX', input(list, { rows: rows(51, 0) })],
    ['when its live local.sql is stale and the network went on', input(list, { rows: rows(49, 48) })],
    ['when the live local.sql has never heard of it', input(list)],
    ['when an ATX came while no node here had the key', input(list, { rows: noChallenge, outSince: start(49) + DAY })],
    ['when neither database nor record is there', input(list, { databaseFrom: 'none' })],
    [
      'when the record was kept past that epoch and lacks its ATX',
      input([entry(49)], { rows: noChallenge, record: record({ watchedUntil: NOW - 60_000 }, 48) }),
    ],
    ['when the database was not written since', input(list, { rows: noChallenge, databaseWrittenAt: start(48) })],
    ['when two ATXs of one epoch are there', input([entry(50), entry(50, 99)], { rows: rows(51, 50) })],
    [
      'when its node gave a sign of a second one',
      input(list, { rows: rows(51, 50), record: record({ twin: { at: NOW - DAY, text: '409' } }, 50) }),
    ],
    ['when it missed an epoch but was active before', input([entry(48)], { databaseFrom: 'none' })],
  ]
  it.each(held)('%s', (_when, one) => {
    const hold = holdOf(judgeArming(one))
    expect(hold.code).toBe('active-elsewhere')
    expect(hold.until).toBe(start(52))
    expect(hold.since).toBe(NOW)
    expect(hold.reason).toMatch(/[^.]$/)
  })
})

describe('a key is held because of its database', () => {
  const list = [entry(50), entry(49)]
  const backup = { databaseFrom: 'backup', backupMadeAt: start(50) + 5 * DAY } as const
  const held: readonly (readonly [string, ArmingInput])[] = [
    ['when the backup would publish again', input(list, { ...backup, rows: rows(50, 49) })],
    ['when the backup is from before the newest ATX', input(list, { ...backup, backupMadeAt: start(49) + DAY, rows: noChallenge })],
    ['when the backup may be from before the newest ATX', input(list, { ...backup, rows: noChallenge })],
    ['when the record says that it published after the backup', input(list, { ...backup, rows: noChallenge, record: record({}, 50) })],
    ['when the live one was rolled back behind what we published', input(list, { rows: rows(50, 49), record: record({}, 49, 50) })],
    [
      'when it was registered after the backup',
      input([entry(50)], {
        ...backup,
        rows: noChallenge,
        backupMadeAt: start(51) + DAY,
        now: start(51) + 2 * DAY,
        record: record({ registered: { publishEpoch: 52, roundId: '51', at: start(51) + 1.5 * DAY } }, 50),
      }),
    ],
    [
      'when it was registered and there is no database',
      input(list, { databaseFrom: 'none', record: record({ registered: { publishEpoch: 51, roundId: '50', at: NOW - DAY } }, 50) }),
    ],
  ]
  it.each(held)('%s', (_when, one) => {
    const hold = holdOf(judgeArming(one))
    expect(hold.code).toBe('database-too-old')
    expect(hold.until).toBeGreaterThanOrEqual(start(52))
    expect(hold.reason).toContain('publish twice')
  })
})

describe('nobody can say', () => {
  it.each([
    ['before the network was asked', input([], { network: undefined })],
    ['while the node is not in sync', input([], { network: { atxs: [], isSynced: false, askedAt: NOW } })],
    ['when the answer is old', input([], { network: { atxs: [], isSynced: true, askedAt: NOW - 2 * 3_600_000 } })],
  ])('%s', (_when, one) => expect(judgeArming(one).is).toBe('unknown'))
})

describe('the reason', () => {
  const hold = (more: Partial<ArmingInput>): string => holdOf(judgeArming(input([entry(50)], { databaseFrom: 'none', ...more }))).reason

  it('says what was seen, what it may mean and what to do, with a date that stays right', () => {
    expect(hold({})).toMatch(/^the network has an activation of it for epoch 50 \(0000…0032, published after \w{3} \d+ \w{3} \d\d:\d\d\)/)
    expect(hold({})).toContain('banned for ever')
    expect(hold({})).toContain('release the key')
  })

  it('names those who would be banned with it, and a ban that is there', () => {
    const members = ['c3'.repeat(32), 'd4'.repeat(32)] as IdentityId[]
    expect(hold({ setMembers: members })).toContain('2 identities married to it: c3c3…c3c3, d4d4…d4d4')
    expect(hold({ network: { atxs: [entry(50)], isSynced: true, askedAt: NOW, isBanned: true } })).toContain('banned it already')
  })
})

describe('a held key', () => {
  const hold = holdOf(judgeArming(input([entry(50)], { databaseFrom: 'none' })))
  const later = (atxs: readonly ActivationEntry[], now: number, more: Partial<ArmingInput> = {}) =>
    judgeRelease(hold, input(atxs, { databaseFrom: 'none', now, ...more }))

  it('stays held to the end of the window and goes free when nothing new was published', () => {
    expect(later([entry(50)], start(51) + DAY)).toEqual({ is: 'hold', hold })
    expect(later([entry(50)], start(52) - 1)).toEqual({ is: 'hold', hold })
    expect(later([entry(50)], start(52))).toEqual({ is: 'clear' })
  })

  it('is held anew when a new ATX comes, once for each', () => {
    const longer = holdOf(later([entry(51), entry(50)], start(51) + 11 * DAY))
    expect(longer).toMatchObject({ code: 'active-elsewhere', until: start(53), since: NOW })
    expect(longer.reason).toContain('epoch 51')
    expect(judgeRelease(longer, input([entry(51)], { now: start(52) + DAY }))).toEqual({ is: 'hold', hold: longer })
    expect(judgeRelease(longer, input([entry(51)], { now: start(53) }))).toEqual({ is: 'clear' })
    expect(codeOf(judgeRelease(longer, input([entry(52), entry(51)], { now: start(53) })))).toBe('active-elsewhere')
  })

  it('is not freed without a word of the network', () => {
    expect(codeOf(later([], start(52), { network: { atxs: [], isSynced: false, askedAt: start(52) } }))).toBe('unknown')
    expect(later([], start(51), { network: { atxs: [], isSynced: false, askedAt: start(51) } })).toEqual({ is: 'hold', hold })
  })

  it('by the user stays so; not yet checked is checked', () => {
    const byUser: Hold = { code: 'by-user', reason: 'wait', since: NOW, until: NOW + 1 }
    expect(judgeRelease(byUser, input([], { now: start(60) }))).toEqual({ is: 'hold', hold: byUser })
    const unchecked: Hold = { code: 'not-yet-checked', reason: 'no answer', since: NOW }
    expect(judgeRelease(unchecked, input([]))).toEqual({ is: 'clear' })
    expect(codeOf(judgeRelease(unchecked, input([entry(50)], { databaseFrom: 'none' })))).toBe('active-elsewhere')
  })
})
