import { spawn } from 'node:child_process'
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { planHandOver, type HandOverInput } from '../../../../electron/operations/foreign/plan-hand-over.ts'
import { planTakeOver } from '../../../../electron/operations/foreign/plan-take-over.ts'
import type { ProveDownData } from '../../../../electron/operations/foreign/data.ts'
import type { TakeOverDraft, TakeOverInput } from '../../../../electron/operations/foreign/take-over-input.ts'
import type { Draft } from '../../../../electron/operations/types.ts'
import { MAIN, OWN_SETUP, FOREIGN_SETUP, setUpStep } from '../../../unit/operations/foreign/builders.ts'
import { Machine } from './machine.ts'
import type { FoundProcess } from '../../../../shared/domain/inventory.ts'
import { isPossible, PrivateSystemd, WHY_NOT } from './private-systemd.ts'

if (!isPossible) console.log(`skipped: ${WHY_NOT}`)

/** A watch of two seconds is enough where nothing else runs. */
const quick = <D extends Draft>(draft: D): D => ({
  ...draft,
  steps: draft.steps.map((step) =>
    step.is === 'foreign-prove-down' ? ({ ...step, watchMs: 1_500, patienceMs: 3_000 } as ProveDownData) : step,
  ),
})

describe.runIf(isPossible)('with a real systemd of a user', () => {
  const systemd = new PrivateSystemd()
  let machine: Machine
  beforeAll(() => systemd.start())
  afterAll(() => systemd.stop())
  beforeEach(() => {
    machine = new Machine(systemd)
    writeFileSync(machine.setUpFile, FOREIGN_SETUP)
  })
  afterEach(() => {
    for (const unit of ['spacemesh.service', 'other.service', 'spacemesh.timer', 'spacemesh-node.service']) {
      systemd.run('disable', '--now', unit)
      rmSync(path.join(systemd.units, unit), { force: true })
    }
    systemd.run('daemon-reload')
    machine.remove()
  })

  const unitText = (more = ''): string => {
    const { file, script } = machine.program('go-spacemesh')
    return `[Service]\nExecStart=${file} ${script} -d ${machine.dataFolder}\nRestart=always\nRestartSec=100ms\n${more}\n[Install]\nWantedBy=default.target\n`
  }
  const put = (more = '', folder?: string): void => {
    systemd.putUnit('spacemesh.service', unitText(more), folder)
    systemd.run('daemon-reload')
  }
  const state = (): readonly string[] => [
    systemd.run('is-enabled', 'spacemesh.service').stdout,
    systemd.run('is-active', 'spacemesh.service').stdout,
  ]

  /** Programs of this test, once there are so many: systemd tells of a start before the program is there. */
  async function running(count: number): Promise<readonly FoundProcess[]> {
    for (let tries = 0; ; tries += 1) {
      const own = await machine.own()
      if (own.length === count) return own
      if (tries === 50) expect(own).toHaveLength(count)
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
    }
  }

  async function plan(given: Partial<TakeOverInput> = {}): Promise<TakeOverDraft> {
    const input: TakeOverInput = {
      id: 'take-over-20261128-120000-ab12',
      now: Date.now(),
      setups: await machine.setups(),
      processes: await machine.own(),
      managers: machine.managers,
      files: systemFiles,
      node: MAIN,
      setUp: { ...setUpStep(FOREIGN_SETUP, OWN_SETUP), file: machine.setUpFile },
      window: { is: 'safe' },
      canAdopt: false,
      ...given,
    }
    return quick(await planTakeOver({ label: 'spacemesh.service (of the user)' }, input))
  }
  async function run(draft: Draft): Promise<unknown> {
    const engine = machine.engine()
    expect(draft.plan.refusals).toEqual([])
    expect(engine.begin(draft)).toEqual({ ok: true, value: undefined })
    return engine.finish(draft.plan.id)
  }

  it('takes a running unit over, which stays down over a restart of systemd itself, and gives it back', async () => {
    put()
    systemd.run('enable', '--now', 'spacemesh.service')
    await running(1)
    const draft = await plan()
    expect(await run(draft)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(state()).toEqual(['disabled', 'inactive'])
    expect(await machine.own()).toEqual([])
    expect(machine.readSetUp()).toBe(OWN_SETUP)
    await systemd.restart()
    expect(await machine.own()).toEqual([])
    expect(await machine.engine().rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(state()).toEqual(['enabled', 'active'])
    expect(machine.readSetUp()).toBe(FOREIGN_SETUP)
    await systemd.restart()
    expect(state()).toEqual(['enabled', 'active'])
    await running(1)
  })

  it('gives a unit back whose file lies elsewhere, with its own link', async () => {
    const elsewhere = path.join(machine.folder, 'units')
    put('', elsewhere)
    systemd.run('enable', '--now', path.join(elsewhere, 'spacemesh.service'))
    await running(1)

    expect(state()).toEqual(['enabled', 'active'])
    const draft = await plan()
    expect(await run(draft)).toMatchObject({ ok: true })
    expect(await machine.own()).toEqual([])
    expect(await machine.engine().rollBack(draft.plan.id)).toMatchObject({ ok: true })
    expect(state()).toEqual(['enabled', 'active'])
    expect(systemFiles.facts(path.join(systemd.units, 'spacemesh.service'))?.is).toBe('link')
  })

  it('hides a unit that is enabled for all users, and shows it again', async () => {
    const shared = path.join(systemd.home, '.local', 'share', 'systemd', 'user')
    put('', shared)
    systemFiles.makeFolder(path.join(shared, 'default.target.wants'), 0o755)
    symlinkSync(path.join(shared, 'spacemesh.service'), path.join(shared, 'default.target.wants', 'spacemesh.service'))
    systemd.run('daemon-reload')
    systemd.run('start', 'spacemesh.service')
    await running(1)
    const before = state()

    const draft = await plan()
    const done = await run(draft)
    expect(done).toMatchObject({ ok: true })
    await systemd.restart()
    expect(await machine.own()).toEqual([])
    expect(await machine.engine().rollBack(draft.plan.id)).toMatchObject({ ok: true })
    expect(state()).toEqual(before)
    systemFiles.unlink(path.join(shared, 'default.target.wants', 'spacemesh.service'))
    systemFiles.unlink(path.join(shared, 'spacemesh.service'))
  })

  it('refuses a unit that a timer or another unit starts as well', async () => {
    put()
    systemd.putUnit('spacemesh.timer', '[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n')
    systemd.run('daemon-reload')
    systemd.run('enable', '--now', 'spacemesh.service')
    systemd.run('start', 'spacemesh.timer')
    expect((await plan()).plan.refusals[0]).toMatchObject({
      code: 'foreign/started-by-others',
      detail: expect.stringContaining('systemctl --user disable --now spacemesh.timer'),
    })
    systemd.run('stop', 'spacemesh.timer')
    systemFiles.unlink(path.join(systemd.units, 'spacemesh.timer'))
    systemd.putUnit('other.service', '[Unit]\nWants=spacemesh.service\n[Service]\nExecStart=/bin/sleep 1000\n')
    systemd.run('daemon-reload')
    systemd.run('start', 'other.service')
    expect((await plan()).plan.refusals[0]).toMatchObject({
      code: 'foreign/started-by-others',
      detail: expect.stringContaining('Take spacemesh.service out of Wants= or Requires= of other.service'),
    })
  })

  it('lets a program go on that its unit leaves behind, where it can be adopted', async () => {
    put('KillMode=none')
    systemd.run('enable', '--now', 'spacemesh.service')
    const [before] = await running(1)
    const draft = await plan({ canAdopt: true })
    expect(draft.adopts).toEqual([{ pid: before?.pid, program: 'go-spacemesh', folder: machine.dataFolder }])
    expect(await run(draft)).toMatchObject({ ok: true })
    expect(state()).toEqual(['disabled', 'inactive'])
    expect((await machine.own()).map(({ pid }) => pid)).toEqual([before?.pid])
    process.kill(before?.pid ?? 0, 'SIGKILL')
  })

  it.each([20, 150, 300, 450, 700, 1_200])('is finished or rolled back after a real SIGKILL %i ms after it began', async (afterMs) => {
    put()
    systemd.run('enable', '--now', 'spacemesh.service')
    await running(1)
    const draft = await plan()
    const file = path.join(machine.folder, 'draft.json')
    writeFileSync(file, JSON.stringify(draft))
    const env = { ...systemd.env, ELECTRON_RUN_AS_NODE: '1' }
    const script = fileURLToPath(new URL('child.ts', import.meta.url))
    const child = spawn(process.execPath, [script, machine.folder, file, String(systemd.pid)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    await new Promise((resolve) => {
      child.stdout.once('data', resolve)
    })
    await new Promise((resolve) => {
      setTimeout(resolve, afterMs)
    })
    child.kill('SIGKILL')
    await ended
    const engine = machine.engine()
    const before = await engine.view(draft.plan.id)
    const isBack = afterMs % 100 === 50 || afterMs % 100 === 20
    const done = isBack ? await engine.rollBack(draft.plan.id) : await engine.finish(draft.plan.id)
    expect({ before, done }).toMatchObject({ before: { state: 'unfinished' }, done: { ok: true } })
    expect(state()).toEqual(isBack ? ['enabled', 'active'] : ['disabled', 'inactive'])
    expect(machine.readSetUp()).toBe(isBack ? FOREIGN_SETUP : OWN_SETUP)
    await running(isBack ? 1 : 0)
  })

  const nasty = [
    '--plain=1',
    'a b',
    'it\'s "quoted"',
    '$HOME ${HOME} $$',
    '100%',
    '%h %%',
    ';',
    '\\n back\\slash',
    'ü\ttab',
    '',
    '@at',
    '-x;y',
    "'",
  ]

  it('hands a program over with exactly its arguments, and takes it back', async () => {
    writeFileSync(machine.setUpFile, OWN_SETUP)
    const { file, script } = machine.program('go-spacemesh')
    const args = [script, '-d', machine.dataFolder, ...nasty]
    const input: HandOverInput = {
      id: 'hand-over-20261128-120000-ab12',
      now: Date.now(),
      managers: machine.managers,
      files: systemFiles,
      unitFolder: systemd.units,
      userName: 'root',
      program: {
        name: 'node',
        file,
        args,
        env: { TOLD: 'a "b" %h $HOME \\ c' },
        cwd: machine.folder,
        logFile: path.join(machine.folder, '100% node.log'),
        policy: { readyWithinMs: 1_000, stopWaitMs: 10_000 },
      },
      folder: machine.dataFolder,
      node: MAIN,
      setUp: { ...setUpStep(OWN_SETUP, FOREIGN_SETUP), file: machine.setUpFile },
      window: { is: 'safe' },
    }
    const draft = await planHandOver({ what: 'node' }, input)
    expect(await run(draft)).toMatchObject({ ok: true, value: { state: 'done' } })
    const [ran] = await running(1)
    expect(ran).toMatchObject({ owner: 'systemd', ownerLabel: 'spacemesh-node.service', folder: machine.dataFolder })
    expect(readFileSync(`/proc/${ran?.pid}/cmdline`, 'utf8').split('\0').slice(0, -1)).toEqual([file, ...args])
    expect(readFileSync(`/proc/${ran?.pid}/environ`, 'utf8').split('\0')).toContain('TOLD=a "b" %h $HOME \\ c')
    expect(systemFiles.facts(path.join(machine.folder, '100% node.log'))?.is).toBe('file')
    expect((await planHandOver({ what: 'node' }, input)).plan.refusals.map(({ code }) => code)).toEqual(['foreign/unit-exists'])
    await systemd.restart()
    await running(1)
    expect(await machine.engine().rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(await machine.own()).toEqual([])
    expect(systemFiles.facts(path.join(systemd.units, 'spacemesh-node.service'))).toBeUndefined()
    expect(systemd.run('show', '--property=LoadState', '--value', 'spacemesh-node.service').stdout).toBe('not-found')
    expect(machine.readSetUp()).toBe(OWN_SETUP)
  })
})
