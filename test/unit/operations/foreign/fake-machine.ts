import type { Command, ForeignManagers, Ran } from '../../../../electron/operations/foreign/managers.ts'
import type { FoundProcess } from '../../../../shared/domain/inventory.ts'

/** Thrown by every command from the cut on: this process is gone. */
export class Gone extends Error {
  override readonly name = 'Gone'
}

export interface FakeUnit {
  manager: 'system' | 'user'
  name: string
  file: string
  active: string
  /** Names in its [Install]. */
  install: string[]
  /** Names in its Also=. */
  also?: string[]
  /** Other units that want it by their own files. */
  wants?: string[]
  triggeredBy?: string[]
  killMode?: string
  load?: string
  isMasked?: boolean
  /** `disable` leaves the package's own link. */
  isVendorEnabled?: boolean
  /** Comes back although it is disabled. */
  isHaunted?: boolean
  /** Does not stop. */
  isDeaf?: boolean
  /** Waits until it has stopped. */
  stopsIn?: number
  program?: { program: 'go-spacemesh' | 'post-service'; folder: string }
  pid?: number
}

export interface FakeContainer {
  id: string
  name: string
  isRunning: boolean
  policy: string
  service?: string
  file?: string
  isRemoved?: boolean
  isSwarm?: boolean
  mounts?: { Source: string; Destination: string }[]
  program?: { program: 'go-spacemesh' | 'post-service'; folder: string }
}

/** `late`: the command goes on without us and is done when we are back. */
export type When = 'before' | 'after' | 'late'

const done = (stdout = ''): Ran => ({ code: 0, stdout, stderr: '' })
const failed = (stderr: string, code = 1): Ran => ({ code, stdout: '', stderr })

/** systemd, docker and processes of a machine, in memory; what commands do stays when we are gone. */
export class FakeMachine implements ForeignManagers {
  units: FakeUnit[] = []
  containers: FakeContainer[] = []
  processes: FoundProcess[] = []
  scripts = new Map<number, readonly string[]>()
  links = new Map<string, string>()
  denied = new Set<string>()
  isRoot = false
  hasSystemd = true
  isDockerUp = true
  isUserManagerUp = true
  isLingering = true
  commands: string[] = []
  terminated: number[] = []
  /** Before each wait: what the user does meanwhile. */
  onWait: (machine: FakeMachine) => void = () => undefined
  #now = 0
  #cut: { readonly at: number; readonly when: When } | undefined
  #isGone = false
  /** A command that outlives us: it is done some time after we are gone. */
  #late: { readonly command: Command; waits: number } | undefined
  #nextPid = 5000

  /** Our process ends at the n-th changing command (from 0). */
  goneAt(at: number, when: When): void {
    this.#cut = { at, when }
    this.commands = []
  }
  get isGone(): boolean {
    return this.#isGone
  }
  /** Our process is started again. */
  revive(): void {
    this.#cut = undefined
    this.#isGone = false
  }

  /** Power off and on: managers start what they start by themselves. */
  reboot(): void {
    this.#late = undefined
    for (const unit of this.units) {
      unit.active = isOn(unit) ? 'active' : 'inactive'
      this.#settle(unit)
    }
    for (const one of this.containers) one.isRunning = one.policy === 'always' || (one.policy === 'unless-stopped' && one.isRunning)
    this.processes = []
    this.scripts.clear()
  }

  /** What a test compares: whatever our operation may change. */
  state(): unknown {
    return {
      units: this.units.map(({ name, file, active, isMasked }) => ({ name, file, active, isMasked: isMasked === true })),
      containers: this.containers.map(({ name, isRunning, policy }) => ({ name, isRunning, policy })),
    }
  }

  run = (command: Command): Promise<Ran> => {
    const text = `${command.program} ${command.args.join(' ')}`
    if (this.#isGone) return Promise.reject(new Gone(text))
    const isReading = / (show|cat|ps|inspect|show-user) /.test(`${text} `)
    if (isReading) return Promise.resolve(this.#do(command))
    const at = this.commands.length
    if (this.#cut?.at === at && this.#cut.when === 'before') return this.#end(text)
    this.commands.push(text)
    if (this.#cut?.at === at && this.#cut.when === 'late') {
      this.#late = { command, waits: 3 }
      return this.#end(text)
    }
    const ran = this.#do(command)
    return this.#cut?.at === at ? this.#end(text) : Promise.resolve(ran)
  }

  #end(text: string): Promise<Ran> {
    this.#isGone = true
    return Promise.reject(new Gone(text))
  }

  programs = (): Promise<readonly FoundProcess[]> => {
    if (this.#isGone) return Promise.reject(new Gone('programs'))
    const ofUnits = this.units.flatMap((unit) =>
      /^(de)?activ/.test(unit.active) && unit.program !== undefined
        ? [process({ pid: unit.pid ?? 0, ...unit.program, owner: 'systemd', ownerLabel: unit.name })]
        : [],
    )
    const inContainers = this.containers.flatMap((one, at) =>
      one.isRunning && one.program !== undefined
        ? [process({ pid: 9000 + at, ...one.program, owner: 'docker', ownerLabel: `container ${one.id.slice(0, 12)}` })]
        : [],
    )
    return Promise.resolve([...ofUnits, ...inContainers, ...this.processes])
  }

  commandOf = (pid: number): readonly string[] | undefined => this.scripts.get(pid)
  isChanging = (program: Command['program'], name: string): boolean =>
    this.#late?.command.program === program && this.#late.command.args.includes(name)
  terminate = (pid: number): void => {
    if (this.#isGone) throw new Gone('terminate')
    this.terminated.push(pid)
    this.processes = this.processes.filter((one) => one.pid !== pid)
    this.scripts.delete(pid)
  }
  may = (what: 'read' | 'write', path: string): boolean => !this.denied.has(`${what} ${path}`)
  linkTarget = (file: string): string | undefined => this.links.get(file)
  wait = (ms: number): Promise<void> => {
    this.#now += ms
    if (this.#late !== undefined && (this.#late.waits -= 1) === 0) {
      this.#do(this.#late.command)
      this.#late = undefined
    }
    for (const unit of this.units.filter(({ active }) => active === 'deactivating')) {
      unit.stopsIn = (unit.stopsIn ?? 1) - 1
      if (unit.stopsIn > 0) continue
      unit.active = unit.isHaunted === true ? 'active' : 'inactive'
      this.#settle(unit)
    }
    this.onWait(this)
    return Promise.resolve()
  }
  elapsed = (): number => this.#now

  #do({ program, args }: Command): Ran {
    if (program === 'docker') return this.#docker(args)
    if (program === 'loginctl') return done(this.isLingering ? 'yes\n' : 'no\n')
    const manager = args[0] === '--user' ? 'user' : 'system'
    const words = args.filter((word) => !['--user', '--no-ask-password', '--no-pager', '--'].includes(word))
    if (manager === 'user' && !this.isUserManagerUp) return failed('Failed to connect to bus: No medium found')
    return this.#systemctl(manager, words)
  }

  #systemctl(manager: 'system' | 'user', [verb = '', ...rest]: readonly string[]): Ran {
    const name = rest.at(-1) ?? ''
    const unit = this.units.find((one) => one.manager === manager && (one.name === name || name.endsWith(`/${one.name}`)))
    if (verb === 'show') return done(shown(unit, name))
    if (verb === 'cat')
      return unit === undefined
        ? failed('No files found')
        : done(`# /x\n[Install]\nWantedBy=${unit.install.join(' ')}\n${unit.also === undefined ? '' : `Also=${unit.also.join(' ')}\n`}`)
    if (manager === 'system' && !this.isRoot) return failed('Failed to disable unit: Interactive authentication required.')
    if (verb === 'daemon-reload' || verb === 'daemon-reexec' || verb === 'reset-failed') {
      this.onReload(this)
      return done()
    }
    if (unit === undefined) return failed(`Unit ${name} does not exist`)
    return this.#change(unit, verb)
  }
  /** For tests: units appear with their files. */
  onReload: (machine: FakeMachine) => void = () => undefined

  #change(unit: FakeUnit, verb: string): Ran {
    if (verb === 'enable') unit.file = 'enabled'
    if (verb === 'disable') unit.file = unit.isVendorEnabled === true ? 'enabled' : 'disabled'
    if (verb === 'mask') [unit.isMasked, unit.file] = [true, 'masked']
    if (verb === 'unmask') [unit.isMasked, unit.file] = [false, unit.isVendorEnabled === true ? 'enabled' : 'disabled']
    if (verb === 'start') unit.active = 'active'
    if (verb === 'stop' && unit.isDeaf !== true && unit.active === 'active') [unit.active, unit.stopsIn] = ['deactivating', 5]
    this.#settle(unit)
    return done()
  }

  #settle(unit: FakeUnit): void {
    if (unit.active !== 'inactive') unit.pid ??= this.#nextPid++
    else delete unit.pid
  }

  #docker([verb = '', ...rest]: readonly string[]): Ran {
    if (!this.isDockerUp) return failed('Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?')
    if (verb === 'ps') return done(this.containers.map(({ id }) => id).join('\n'))
    const found = this.containers.filter(({ id }) => rest.includes(id))
    const [one] = found
    if (one === undefined) return { code: 1, stdout: '[]\n', stderr: `Error response from daemon: No such container: ${rest.at(-1)}` }
    if (verb === 'inspect') return done(JSON.stringify(found.map(inspected)))
    if (verb === 'update') one.policy = /--restart=(\S+)/.exec(rest.join(' '))?.[1] ?? one.policy
    if (verb === 'stop') one.isRunning = false
    if (verb === 'start') one.isRunning = true
    return done(one.id)
  }
}

const isOn = ({ file, isMasked }: FakeUnit): boolean => file === 'enabled' && isMasked !== true

export const process = (given: Pick<FoundProcess, 'pid' | 'program' | 'owner'> & Partial<FoundProcess>): FoundProcess => ({
  args: [],
  binary: `/opt/${given.program}`,
  ...given,
})

function shown(unit: FakeUnit | undefined, name: string): string {
  const pulls = unit === undefined ? [] : [...(unit.file === 'enabled' ? unit.install : []), ...(unit.wants ?? [])]
  return [
    `Id=${unit?.name ?? name}`,
    `LoadState=${unit === undefined ? 'not-found' : unit.isMasked === true ? 'masked' : (unit.load ?? 'loaded')}`,
    `ActiveState=${unit?.active ?? 'inactive'}`,
    `UnitFileState=${unit?.file ?? ''}`,
    `MainPID=${unit?.pid ?? 0}`,
    `KillMode=${unit?.killMode ?? 'control-group'}`,
    `FragmentPath=${unit === undefined ? '' : `/units/${unit.name}`}`,
    `WantedBy=${pulls.join(' ')}`,
    `TriggeredBy=${(unit?.triggeredBy ?? []).join(' ')}`,
    '',
  ].join('\n')
}

/** As `docker inspect` writes it, cut down to what is read; after Docker's API reference, not recorded from a daemon. */
function inspected({ id, name, isRunning, policy, service, file, isRemoved, isSwarm, mounts }: FakeContainer): unknown {
  const [kind = 'no', most = '0'] = policy.split(':')
  return {
    Id: id,
    Name: `/${name}`,
    State: { Status: isRunning ? 'running' : 'exited', Running: isRunning, Restarting: false, Pid: isRunning ? 4242 : 0 },
    HostConfig: { RestartPolicy: { Name: kind, MaximumRetryCount: Number(most) }, AutoRemove: isRemoved === true },
    Config: {
      Labels: {
        ...(service === undefined ? {} : { 'com.docker.compose.service': service }),
        ...(file === undefined ? {} : { 'com.docker.compose.project.config_files': file }),
        ...(isSwarm === true ? { 'com.docker.swarm.service.name': 'x' } : {}),
      },
    },
    Mounts: mounts ?? [],
  }
}
