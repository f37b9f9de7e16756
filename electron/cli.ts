import { readFileSync } from 'node:fs'
import path from 'node:path'
import { readWords, secretAsArgument, type Words } from './cli/arguments.ts'
import { backup, BACKUP } from './cli/keys/backup.ts'
import { openKeeper, runningKeeper, type KeysCli } from './cli/keys/context.ts'
import { drill, DRILL } from './cli/keys/drill.ts'
import { identities, IDENTITIES } from './cli/keys/identities.ts'
import { systemInterrupts } from './cli/keys/interrupts.ts'
import { restore, RESTORE } from './cli/keys/restore.ts'
import { scan, SCAN } from './cli/keys/scan.ts'
import { systemTerminal } from './cli/keys/terminal.ts'
import { init, INIT } from './cli/machine/init.ts'
import { machine, MACHINE } from './cli/machine/machine.ts'
import { plan, PLAN } from './cli/machine/plan.ts'
import { ready, READY } from './cli/machine/ready.ts'
import { verify, VERIFY } from './cli/machine/verify.ts'
import { END_VERBS, endVerb, OPERATIONS, operations, PLAN_VERBS, planVerb, type EndVerb } from './cli/operations/verbs.ts'
import { replayVerb } from './cli/replay.ts'
import { run, watch, type Host } from './cli/run.ts'
import { logs, setup, status, stop, type Cli } from './cli/verbs.ts'
import { hostKeeper } from './host.ts'
import { commandKeepAwake } from './keeper/index.ts'
import { launchFromSource, launchPackaged, PACKAGED_PRACTICE_IDENTITIES, type Launch } from './launch.ts'
import { textOf } from '../shared/domain/fault.ts'
import { theHome } from './lib/home.ts'
import { fileLogger } from './lib/logger.ts'

const HELP = `smeshkeeper <verb>

  run [--practice] [--json] [--until-proved]   host the keeper here and show it
      --identities N --epoch-seconds S         size and pace of the practice network
  watch [--json | --plain]                     look at a keeper that runs here
  status [--json | --plain]                    one look; exit 0 on time, 1 tight or late, 2 you are needed
  setup show | check [FILE] | import FILE      the set-up
  logs [NAME] [--lines N]                      list the logs, or show the end of one
  stop NAME | node | all [--yes]               stop a service, the node, or everything
  scan [--folder DIR]… [--json]                find keys, PoS data, nodes and set-ups on this machine
  identities [--base64] [--json]               every identity: key, data, backup, hold
  identities conflicts | disarm ID PATH | release ID
  backup [--to DIR] [--plan] [--json]          back up the keys and read it back
  backup list | settings                       those that were made; how they are made by themselves
  drill [FILE | ID] [--json]                   open a backup and compare its keys with those here
  restore FILE [--apply] [--json]              what a backup would bring back; with --apply it does
  merge --from DIR… --to DIR [--apply]         several nodes become one; each of these shows its plan first
  convert DIR | split NAME… --to DIR           a supervised node to 1:N; identities out to another node
  retire NAME | put-back ENTRY                 out of service; back from the quarantine
  move NAME --to DIR                           PoS data to another disk
  coinbase ADDRESS                             send the node's rewards to another account
  take-over LABEL | hand-over NAME|node        from systemd, docker, PSM or Smapp; to systemd
  export-identity NAME --to FILE | import-identity FILE
  operations [ID | quarantine | start ID]      what was begun; undo ID, finish ID, roll-back ID
  operations leftovers | remove ID             PoS data that a move or a retirement left behind
  machine [--measure] [--benchmark] [--json]   what this computer has, and whether it is enough
  plan [--nonces NAME=N] [--apply] [--json]    whether every proof fits into the gap; with what would change it
  ready [--json]                               whether everything is ready for the next gap
  init [options | new NAME …] [--apply]        make PoS data for a new identity
  verify [begin | map | rehearse NAME]         sample PoS data, show its files, rehearse a proof
  replay FILE… [--json]                        judge recorded evidence
  version

Passphrases are typed, or come with --passphrase-file FILE or --passphrase-env NAME, never as an argument.
SMESHKEEPER_HOME moves everything that Smeshkeeper keeps.
--until-proved: exit 0 when every identity has an ATX, 3 when one is missed.`

const MACHINE_VERBS = [MACHINE, PLAN, READY, INIT, VERIFY]
const KEY_VERBS = [
  SCAN,
  IDENTITIES,
  BACKUP,
  DRILL,
  RESTORE,
  OPERATIONS,
  ...MACHINE_VERBS,
  ...Object.values(PLAN_VERBS),
  ...Object.values(END_VERBS),
]
const OPTIONS = ['lines', 'identities', 'epoch-seconds', 'setup', 'programs', ...KEY_VERBS.flatMap(({ options }) => options)]
const COMMON = ['json', 'plain', 'practice', 'until-proved', 'yes', 'help', 'headless']
const SWITCHES = [...COMMON, ...KEY_VERBS.flatMap(({ switches }) => switches)]

/** Works from source, from the build and in the package: the nearest package.json above is ours. */
function versionOf(): string {
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: string; version?: string }
      if (name === 'smeshkeeper' && version !== undefined) return version
    } catch {
      continue // no package.json here
    }
  }
  return 'unknown'
}

const isFromSource = import.meta.filename.endsWith('.ts')

function launchHere(profile: string): Launch {
  return isFromSource ? launchFromSource(import.meta.dirname) : launchPackaged(process.execPath, profile)
}

const hostHere =
  (cli: Cli, more: { readonly isQuiet?: boolean } = {}): Host =>
  (onQuit) =>
    hostKeeper({
      home: cli.home,
      log: fileLogger(path.join(cli.home.logs, 'keeper.log')),
      ...(more.isQuiet === true ? {} : { keepAwake: commandKeepAwake({ log: fileLogger(path.join(cli.home.logs, 'keeper.log')) }) }),
      version: cli.version,
      kind: 'headless',
      launch: launchHere(cli.home.profile),
      ...(isFromSource ? {} : { practiceIdentities: PACKAGED_PRACTICE_IDENTITIES }),
      ...more,
      onQuit,
    })

/** What the verbs about keys work with: whoever sits here, and a keeper, be it a quiet one of this process. */
function withKeys(cli: Cli): KeysCli {
  const interrupts = systemInterrupts()
  const host = hostHere(cli, { isQuiet: true })
  return {
    ...cli,
    interrupts,
    terminal: systemTerminal({ input: process.stdin, output: process.stderr, interrupts }),
    folder: process.cwd(),
    env: process.env,
    now: Date.now,
    connect: () => runningKeeper(cli.home, cli.version),
    open: () => openKeeper(cli.home, cli.version, () => host(() => interrupts.hit())),
  }
}

async function perform(verb: string, words: Words, cli: Cli): Promise<number> {
  switch (verb) {
    case 'run':
      return run(cli, words, hostHere(cli))
    case 'watch':
      return watch(cli, words)
    case 'status':
      return status(cli, words)
    case 'setup':
      return setup(cli, words)
    case 'logs':
      return logs(cli, words)
    case 'stop':
      return stop(cli, words)
    case 'scan':
      return scan(withKeys(cli), words)
    case 'identities':
      return identities(withKeys(cli), words)
    case 'backup':
      return backup(withKeys(cli), words)
    case 'drill':
      return drill(withKeys(cli), words)
    case 'restore':
      return restore(withKeys(cli), words)
    case 'operations':
      return operations(withKeys(cli), words)
    case 'finish':
    case 'roll-back':
    case 'undo':
      return endVerb(withKeys(cli), words, verb satisfies EndVerb)
    case 'merge':
    case 'convert':
    case 'split':
    case 'retire':
    case 'put-back':
    case 'take-over':
    case 'hand-over':
    case 'move':
    case 'coinbase':
    case 'export-identity':
    case 'import-identity':
      return planVerb(withKeys(cli), words, verb)
    case 'machine':
      return machine(withKeys(cli), words)
    case 'plan':
      return plan(withKeys(cli), words)
    case 'ready':
      return ready(withKeys(cli), words)
    case 'init':
      return init(withKeys(cli), words)
    case 'verify':
      return verify(withKeys(cli), words)
    case 'replay':
      return replayVerb(cli, words)
    case 'version':
    case '--version':
      cli.out(`smeshkeeper ${cli.version}`)
      return 0
    case 'help':
    case '--help':
    case '-h':
      cli.out(HELP)
      return 0
    default:
      cli.err(HELP)
      return 64
  }
}

/** Runs one verb and ends the process with its exit code. */
export async function runVerb(argv: readonly string[]): Promise<void> {
  const [verb = 'help', ...rest] = argv
  const words = readWords(rest, OPTIONS)
  const home = theHome()
  const cli: Cli = {
    home,
    version: versionOf(),
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  }
  process.stdout.on('error', () => process.exit(0)) // the reader of a pipe went away
  const secret = secretAsArgument(words)
  if (secret !== undefined) {
    cli.err(secret)
    process.exit(64)
  }
  const stranger = words.unknown(SWITCHES, OPTIONS)
  if (stranger !== undefined) {
    cli.err(`--${stranger} is not known. ${HELP}`)
    process.exit(64)
  }
  // The keeper's own timers keep no process alive: a verb that waits for children to end would be over too soon.
  const alive = setInterval(() => {}, 60_000)
  const code = await perform(verb, words, cli).catch((cause: unknown) => {
    cli.err(`smeshkeeper ${verb} failed: ${textOf(cause)}`)
    return 70
  })
  clearInterval(alive)
  process.exitCode = code
  const flushed = (): never => process.exit(code)
  process.stdout.write('', flushed)
}

if (isFromSource && process.argv[1] === import.meta.filename) void runVerb(process.argv.slice(2))
