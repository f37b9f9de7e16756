import { describe, expect, it } from 'vitest'
import { handedUnit, planHandOver, type HandOverInput } from '../../../../electron/operations/foreign/plan-hand-over.ts'
import { unitText } from '../../../../electron/operations/foreign/unit-text.ts'
import { unitWords } from '../../../../electron/interop/unit-file.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { aUnit, FOREIGN_SETUP, foreignEngine, MAIN, OWN_SETUP, SETUP_FILE, setUpStep } from './builders.ts'
import { FakeMachine, process } from './fake-machine.ts'

const UNITS = '/home/u/.config/systemd/user'
const UNIT = `${UNITS}/spacemesh-node.service`
const program = {
  name: 'node',
  file: '/opt/go-spacemesh',
  args: ['-d', '/data/main'],
  env: {},
  cwd: '/data',
  logFile: '/logs/node.log',
  policy: { readyWithinMs: 1, stopWaitMs: 200_000 },
}

const inputOn = (machine: FakeMachine, files: CrashFiles, given: Partial<HandOverInput> = {}): HandOverInput => ({
  id: 'hand-over-20261128-120000-ab12',
  now: 0,
  managers: machine,
  files,
  unitFolder: UNITS,
  userName: 'u',
  program,
  folder: '/data/main',
  node: MAIN,
  setUp: setUpStep(OWN_SETUP, FOREIGN_SETUP),
  window: { is: 'safe' },
  ...given,
})

function disk(): CrashFiles {
  const files = createCrashFiles()
  files.putFolder('/home/keeper/state')
  files.putFolder(UNITS)
  files.put(SETUP_FILE, OWN_SETUP)
  return files
}

/** A manager that knows the unit while its file is there. */
function machineOn(files: CrashFiles): FakeMachine {
  const machine = new FakeMachine()
  machine.onReload = ({ units }) => {
    const isThere = files.content(UNIT) !== undefined
    if (isThere && units.length === 0) units.push(aUnit({ name: 'spacemesh-node.service', file: 'disabled', active: 'inactive' }))
    if (!isThere) units.length = 0
  }
  return machine
}

describe('handing over to systemd', () => {
  it('writes the unit, starts it when ours is down, and takes all of it back', async () => {
    const files = disk()
    const machine = machineOn(files)
    const draft = await planHandOver({ what: 'node' }, inputOn(machine, files))
    expect(draft.plan.refusals).toEqual([])
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(machine.units[0]).toMatchObject({ file: 'enabled', active: 'active' })
    expect(files.content(SETUP_FILE)?.toString()).toBe(FOREIGN_SETUP)
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: true })
    expect(machine.units).toEqual([])
    expect(files.content(UNIT)).toBeUndefined()
    expect(files.content(SETUP_FILE)?.toString()).toBe(OWN_SETUP)
  })

  it('waits for ours, and starts nothing beside it', async () => {
    const files = disk()
    const machine = machineOn(files)
    machine.processes.push(process({ pid: 12, program: 'go-spacemesh', owner: 'smeshkeeper', folder: '/data/main' }))
    const draft = await planHandOver({ what: 'node' }, inputOn(machine, files))
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('process 12') } })
    expect(machine.units).toEqual([])
    machine.processes = []
    expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: true })
  })

  it('leaves a unit that was changed since', async () => {
    const files = disk()
    const machine = machineOn(files)
    const draft = await planHandOver({ what: 'node' }, inputOn(machine, files))
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    await engine.finish(draft.plan.id)
    files.put(UNIT, '# mine now')
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: false, fault: { code: 'operation/not-undoable' } })
    expect(files.content(UNIT)?.toString()).toBe('# mine now')
  })

  it('ends clean whichever command it was gone at', async () => {
    for (const by of ['finish', 'roll back'] as const) {
      for (const when of ['before', 'after', 'late'] as const) {
        for (let at = 0; ; at += 1) {
          const files = disk()
          const machine = machineOn(files)
          const draft = await planHandOver({ what: 'node' }, inputOn(machine, files))
          machine.goneAt(at, when)
          foreignEngine(machine, files).begin(draft)
          await foreignEngine(machine, files).finish(draft.plan.id)
          if (!machine.isGone) break
          machine.revive()
          const engine = foreignEngine(machine, files)
          const ended = by === 'finish' ? await engine.finish(draft.plan.id) : await engine.rollBack(draft.plan.id)
          expect({ by, when, at, ended }).toMatchObject({ ended: { ok: true } })
          expect(machine.units.map(({ file, active }) => ({ file, active }))).toEqual(
            by === 'finish' ? [{ file: 'enabled', active: 'active' }] : [],
          )
          expect(files.content(SETUP_FILE)?.toString()).toBe(by === 'finish' ? FOREIGN_SETUP : OWN_SETUP)
        }
      }
    }
  })

  it('is refused where a unit of that name is, where systemd does not answer, and for a path that no unit can name', async () => {
    const codes = async (files: CrashFiles, machine: FakeMachine, given: Partial<HandOverInput> = {}): Promise<readonly string[]> =>
      (await planHandOver({ what: 'node' }, inputOn(machine, files, given))).plan.refusals.map(({ code }) => code)
    const taken = disk()
    taken.put(UNIT, 'x')
    expect(await codes(taken, machineOn(taken))).toEqual(['foreign/unit-exists'])
    const down = new FakeMachine()
    down.isUserManagerUp = false
    expect(await codes(disk(), down)).toEqual(['foreign/manager-unreachable'])
    expect(await codes(disk(), new FakeMachine(), { program: { ...program, cwd: '/data/two\nlines' } })).toEqual(['foreign/path-unusable'])
  })

  it('says when it would end with a log-out', async () => {
    const files = disk()
    const machine = machineOn(files)
    machine.isLingering = false
    const { plan } = await planHandOver({ what: 'node' }, inputOn(machine, files))
    expect(plan.risks.map(({ text }) => text)).toContainEqual(expect.stringContaining('loginctl enable-linger u'))
  })

  it('names the unit of a service after its identity', () => {
    expect(handedUnit('91b8'.padEnd(64, '0'))).toBe('spacemesh-post-91b80000.service')
  })
})

describe('the text of a unit', () => {
  const line = (args: readonly string[], file = '/opt/go spacemesh'): string =>
    /^ExecStart=(.*)$/m.exec(unitText({ description: 'x', program: { ...program, file, args } }))?.[1] ?? ''

  it.each(['plain', 'a b', '"', "'", '\\', '100%', '$HOME', '${A}', ';', '', '@x', 'tab\there', 'line\nbreak', 'ü', '-- x'])(
    'holds every argument as it is: %j',
    (argument) => {
      const [file, ...args] = unitWords(line([argument, 'end'])).map(({ text }) => text)
      expect(file).toBe('/opt/go spacemesh')
      // What systemd does after splitting: specifiers, then variables.
      expect(args.map((text) => text.replaceAll('%%', '%').replaceAll('$$', '$'))).toEqual([argument, 'end'])
    },
  )

  it('is a unit that leaves the tree alone, restarts after a crash and starts with the session', () => {
    expect(unitText({ description: 'Main', program })).toBe(
      [
        '# Written by Smeshkeeper when it handed this over. Its undo removes the file while it is as it was written.',
        '[Unit]',
        'Description=Main',
        'StartLimitIntervalSec=600',
        'StartLimitBurst=5',
        '',
        '[Service]',
        'Type=exec',
        'ExecStart=/opt/go-spacemesh -d /data/main',
        'WorkingDirectory=/data',
        'KillMode=process',
        'Restart=on-failure',
        'RestartSec=10',
        'TimeoutStopSec=200',
        'StandardOutput=append:/logs/node.log',
        'StandardError=append:/logs/node.log',
        '',
        '[Install]',
        'WantedBy=default.target',
        '',
      ].join('\n'),
    )
  })
})
