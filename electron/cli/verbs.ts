import { existsSync } from 'node:fs'
import path from 'node:path'
import type { AppSnapshot, SnapshotDelta } from '../../shared/ipc/snapshot.ts'
import { applyDelta } from '../../shared/ipc/snapshot.ts'
import type { LogFile, LogPage } from '../../shared/ipc/contract.ts'
import { parseSetup } from '../../shared/setup/parse.ts'
import { connectKeeper, type KeeperLink, type RemoteKeeper } from '../ipc/index.ts'
import { openSetupStore } from '../keeper/index.ts'
import type { Home } from '../lib/home.ts'
import { silentLogger } from '../lib/logger.ts'
import { readFileSync } from 'node:fs'
import type { Words } from './arguments.ts'
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
    cli.out(snapshot.headline)
    for (const identity of snapshot.identities) cli.out(`  ${identity.name}: ${identity.status.sentence}`)
    for (const alarm of snapshot.alarms) cli.out(`! ${alarm.sentence}`)
    cli.out(snapshot.node.sentence)
  }
  return statusExit(snapshot)
}

function showIssues(cli: Cli, issues: readonly { at: string; message: string; severity: string }[]): void {
  for (const issue of issues) cli.err(`${issue.severity}: ${issue.at === '' ? '' : `${issue.at}: `}${issue.message}`)
}

/** `setup show | check [FILE] | import FILE`: works with and without a running keeper. */
export async function setup(cli: Cli, words: Words): Promise<number> {
  const [what, file] = words.plain
  const store = openSetupStore(cli.home.config, silentLogger)
  if (what === 'show') {
    const loaded = store.load()
    if (loaded.problem !== undefined) cli.err(loaded.problem)
    if (loaded.setup === undefined) {
      cli.err(`There is no set-up yet (${store.file}).`)
      return 1
    }
    cli.out(JSON.stringify(loaded.setup, null, 2))
    return 0
  }
  if (what === 'check') {
    const from = file === undefined ? store.file : path.resolve(file)
    if (!existsSync(from)) {
      cli.err(`${from} does not exist.`)
      return 1
    }
    const parsed = parseSetup(readFileSync(from, 'utf8'))
    showIssues(cli, parsed.issues ?? [])
    const keeper = parsed.ok ? await connectKeeper(cli.home.socket, cli.version) : undefined
    if (parsed.ok && keeper?.ok === true) {
      const more = await keeper.value.call('setup.check', { setup: parsed.value })
      if (more.ok) showIssues(cli, more.value as { at: string; message: string; severity: string }[])
      keeper.value.close()
    }
    if (parsed.ok)
      cli.out(`${from}: ${parsed.value.identities.length} identities, ${parsed.value.services.length} services. It can be used.`)
    return parsed.ok ? 0 : 1
  }
  if (what === 'import' && file !== undefined) {
    const read = store.read(path.resolve(file))
    if (!read.ok) {
      cli.err(`Not imported: ${read.fault.detail}`)
      return 1
    }
    const keeper = await connectKeeper(cli.home.socket, cli.version)
    if (keeper.ok) {
      const done = await keeper.value.call('setup.save', { setup: read.value })
      keeper.value.close()
      if (!done.ok) {
        cli.err(`Not imported: ${done.fault.detail}`)
        return 1
      }
    } else {
      const saved = store.save(read.value)
      if (!saved.ok) {
        cli.err(`Not imported: ${saved.fault.detail}`)
        return 1
      }
    }
    cli.out(`Imported ${read.value.identities.length} identities and ${read.value.services.length} services.`)
    return 0
  }
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
    for (const line of (page.value as LogPage).lines) cli.out(line.text)
    return 0
  } finally {
    keeper.close()
  }
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
    const identity = snapshot?.identities.find((i) => i.name === name || i.id === name || (name.length >= 4 && i.id.startsWith(name)))
    if (name === 'all') {
      const busy = (snapshot?.identities ?? []).filter((i) => i.status.kind === 'proving').map((i) => i.name)
      if (busy.length > 0 && !confirmed) {
        cli.err(`${busy.join(', ')} would lose the proof that is being made. Add --yes to stop all the same.`)
        return 2
      }
      const done = await keeper.call('app.quit', { outcome: 'stop-all' })
      return done.ok ? 0 : 1
    }
    if (name !== 'node' && identity === undefined) {
      cli.err(`Nobody here is called ${name}. Known: node, ${(snapshot?.identities ?? []).map((i) => i.name).join(', ')}`)
      return 1
    }
    const done =
      name === 'node'
        ? await keeper.call('node.stop', { confirmed })
        : await keeper.call('service.stop', { identity: identity?.id, confirmed })
    if (!done.ok)
      cli.err(done.fault.code === 'process/costs-work' ? `${done.fault.detail} Add --yes to stop all the same.` : done.fault.detail)
    return done.ok ? 0 : done.fault.code === 'process/costs-work' ? 2 : 1
  } finally {
    keeper.close()
  }
}
