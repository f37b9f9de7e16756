import { describe, expect, it } from 'vitest'
import { aSetup, aUnit, FOREIGN_SETUP, foreignEngine, OWN_SETUP } from './builders.ts'
import { process } from './fake-machine.ts'
import { aMachine, disk, planned, setUpOf, stories, type Story } from './take-over-stories.ts'

describe('taking over from another manager', () => {
  it.each(stories)('stops $name, keeps it down over a restart, and gives it back exactly', async (story) => {
    const machine = story.machine()
    const files = disk(story)
    const before = machine.state()
    const draft = await planned(story, machine, files)
    expect(draft.plan.refusals).toEqual([])
    expect(draft.plan.steps).toHaveLength(draft.steps.length)
    expect(machine.commands).toEqual([])
    const engine = foreignEngine(machine, files)
    expect(engine.begin(draft).ok).toBe(true)
    const done = await engine.finish(draft.plan.id)
    expect(done).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(await machine.programs()).toEqual([])
    expect(setUpOf(files)).toBe(OWN_SETUP)
    machine.reboot()
    expect(await machine.programs()).toEqual([])
    const back = await engine.rollBack(draft.plan.id)
    expect(back).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(machine.state()).toEqual(before)
    expect(setUpOf(files)).toBe(FOREIGN_SETUP)
  })

  it('says what it did to prove it', async () => {
    const said = async (story: Story): Promise<string> => {
      const machine = story.machine()
      const files = disk(story)
      const draft = await planned(story, machine, files)
      const engine = foreignEngine(machine, files)
      engine.begin(draft)
      const done = await engine.finish(draft.plan.id)
      return done.ok ? (done.value.steps.at(-2)?.note ?? '') : done.fault.detail
    }
    const [user] = stories
    const docker = stories.at(-1)
    expect(await said(user as Story)).toBe(
      'your user’s systemd was executed anew and has left spacemesh.service alone; watched for 10 s: nothing came back',
    )
    expect(await said(docker as Story)).toBe(
      'docker was not restarted: the restart policy of amber, smesh-node-1 is no, so a restart does not start it; watched for 10 s: nothing came back',
    )
  })

  it('waits for the command that only root may type, and goes on by itself', async () => {
    const machine = aMachine((one) => one.units.push(aUnit({ manager: 'system', install: ['multi-user.target'] })))
    const story: Story = { name: '', machine: () => machine, label: 'spacemesh.service', setups: [aSetup({ label: 'spacemesh.service' })] }
    const files = disk(story)
    const draft = await planned(story, machine, files)
    expect(draft.plan.asks[0]?.text).toContain('sudo systemctl disable --now spacemesh.service')
    expect(draft.plan.steps.map(({ title }) => title)).toContain('You type: sudo systemctl disable --now spacemesh.service')
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    const waited = await engine.finish(draft.plan.id)
    expect(waited).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('sudo systemctl disable --now spacemesh.service') },
    })
    machine.onWait = ({ units: [unit] }) => unit !== undefined && Object.assign(unit, { file: 'disabled', active: 'inactive' })
    const done = await engine.finish(draft.plan.id)
    expect(done).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(done.ok ? done.value.steps.at(-2)?.note : '').toContain('was not executed anew, because that needs root')
    machine.onWait = ({ units: [unit] }) => unit !== undefined && Object.assign(unit, { file: 'enabled', active: 'active' })
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: true })
    expect(machine.commands).toEqual([])
  })

  it('starts nothing of ours when it comes back', async () => {
    const [story] = stories
    const machine = aMachine((one) => one.units.push(aUnit()))
    const files = disk(story as Story)
    const draft = await planned(story as Story, machine, files)
    let waits = 0
    machine.onWait = ({ units: [unit] }) => {
      if (unit?.active === 'inactive') waits += 1
      if (waits === 3 && unit !== undefined) Object.assign(unit, { active: 'active', pid: 4800 })
    }
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    const ended = await engine.finish(draft.plan.id)
    expect(ended).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('spacemesh.service does not stay down: it is active') },
    })
    expect(setUpOf(files)).toBe(FOREIGN_SETUP)
  })

  it('does not start theirs while ours runs', async () => {
    const [story] = stories
    const machine = aMachine((one) => one.units.push(aUnit()))
    const files = disk(story as Story)
    const draft = await planned(story as Story, machine, files)
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    await engine.finish(draft.plan.id)
    machine.processes.push(process({ pid: 77, program: 'go-spacemesh', owner: 'smeshkeeper', folder: '/data/main' }))
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('process 77') } })
    expect(machine.units[0]).toMatchObject({ file: 'disabled', active: 'inactive' })
    machine.processes = []
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: true })
  })

  it('goes on after a crash although ours was started meanwhile', async () => {
    const [story] = stories
    const machine = aMachine((one) => one.units.push(aUnit()))
    const files = disk(story as Story)
    const draft = await planned(story as Story, machine, files)
    machine.goneAt(2, 'after')
    foreignEngine(machine, files).begin(draft)
    await foreignEngine(machine, files).finish(draft.plan.id)
    machine.revive()
    machine.processes.push(process({ pid: 77, program: 'go-spacemesh', owner: 'smeshkeeper', folder: '/data/main' }))
    expect(await foreignEngine(machine, files).finish(draft.plan.id)).toMatchObject({ ok: true })
  })
})
