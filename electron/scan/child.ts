import { launchProbeBy, type ProbeChild, type ProbeEvents } from '../pos-data/index.ts'

/** How the scan process is started: our own program, as the composition launches it. */
export interface ScanLauncher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A process that reads what others may not answer: started by the composition, killable. */
export type StartScanChild = (events: ProbeEvents) => ProbeChild

/** Environment that finding other programs' folders needs; nothing else goes to the process. */
const KEPT = [
  'HOME',
  'PATH',
  'SystemRoot',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_RUNTIME_DIR',
  'TMPDIR',
]

export const startChildBy =
  (launch: () => ScanLauncher): StartScanChild =>
  (events) => {
    const { file, prefixArgs, env } = launch()
    const kept = Object.fromEntries(KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
    return launchProbeBy({ binary: file, args: [...prefixArgs], env: { ...kept, ...env } })(events)
  }
