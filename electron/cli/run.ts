import type { Result } from '../../shared/domain/fault.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { connectKeeper, type KeeperLink } from '../ipc/index.ts'
import type { Words } from './arguments.ts'
import { face } from './face.ts'
import { plainLines, snapshotJson } from './snapshot-json.ts'
import { followSnapshots, type Cli } from './verbs.ts'

type Outcome = 'leave-running' | 'stop-all'

/** A keeper hosted by this process; composed in `electron/cli.ts`. */
export interface Hosting {
  readonly link: KeeperLink
  close(outcome: Outcome): Promise<void>
}
export type Host = (onQuit: (outcome: Outcome) => void) => Promise<Result<Hosting, 'host/held' | 'host/unavailable'>>

const NOTHING = 'There is no set-up here. Import one with `smeshkeeper setup import FILE`, or add --practice.'

/** Whether every identity has a confirmed ATX of an epoch not before the run began; each carries a regular proof. */
function provedAll(snapshot: AppSnapshot, fromEpoch: number | undefined): boolean {
  return (
    fromEpoch !== undefined &&
    snapshot.identities.length > 0 &&
    snapshot.identities.every((identity) => identity.lastPublishedEpoch !== undefined && identity.lastPublishedEpoch >= fromEpoch)
  )
}

interface View {
  show(snapshot: AppSnapshot): void
  end(): void
}

/** A refreshing view on a terminal, plain lines elsewhere. */
export function viewOf(cli: Cli, words: Words): View {
  if (words.has('json')) return { show: (snapshot) => cli.out(snapshotJson(snapshot)), end: () => {} }
  if (!process.stdout.isTTY || words.has('plain')) {
    let last = ''
    const strip = (line: string): string => line.replace(/^\S+ /, '')
    return {
      show: (snapshot) => {
        const lines = plainLines(snapshot)
        const now = lines
          .map(strip)
          .join('\n')
          .replaceAll(/ percent=\d+| finish=\S+| sentence="[^"]*"/g, '')
        if (now === last) return
        last = now
        lines.forEach(cli.out)
      },
      end: () => {},
    }
  }
  const isUnicode = /utf-?8/i.test(process.env['LC_ALL'] ?? process.env['LC_CTYPE'] ?? process.env['LANG'] ?? '')
  let latest: AppSnapshot | undefined
  const draw = (): void => {
    if (latest === undefined) return
    const lines = face(latest, { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24, isUnicode, now: Date.now() })
    process.stdout.write(`\u001B[H${lines.map((line) => `${line}\u001B[K`).join('\n')}\u001B[J`)
  }
  process.stdout.write('\u001B[?1049h\u001B[?25l\u001B[2J')
  const timer = setInterval(draw, 1_000)
  process.stdout.on('resize', draw)
  return {
    show: (snapshot) => {
      latest = snapshot
      draw()
    },
    end: () => {
      clearInterval(timer)
      process.stdout.write('\u001B[?25h\u001B[?1049l')
    },
  }
}

/** Resolves with the exit code when the run is over: proved, missed, a signal, or `app.quit`. */
function follow(link: KeeperLink, view: View, words: Words, stopped: Promise<number>): Promise<number> {
  return new Promise((resolve) => {
    let fromEpoch: number | undefined
    const startedAt = Date.now()
    void stopped.then(resolve)
    void followSnapshots(link, (snapshot) => {
      view.show(snapshot)
      if (!words.has('until-proved') || snapshot.mode === 'none') return
      fromEpoch ??= snapshot.ribbon?.epoch
      // An epoch that was over before this run began is no miss of this run.
      if (snapshot.identities.some(({ status }) => status.kind === 'missed' && status.since >= startedAt)) resolve(3)
      else if (provedAll(snapshot, fromEpoch)) resolve(0)
    })
  })
}

function signals(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal === 'SIGINT' ? 130 : 0))
  })
}

/** `run [--practice [--identities N] [--epoch-seconds S]] [--json] [--until-proved]`: hosts the keeper here. */
export async function run(cli: Cli, words: Words, startHost: Host): Promise<number> {
  let onQuit: (outcome: Outcome) => void = () => {}
  const quit = new Promise<Outcome>((resolve) => {
    onQuit = resolve
  })
  const hosted = await startHost((outcome) => onQuit(outcome))
  if (!hosted.ok) {
    cli.err(
      hosted.fault.code === 'host/held'
        ? 'A keeper is running here already. Look at it with `smeshkeeper watch`.'
        : `The keeper cannot start: ${hosted.fault.detail}`,
    )
    return hosted.fault.code === 'host/held' ? 5 : 1
  }
  const host = hosted.value
  const begun = await beginPractice(cli, words, host)
  if (begun !== undefined) {
    await host.close('leave-running')
    return begun
  }
  const view = viewOf(cli, words)
  const stopped = Promise.race([signals(), quit.then(() => 0)])
  const code = await follow(host.link, view, words, stopped)
  view.end()
  const outcome = await Promise.race([quit, Promise.resolve(undefined)])
  await host.close(outcome ?? (words.has('practice') ? 'stop-all' : 'leave-running'))
  return code
}

/** Begins practice when asked; an exit code when it cannot be. */
async function beginPractice(cli: Cli, words: Words, host: Hosting): Promise<number | undefined> {
  const whole = await host.link.call('app.snapshot', undefined)
  const mode = whole.ok ? (whole.value as AppSnapshot).mode : 'none'
  if (!words.has('practice')) {
    if (mode !== 'none') return undefined
    cli.err(NOTHING)
    return 1
  }
  if (mode === 'practice') return undefined
  const begun = await host.link.call('practice.begin', {
    identities: Number(words.value('identities') ?? 3),
    epochSeconds: Number(words.value('epoch-seconds') ?? 120),
  })
  if (begun.ok) return undefined
  cli.err(`Practice did not begin: ${begun.fault.detail}`)
  return 1
}

/** `watch`: the view of a keeper that runs elsewhere on this machine. */
export async function watch(cli: Cli, words: Words): Promise<number> {
  const remote = await connectKeeper(cli.home.socket, cli.version)
  if (!remote.ok) {
    cli.err(remote.fault.code === 'no-keeper' ? 'No keeper is running here. Start the app, or `smeshkeeper run`.' : remote.fault.detail)
    return 4
  }
  const view = viewOf(cli, words)
  const gone = new Promise<number>((resolve) => remote.value.onGone(() => resolve(4)))
  const code = await follow(remote.value, view, words, Promise.race([signals(), gone]))
  view.end()
  if (code === 4) cli.err('The keeper has ended.')
  remote.value.close()
  return code
}
