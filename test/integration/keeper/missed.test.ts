import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { preparedHome, startCli } from './running.ts'

describe('run --until-proved', () => {
  it('ends with 3 and says who missed and why, when one identity cannot prove', { timeout: 240_000 }, async () => {
    const { home, setup, env } = await preparedHome({ identities: 2, epochSeconds: 40, pace: { passSuccess: 1 } })
    const keeper = startCli(home, ['run', '--practice', '--json', '--until-proved'])
    await keeper.until(
      'both have their initial proof',
      ({ identities }) =>
        identities.length === 2 &&
        identities.every(({ status }) => status.kind === 'waiting' && status.phase !== 'initial-proof' && status.phase !== 'sync'),
    )
    const unlucky = setup.identities[0]?.id ?? ''
    writeFileSync(env['SMESHKEEPER_PRACTICE_SCRIPT'] ?? '', JSON.stringify({ services: { [unlucky]: { failNextProofs: 1_000 } } }))

    await keeper.until(
      'the failure is told',
      ({ alarms }) => alarms.some((alarm) => alarm.code === 'proof-failed' && alarm.identity === unlucky),
      150_000,
    )
    expect(await keeper.exit).toBe(3)
    const last = keeper.last()
    const missed = last?.identities.find((one) => one.id === unlucky)
    expect(missed?.status.kind).toBe('missed')
    expect(missed?.status.sentence).toMatch(/no ATX by .*(the proof failed|no proof was finished in time)/)
    const other = last?.identities.find((one) => one.id !== unlucky)
    expect(other?.lastPublishedEpoch).toBe(1)
  })
})
