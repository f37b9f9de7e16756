import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { containerPaths } from './container-paths.ts'
import { ownerByGroup } from './owner.ts'
import type { BareProcess, ProcessDetails, ProcessSource } from './process-source.ts'
import type { InteropPlatform } from './types.ts'

/** USER_HZ is 100 on every architecture we run on. */
const TICKS_PER_SECOND = 100

interface Eyes {
  text(file: string): string | undefined
  link(file: string): string | undefined
  pids(): readonly number[]
}

function eyesOn(root: string): Eyes {
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch {
      return undefined // it has ended, or is another user's
    }
  }
  return {
    text: (file) => attempt(() => readFileSync(`${root}/${file}`, 'utf8')),
    link: (file) => attempt(() => readlinkSync(`${root}/${file}`)),
    pids: () =>
      attempt(() =>
        readdirSync(root)
          .filter((name) => /^[1-9]\d*$/.test(name))
          .map(Number),
      ) ?? [],
  }
}

/** Parent and start (clock ticks after boot): fields are counted after the last parenthesis, a name may hold some. */
function statOf(text: string | undefined): { readonly parent: number; readonly startTicks: number } | undefined {
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, startTicks] = [Number(fields[1]), Number(fields[19])]
  return Number.isInteger(parent) && Number.isInteger(startTicks) && fields[0] !== 'Z' ? { parent, startTicks } : undefined
}

interface Account {
  readonly name: string
  readonly home: string
}

/** `/etc/passwd` by number. */
function accountsOf(passwd: string): ReadonlyMap<number, Account> {
  return new Map(
    passwd.split('\n').flatMap((line) => {
      const [name, , uid, , , home] = line.split(':')
      return name === undefined || uid === undefined || home === undefined ? [] : [[Number(uid), { name, home }] as const]
    }),
  )
}

/** A file that a log goes to; a pipe, a socket, a terminal and a file that was deleted are none. */
const logFileOf = (link: string | undefined): string | undefined =>
  link?.startsWith('/') === true && !link.startsWith('/dev/') && !link.endsWith(' (deleted)') ? link : undefined

/** `HOME` of a process, and nothing else of its environment. */
const homeIn = (environment: string | undefined): string | undefined =>
  environment
    ?.split('\0')
    .find((entry) => entry.startsWith('HOME='))
    ?.slice('HOME='.length)

interface LinuxParts {
  /** Another `/proc`, for tests. */
  readonly root?: string
  /** Another `/etc/passwd`, for tests. */
  readonly passwd?: string
}

function detailsOf(
  pid: number,
  eyes: Eyes,
  machine: { readonly accounts: ReadonlyMap<number, Account>; readonly uid: number },
): ProcessDetails | undefined {
  const stat = statOf(eyes.text(`${pid}/stat`))
  if (stat === undefined) return undefined
  const uid = Number(/^Uid:\s+(\d+)/m.exec(eyes.text(`${pid}/status`) ?? '')?.[1] ?? machine.uid)
  const account = machine.accounts.get(uid)
  const groups = eyes.text(`${pid}/cgroup`)
  const isContained = groups !== undefined && ownerByGroup(groups)?.owner === 'docker'
  const home = homeIn(eyes.text(`${pid}/environ`)) ?? (isContained ? undefined : account?.home)
  const bootSeconds = /^btime (\d+)$/m.exec(eyes.text('stat') ?? '')?.[1]
  const toHost = isContained ? containerPaths(eyes.text(`${pid}/mountinfo`) ?? '', eyes.text('self/mountinfo') ?? '') : undefined
  const [cwd, stdoutFile, stderrFile] = [eyes.link(`${pid}/cwd`), logFileOf(eyes.link(`${pid}/fd/1`)), logFileOf(eyes.link(`${pid}/fd/2`))]
  return {
    isOtherUser: uid !== machine.uid,
    ...(account === undefined ? {} : { user: account.name }),
    ...(home === undefined || home === '' ? {} : { home }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(groups === undefined ? {} : { groups }),
    ...(bootSeconds === undefined
      ? {}
      : { startedAt: Math.round(Number(bootSeconds) * 1000 + (stat.startTicks * 1000) / TICKS_PER_SECOND) }),
    ...(stdoutFile === undefined || isContained ? {} : { stdoutFile }),
    ...(stderrFile === undefined || isContained ? {} : { stderrFile }),
    ...(toHost === undefined ? {} : { toHost }),
  }
}

/** Linux's processes from `/proc`, without starting one. What has ended meanwhile is left out. */
export function linuxProcesses(platform: Pick<InteropPlatform, 'uid'>, parts: LinuxParts = {}): ProcessSource {
  const eyes = eyesOn(parts.root ?? '/proc')
  const bare = (pid: number): readonly BareProcess[] => {
    const line = eyes.text(`${pid}/cmdline`)
    const stat = line === undefined || line === '' ? undefined : statOf(eyes.text(`${pid}/stat`))
    if (line === undefined || stat === undefined) return []
    // A binary that was replaced while it runs, as at an upgrade, is shown as deleted.
    const exe = eyes.link(`${pid}/exe`)?.replace(/ \(deleted\)$/, '')
    return [{ pid, parent: stat.parent, argv: line.replace(/\0$/, '').split('\0'), ...(exe === undefined ? {} : { exe }) }]
  }
  return {
    all: async () => eyes.pids().flatMap(bare),
    async details(pids) {
      const accounts = accountsOf(parts.passwd ?? readPasswd())
      return new Map(
        pids.flatMap((pid) => {
          const details = detailsOf(pid, eyes, { accounts, uid: platform.uid })
          return details === undefined ? [] : [[pid, details] as const]
        }),
      )
    },
  }
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    return ''
  }
}

/** How the paths in the container of a process are called here; undefined when its mounts may not be read. */
export function linuxPathsIn(pid: number, root = '/proc'): ((inside: string) => string | undefined) | undefined {
  const eyes = eyesOn(root)
  const [inside, outside] = [eyes.text(`${pid}/mountinfo`), eyes.text('self/mountinfo')]
  return inside === undefined || outside === undefined ? undefined : containerPaths(inside, outside)
}
