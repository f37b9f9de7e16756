import { spawn, type ChildProcess } from 'node:child_process'
import type { Logger } from '../lib/logger.ts'

/** Keeps the system from sleeping by itself. A lid that is closed, an empty battery and the user's own word still win. */
export interface KeepAwake {
  /** Whether this system can be kept awake from here at all. */
  readonly canHold: boolean
  /** @param why  what the system may show to somebody who asks, e.g. `2 proofs are made` */
  set(isWanted: boolean, why: string): void
}

export const noKeepAwake: KeepAwake = { canHold: false, set: () => undefined }

interface Options {
  readonly log: Logger
  readonly platform?: NodeJS.Platform
  readonly start?: (file: string, args: readonly string[]) => Pick<ChildProcess, 'kill' | 'on' | 'pid'>
}

/** The system's own program that holds it awake as long as it runs; it ends with us. macOS is not yet run. */
function commandOf(platform: NodeJS.Platform, why: string): readonly [string, readonly string[]] | undefined {
  if (platform === 'darwin') return ['caffeinate', ['-i', '-w', String(process.pid)]]
  if (platform !== 'linux') return undefined
  // `cat` ends when our end of its input does, also when we are killed.
  return ['systemd-inhibit', ['--what=sleep:idle', '--who=Smeshkeeper', `--why=${why}`, '--mode=block', 'cat']]
}

/** For a keeper without a desktop: by a small program of the system. On Windows only the desktop app can. */
export function commandKeepAwake({ log, platform = process.platform, start = begin }: Options): KeepAwake {
  let held: Pick<ChildProcess, 'kill'> | undefined
  let cannot = commandOf(platform, '') === undefined
  return {
    get canHold() {
      return !cannot
    },
    set(isWanted, why) {
      if (!isWanted) {
        held?.kill('SIGTERM')
        held = undefined
        return
      }
      const command = commandOf(platform, why)
      if (held !== undefined || cannot || command === undefined) return
      const child = start(...command)
      held = child
      child.on('error', (cause: Error) => {
        cannot = true
        held = undefined
        log.warn('awake.not-held', { error: cause.message })
      })
      child.on('exit', (code: number | null) => {
        if (held !== child) return
        held = undefined
        // Refused at once (no session manager, no right): asking again every few seconds would change nothing.
        cannot = code !== null && code !== 0
        log.info('awake.ended', { code: code ?? 'signal' })
      })
      log.info('awake.held', { why })
    },
  }
}

const begin: NonNullable<Options['start']> = (file, args) => spawn(file, [...args], { stdio: ['pipe', 'ignore', 'ignore'] })
