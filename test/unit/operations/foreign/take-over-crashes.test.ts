import { describe, expect, it } from 'vitest'
import { coverageLine, crashEverywhere } from '../../../fakes/crash-everywhere.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { FOREIGN_SETUP, foreignEngine, OWN_SETUP } from './builders.ts'
import { disk, planned, setUpOf, stories } from './take-over-stories.ts'

describe('our process ends within a take-over', () => {
  it.each(
    // A boot by itself starts one that is enabled and stood still.
    stories.flatMap((story) =>
      (story.name.endsWith('stands still') ? [false] : [false, true]).map((boots) => ({
        story,
        boots,
        name: `${story.name}${boots ? ', with a reboot' : ''}`,
      })),
    ),
  )('ends clean whichever command it was gone at: $name', async ({ story, boots }) => {
    let cuts = 0
    for (const by of ['finish', 'roll back'] as const) {
      for (const when of ['before', 'after', 'late'] as const) {
        for (let at = 0; ; at += 1) {
          const machine = story.machine()
          const files = disk(story)
          const before = machine.state()
          const draft = await planned(story, machine, files)
          machine.goneAt(at, when)
          foreignEngine(machine, files).begin(draft)
          await foreignEngine(machine, files).finish(draft.plan.id)
          if (!machine.isGone) break
          cuts += 1
          machine.revive()
          if (boots) machine.reboot()
          const engine = foreignEngine(machine, files)
          const ended = by === 'finish' ? await engine.finish(draft.plan.id) : await engine.rollBack(draft.plan.id)
          const where = `${by} after gone ${when} ${at}`
          expect({ where, ended }).toMatchObject({ ended: { ok: true, value: { state: by === 'finish' ? 'done' : 'rolled-back' } } })
          if (by === 'finish')
            expect({ where, left: await machine.programs(), setUp: setUpOf(files) }).toEqual({ where, left: [], setUp: OWN_SETUP })
          else expect({ where, state: machine.state(), setUp: setUpOf(files) }).toEqual({ where, state: before, setUp: FOREIGN_SETUP })
        }
      }
    }
    expect(cuts).toBeGreaterThan(3)
  })

  it('ends clean whichever command a roll back was gone at', async () => {
    const [story] = stories
    if (story === undefined) throw new Error('no story')
    for (const when of ['before', 'after', 'late'] as const) {
      for (let at = 0; ; at += 1) {
        const machine = story.machine()
        const files = disk(story)
        const before = machine.state()
        const draft = await planned(story, machine, files)
        foreignEngine(machine, files).begin(draft)
        await foreignEngine(machine, files).finish(draft.plan.id)
        machine.goneAt(at, when)
        await foreignEngine(machine, files).rollBack(draft.plan.id)
        if (!machine.isGone) break
        machine.revive()
        expect(await foreignEngine(machine, files).rollBack(draft.plan.id)).toMatchObject({ ok: true })
        expect(machine.state()).toEqual(before)
      }
    }
  })
})

describe('power cuts within a take-over', () => {
  it.each(['finish', 'roll back'] as const)('leave nothing half done, whatever of our files they take: then %s', async (by) => {
    const story = stories.find(({ name }) => name === 'an enabled unit of the user that runs')
    if (story === undefined) throw new Error('no story')
    let machine = story.machine()
    const before = machine.state()
    const { id } = (await planned(story, machine, disk(story))).plan
    let broken: string | undefined
    const coverage = await crashEverywhere({
      prepare() {
        machine = story.machine()
        return disk(story)
      },
      async run(files) {
        const draft = await planned(story, story.machine(), files as CrashFiles)
        const engine = foreignEngine(machine, files as CrashFiles)
        if (engine.begin(draft).ok) await engine.finish(id)
      },
      async recover(files) {
        machine.reboot()
        const engine = foreignEngine(machine, files as CrashFiles)
        const open = (await engine.state()).operations.find(({ state }) => state !== 'done' && state !== 'rolled-back')
        if (open === undefined) return
        const ended = by === 'finish' ? await engine.finish(id) : await engine.rollBack(id)
        if (!ended.ok && !(files as CrashFiles).isCut) broken ??= ended.fault.detail
      },
      check(files, at) {
        const told = broken
        broken = undefined
        if (told !== undefined || at === 'cut' || at === 'settled') return told
        const isOurs = setUpOf(files) === OWN_SETUP
        const isTheirs = JSON.stringify(machine.state()) === JSON.stringify(before)
        const { file, active } = machine.units[0] ?? {}
        const isDown = file === 'disabled' && active === 'inactive'
        return (isOurs && isDown) || (!isOurs && isTheirs) ? undefined : `owner ${setUpOf(files)}, unit ${file} and ${active}`
      },
    })
    console.log(coverageLine(`take-over, then ${by}`, coverage))
    expect(coverage.failures.slice(0, 3)).toEqual([])
    expect(coverage.cuts).toBeGreaterThan(100)
  })
})
