import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MachineContext } from '../../../../electron/keeper/machine/context.ts'
import type { MachineDesk } from '../../../../electron/keeper/machine/machine-desk.ts'
import { planDesk } from '../../../../electron/keeper/machine/plan-desk.ts'
import type { Session } from '../../../../electron/keeper/session.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { ok } from '../../../../shared/domain/fault.ts'
import type { MachineLimits } from '../../../../shared/domain/lane-problem.ts'
import { setupSchema, type Setup } from '../../../../shared/setup/schema.ts'
import { aDisk, aMachineReport } from '../../../builders/machine.ts'
import { aFolder, AMBER, aSetup, BASALT, GAP_OPENS, Story } from '../../domain/scene.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-plan-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function aDesk(before: Setup | undefined, story?: Story) {
  let setup = before
  const clock = new FakeClock(GAP_OPENS - 3_600_000)
  const session = (): Partial<Session> | undefined => (story === undefined ? undefined : { world: story.world, snapshot: () => undefined })
  const context: Partial<MachineContext> = {
    home: { state: folder } as MachineContext['home'],
    clock,
    log: silentLogger,
    setup: () => setup,
    session: () => session() as Session | undefined,
    editSetup: (change) => {
      setup = setup === undefined ? undefined : setupSchema.parse(change(setup))
      return Promise.resolve(ok(undefined))
    },
  }
  const disk = aDisk({ id: 'disk:x', folders: [{ identity: AMBER, path: '/mnt/0' }] })
  const machine: Partial<MachineDesk> = { report: () => aMachineReport(), disks: () => [disk], pow: () => undefined }
  const desk = planDesk(context as MachineContext, machine as MachineDesk)
  return {
    desk: desk.handlers,
    begin: (session: Parameters<typeof desk.begin>[0]) => desk.begin(session),
    close: (...words: Parameters<typeof desk.close>) => desk.close(...words),
    clock,
    machine,
    now: () => setup,
  }
}

describe('plan desk', () => {
  it('says that nothing is set up', async () => {
    const { desk, machine } = aDesk(undefined)
    expect(await desk.inputs()).toMatchObject({ ok: false, fault: { code: 'plan/no-setup' } })
    expect(await desk.use({ identities: [] })).toMatchObject({ ok: false, fault: { code: 'plan/no-setup' } })
    expect(machine.chanceAll?.()).toBeUndefined()
  })

  it('tells the planner sizes, settings and disks, and the machine the odds of all', async () => {
    const story = new Story().see({ kind: 'pos-folder', identity: AMBER, folder: aFolder() })
    const { desk, machine } = aDesk(aSetup(), withUnits(story))
    const answer = await desk.inputs()
    if (!answer.ok) throw new Error('no inputs')
    expect(answer.value.identities).toMatchObject([
      { id: AMBER, numUnits: 16, totalBytes: 2 ** 40, disk: 'disk:x', nonces: 288, threads: 1 },
    ])
    expect(answer.value.gapOpensAt).toBe(GAP_OPENS)
    expect(answer.value.machine.proverMemoryBytes).toBeGreaterThan(0)
    expect(machine.chanceAll?.()).toBeGreaterThanOrEqual(0)
  })

  it('tells the schedule what the machine can do, again and again, and no more after its end', () => {
    const told: MachineLimits[] = []
    const { begin, close, clock } = aDesk(aSetup())
    begin({ setLimits: (limits: MachineLimits) => void told.push(limits) } as unknown as Session)
    clock.advance(20_000)
    expect(told).toHaveLength(3)
    expect(told[0]?.proverMemoryBytes).toBeGreaterThan(0)
    expect(told[0]?.laneSpeeds?.get('disk:x')).toBeGreaterThan(0)
    void close('leave-running')
    clock.advance(20_000)
    expect(told).toHaveLength(3)
  })

  it('puts settings into the set-up and refuses what has no service', async () => {
    const { desk, now } = aDesk(aSetup({ services: [{ threads: undefined, pinnedCores: [1, 2] }] }))
    expect(await desk.use({ identities: [{ identity: BASALT, nonces: 128 }] })).toMatchObject({
      ok: false,
      fault: { code: 'plan/unknown' },
    })
    expect(await desk.use({ identities: [{ identity: AMBER, nonces: 128, threads: 6 }], maxProvers: 3 })).toMatchObject({ ok: true })
    expect(now()?.services[0]).toMatchObject({ nonces: 128, threads: 6 })
    expect(now()?.services[0]?.pinnedCores).toBeUndefined()
    expect(now()?.machine.maxProvers).toBe(3)
    await desk.use({ identities: [], maxProvers: null })
    expect(now()?.machine.maxProvers).toBeNull()
  })

  it('keeps what-ifs by name, newest first, across restarts, and bears a damaged file', async () => {
    const { desk } = aDesk(undefined)
    await desk.save({ name: 'a', at: 1, draft: { moves: {} } })
    await desk.save({ name: 'b', at: 2, draft: {} })
    await desk.save({ name: 'a', at: 3, draft: { slowerPercent: 10 } })
    const again = aDesk(undefined).desk
    expect(await again.saved()).toMatchObject({ value: [{ name: 'a', at: 3, draft: { slowerPercent: 10 } }, { name: 'b' }] })
    await again.forget({ name: 'a' })
    expect(JSON.parse(readFileSync(path.join(folder, 'plans.json'), 'utf8'))).toMatchObject({ version: 1, plans: [{ name: 'b' }] })
    writeFileSync(path.join(folder, 'plans.json'), '{"version":1,"plans":[{')
    expect(await again.saved()).toEqual(ok([]))
  })
})

/** Units as the service told the node. */
function withUnits(story: Story): Story {
  const belief = story.world.identities.get(AMBER)
  if (belief === undefined) throw new Error('not known')
  story.world = { ...story.world, identities: new Map([[AMBER, { ...belief, numUnits: 16 }]]) }
  return story
}
