import path from 'node:path'
import type { AppSnapshot, IdentitySnapshot, SnapshotDelta } from '../../shared/ipc/snapshot.ts'
import { applyDelta } from '../../shared/ipc/snapshot.ts'
import type { LogFile, LogPage } from '../../shared/ipc/contract.ts'
import { parseSetup, type SetupIssue } from '../../shared/setup/parse.ts'
import { connectKeeper, type KeeperLink, type RemoteKeeper } from '../ipc/index.ts'
import { openSetupStore } from '../keeper/index.ts'
import type { Home } from '../lib/home.ts'
import { silentLogger } from '../lib/logger.ts'
import type { Words } from './arguments.ts'
import { safe } from './text.ts'
import { plainLines, snapshotJson, statusExit } from './snapshot-json.ts'

export interface Cli {
  readonly home: Home
  readonly version: string
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

const NO_KEEPER = 'No keeper is running here. Start the app, or `smeshkeeper run`.'

/** A connection to the running keeper, or a message and `undefined`. */
async function keeperOf(cli: Cli): Promise<RemoteKeeper | undefined> {
  const remote = await connectKeeper(cli.home.socket, cli.version)
  if (remote.ok) return remote.value
  cli.err(
    remote.fault.code === 'no-keeper'
      ? NO_KEEPER
      : `The running keeper is another version: ${remote.fault.detail}. Restart it or use its own program.`,
  )
  return undefined
}

/** Takes the whole snapshot and follows its changes; a delta that does not fit fetches the whole again. */
export async function followSnapshots(link: KeeperLink, onSnapshot: (snapshot: AppSnapshot) => void): Promise<() => void> {
  let current: AppSnapshot | undefined
  let isFetching = false
  const fetch = async (): Promise<void> => {
    if (isFetching) return
    isFetching = true
    const whole = await link.call('app.snapshot', undefined)
    isFetching = false
    if (!whole.ok) return
    current = whole.value as AppSnapshot
    onSnapshot(current)
  }
  const off = link.onTopic((name, value) => {
    if (name !== 'app.changed') return
    const next = current === undefined ? undefined : applyDelta(current, value as SnapshotDelta)
    if (next === undefined) {
      void fetch()
      return
    }
    current = next
    onSnapshot(next)
  })
  await fetch()
  return off
}

export async function status(cli: Cli, words: Words): Promise<number> {
  const keeper = await keeperOf(cli)
  if (keeper === undefined) return 4
  const whole = await keeper.call('app.snapshot', undefined)
  keeper.close()
  if (!whole.ok) {
    cli.err(whole.fault.detail)
    return 4
  }
  const snapshot = whole.value as AppSnapshot
  if (words.has('json')) cli.out(snapshotJson(snapshot))
  else if (words.has('plain')) plainLines(snapshot).forEach(cli.out)
  else {
    if (snapshot.mode === 'practice') cli.out('PRACTICE')
    cli.out(safe(snapshot.headline))
    for (const identity of snapshot.identities) cli.out(safe(`  ${identity.name}: ${identity.status.sentence}`))
    for (const alarm of snapshot.alarms) cli.out(safe(`! ${alarm.sentence}`))
    if (snapshot.setupProblem !== undefined) cli.out(safe(`! ${snapshot.setupProblem}`))
    cli.out(safe(snapshot.node.sentence))
  }
  return statusExit(snapshot)
}

function showIssues(cli: Cli, issues: readonly { at: string; message: string; severity: string }[]): void {
  for (const issue of issues) cli.err(`${issue.severity}: ${issue.at === '' ? '' : `${issue.at}: `}${issue.message}`)
}

function showSetup(cli: Cli): number {
  const store = openSetupStore(cli.home.config, silentLogger)
  const loaded = store.load()
  if (loaded.problem !== undefined) cli.err(loaded.problem)
  if (loaded.setup === undefined) {
    cli.err(`There is no set-up yet (${store.file}).`)
    return 1
  }
  cli.out(JSON.stringify(loaded.setup, null, 2))
  return 0
}

/** Without a file: the one in use. With a keeper the machine is looked at as well. */
async function checkSetup(cli: Cli, file: string | undefined): Promise<number> {
  const store = openSetupStore(cli.home.config, silentLogger)
  const from = file === undefined ? store.file : path.resolve(file)
  const read = store.readText(from)
  if (!read.ok) {
    cli.err(read.fault.detail)
    return 1
  }
  const parsed = parseSetup(read.value)
  showIssues(cli, parsed.issues ?? [])
  if (!parsed.ok) return 1
  const keeper = await connectKeeper(cli.home.socket, cli.version)
  if (keeper.ok) {
    const more = await keeper.value.call('setup.check', { setup: parsed.value })
    if (more.ok)
      showIssues(
        cli,
        (more.value as SetupIssue[]).filter((issue) => !parsed.issues?.some((known) => known.message === issue.message)),
      )
    keeper.value.close()
  }
  const { identities, services } = parsed.value
  cli.out(
    `${from}: ${plural(identities.length, 'identity', 'identities')}, ${plural(services.length, 'service', 'services')}. It can be used.`,
  )
  return 0
}

async function importSetup(cli: Cli, file: string): Promise<number> {
  const store = openSetupStore(cli.home.config, silentLogger)
  const read = store.read(path.resolve(file))
  if (!read.ok) {
    cli.err(`Not imported: ${read.fault.detail}`)
    return 1
  }
  const keeper = await connectKeeper(cli.home.socket, cli.version)
  if (!keeper.ok && keeper.fault.code === 'other-version') {
    cli.err(`Not imported: a keeper of another version runs here (${keeper.fault.detail}). End it first.`)
    return 4
  }
  const done = keeper.ok ? await keeper.value.call('setup.save', { setup: read.value }) : store.save(read.value)
  if (keeper.ok) keeper.value.close()
  if (!done.ok) {
    cli.err(`Not imported: ${done.fault.detail}`)
    return 1
  }
  const { identities, services } = read.value
  cli.out(`Imported ${plural(identities.length, 'identity', 'identities')} and ${plural(services.length, 'service', 'services')}.`)
  return 0
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** `setup show | check [FILE] | import FILE`: works with and without a running keeper. */
export async function setup(cli: Cli, words: Words): Promise<number> {
  const [what, file] = words.plain
  if (what === 'show') return showSetup(cli)
  if (what === 'check') return checkSetup(cli, file)
  if (what === 'import' && file !== undefined) return importSetup(cli, file)
  cli.err('setup show | setup check [FILE] | setup import FILE')
  return 64
}

export async function logs(cli: Cli, words: Words): Promise<number> {
  const keeper = await keeperOf(cli)
  if (keeper === undefined) return 4
  try {
    const listed = await keeper.call('logs.list', undefined)
    const files = listed.ok ? (listed.value as LogFile[]) : []
    const [name] = words.plain
    if (name === undefined) {
      for (const file of files) cli.out(`${file.name}\t${file.sizeBytes}\t${file.label}`)
      return 0
    }
    const wanted = Math.min(1000, Math.max(1, Number(words.value('lines') ?? 200) || 200))
    const page = await keeper.call('logs.page', { name, lines: wanted })
    if (!page.ok) {
      cli.err(`${name}: ${page.fault.detail}. Known: ${files.map((file) => file.name).join(', ')}`)
      return 1
    }
    for (const line of (page.value as LogPage).lines) cli.out(safe(line.text))
    return 0
  } finally {
    keeper.close()
  }
}

/** Ours only: what somebody else runs goes on whatever ends here. */
const wouldLose = (identity: IdentitySnapshot): boolean =>
  identity.service?.owner === 'smeshkeeper' && (identity.status.kind === 'proving' || identity.status.kind === 'handing-over')

async function stopAll(cli: Cli, keeper: RemoteKeeper, snapshot: AppSnapshot | undefined, isConfirmed: boolean): Promise<number> {
  const busy = (snapshot?.identities ?? []).filter(wouldLose).map((one) => one.name)
  if (busy.length > 0 && !isConfirmed) {
    cli.err(safe(`${busy.join(', ')} would lose the proof that is being made. Add --yes to stop all the same.`))
    return 2
  }
  const done = await keeper.call('app.quit', { outcome: 'stop-all' })
  if (!done.ok) cli.err(done.fault.detail)
  return done.ok ? 0 : 1
}

/** Nicknames and ids whole, ids also by their beginning when only one has it. */
function named(snapshot: AppSnapshot | undefined, name: string): IdentitySnapshot | undefined {
  const all = snapshot?.identities ?? []
  const exact = all.find((one) => one.id === name || one.name === name) ?? all.find((one) => one.name.toLowerCase() === name.toLowerCase())
  const begun = name.length >= 4 ? all.filter((one) => one.id.startsWith(name)) : []
  return exact ?? (begun.length === 1 ? begun[0] : undefined)
}

/** `stop <name>|all`: names are nicknames, ids, or `node`. Stopping a proof has a price and needs `--yes`. */
export async function stop(cli: Cli, words: Words): Promise<number> {
  const [name] = words.plain
  if (name === undefined) {
    cli.err('stop <nickname | id | node> [--yes] | stop all [--yes]')
    return 64
  }
  const keeper = await keeperOf(cli)
  if (keeper === undefined) return 4
  try {
    const confirmed = words.has('yes')
    const whole = await keeper.call('app.snapshot', undefined)
    const snapshot = whole.ok ? (whole.value as AppSnapshot) : undefined
    if (name === 'all') return await stopAll(cli, keeper, snapshot, confirmed)
    const identity = named(snapshot, name)
    if (name !== 'node' && identity === undefined) {
      const known = ['node', ...(snapshot?.identities ?? []).map((one) => one.name)].join(', ')
      cli.err(safe(`Nobody here is called ${name}. Known: ${known}`))
      return 1
    }
    const done =
      name === 'node'
        ? await keeper.call('node.stop', { confirmed })
        : await keeper.call('service.stop', { identity: identity?.id, confirmed })
    if (done.ok) return 0
    const hasPrice = done.fault.code === 'process/costs-work'
    cli.err(safe(hasPrice ? `${done.fault.detail} Add --yes to stop all the same.` : done.fault.detail))
    return hasPrice ? 2 : 1
  } finally {
    keeper.close()
  }
}
