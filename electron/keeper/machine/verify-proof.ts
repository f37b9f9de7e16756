import { randomBytes } from 'node:crypto'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { Network } from '../../../shared/setup/network.ts'
import type { SetupService } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import { openRehearsalNode } from '../../node-api/index.ts'
import { readOperator, serviceArguments, type Launcher, type ToolRun } from '../../programs/index.ts'
import type { VerifyTools } from './verify-tools.ts'

const LABEL_BYTES = 16
/** So much is read, about, of larger data: enough to know its speed, and a minute of a slow disk. */
const READ_BYTES = 8 * 1024 ** 3
const CONNECT_MS = 120_000
/** It ends by itself when we are gone, and does not wait for a node for ever. */
const ENDS_ALONE = ['--max-retries', '2']
const LOOK_MS = 250
/** Every hash is good enough: the proof of work is measured elsewhere, and the node never sees this one. */
const NO_WORK = 'ff'.repeat(32)

export interface ProofInput {
  readonly service: SetupService
  readonly network: Network
  readonly launcher: Launcher
  readonly numUnits: number
  readonly clock: Clock
  readonly tools: VerifyTools
  /** Bytes that were read so far, and how many are about to be. */
  readonly onProgress: (read: { readonly bytes: number; readonly ofBytes: number }) => void
}

export interface ProofRun {
  readonly done: Promise<Result<{ readonly bytesPerSecond?: number }, 'rehearsal/failed' | 'rehearsal/stopped'>>
  stop(): void
}

/**
 * Parameters with which a proof is found after about {@link READ_BYTES} of the data instead of nearly all of it: more labels
 * count as hits. Everything else is as in a real proof, the service's own check of the labels included.
 * @source facts/postcli-and-profiler.md §7
 */
export function rehearsalPost(post: Network['post'], numUnits: number): { readonly post: Network['post']; readonly readBytes: number } {
  const totalBytes = numUnits * post.labelsPerUnit * LABEL_BYTES
  const readBytes = Math.min(totalBytes, READ_BYTES)
  return { post: { ...post, k1: Math.round((post.k1 * totalBytes) / readBytes), powDifficulty: NO_WORK }, readBytes }
}

/** Starts the service's own program with its own settings on the real files, with a node's end that only asks for this proof. */
export function proveOnce(input: ProofInput): ProofRun {
  let tool: ToolRun | undefined
  let isStopped = false
  return {
    done: prove(input, (run) => {
      tool = run
      if (isStopped) run.stop()
    }),
    stop() {
      isStopped = true
      tool?.stop()
    },
  }
}

async function prove(input: ProofInput, begun: (run: ToolRun) => void): ReturnType<() => ProofRun['done']> {
  const { service, network, launcher, clock, tools, numUnits } = input
  const { post, readBytes } = rehearsalPost(network.post, numUnits)
  const node = await openRehearsalNode(randomBytes(32))
  const own: SetupService = {
    ...service,
    nodeAddress: node.address,
    operator: '127.0.0.1:0',
    tls: null,
    randomx: 'light',
    remoteK2pow: null,
    extraArgs: [...service.extraArgs, ...ENDS_ALONE],
  }
  const args = serviceArguments(own, { ...network, post })
  if (!args.ok) {
    node.close()
    return fail('rehearsal/failed', args.fault.detail)
  }
  let operator: string | undefined
  const run = tools.run({
    launcher,
    args: args.value,
    priority: 'usual', // as the service has it in a gap: its speed is measured
    onLine: (line) => (operator ??= /running operator service on (\S+)/.exec(line)?.[1]),
  })
  begun(run)
  const speed = speedometer()
  const unwatch = clock.every(LOOK_MS, () => {
    if (operator === undefined) return
    void readOperator(operator, { deadlineMs: 1_000 }).then(({ answer }) => {
      if (answer.is !== 'proving') return
      speed.seen(answer.positionBytes, clock.monotonic())
      input.onProgress({ bytes: answer.positionBytes, ofBytes: readBytes })
    })
  })
  const late = new Promise<'late'>((resolve) => clock.after(CONNECT_MS, () => resolve('late')))
  const ended = run.done.then((end) => ({ is: 'ended' as const, ...end }))
  try {
    const met = await Promise.race([node.registered, late, ended])
    if (met === 'late') return fail('rehearsal/failed', 'The service did not connect within two minutes.')
    if (typeof met === 'string' && met !== service.identity)
      return fail('rehearsal/failed', 'The service serves another identity: the folder holds data of somebody else.')
    const end = await Promise.race([node.done, ended])
    if (end.is === 'proved') return ok(speed.value())
    const told = end.is === 'ended' ? end : await stopped(run)
    if (end.is === 'ended' && told.isStopped) return fail('rehearsal/stopped', 'It was stopped.')
    return fail('rehearsal/failed', reasonIn(told.output))
  } finally {
    unwatch()
    node.close()
    run.stop()
  }
}

async function stopped(run: ToolRun): Promise<Awaited<ToolRun['done']>> {
  run.stop()
  return run.done
}

/** The service's own words, first cause last. */
function reasonIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const at = lines.findLastIndex((line) => / ERROR |^error:|panicked at|^Error:/.test(line))
  const text = at < 0 ? lines.findLast((line) => line !== '') : lines.slice(at, at + 4).join(' ')
  if (text?.includes('failed proof verification') === true)
    return 'A proof was found, and the service’s own check refused it: labels in the files are wrong. Check them, and make bad files anew.'
  return text === undefined ? 'The service ended and said nothing.' : `The service says: ${text.replace(/^\[\S+ \w+ +\S+\] /, '')}`
}

function speedometer(): { seen(bytes: number, at: number): void; value(): { readonly bytesPerSecond?: number } } {
  let first: { readonly bytes: number; readonly at: number } | undefined
  let last: { readonly bytes: number; readonly at: number } | undefined
  return {
    seen(bytes, at) {
      if (bytes <= 0) return
      if (last !== undefined && bytes < last.bytes) first = undefined // a second pass
      first ??= { bytes, at }
      last = { bytes, at }
    },
    value() {
      if (first === undefined || last === undefined || last.at <= first.at) return {}
      return { bytesPerSecond: ((last.bytes - first.bytes) * 1_000) / (last.at - first.at) }
    },
  }
}
