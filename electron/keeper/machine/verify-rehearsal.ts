import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { Rehearsal } from '../../../shared/domain/initialization.ts'
import { hashesPerGroup } from '../../../shared/domain/planner/costs.ts'
import { bytes as sizeOf, duration, plural, speed as speedOf } from '../../../shared/domain/words.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import { verifyArguments, verifyVerdict } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'
import { proveOnce } from './verify-proof.ts'
import { readLayout, type VerifyData, type VerifyHold } from './verify-data.ts'
import type { VerifyWorker } from './verify-runner.ts'
import type { VerifyTools } from './verify-tools.ts'

type Step = Rehearsal['steps'][number]

const TEXTS = [
  'All files are there, of the right size, and the metadata fits',
  'Labels of the first, the middle and the last file are right',
  'The service makes a proof from these files',
  'A real proof fits into the cycle gap',
] as const
/** Labels of a file that are compared: some seconds of a processor. */
const SAMPLE_LABELS = 2_000
const LABEL_BYTES = 16

const kept = z.array(
  z.object({
    identity: z.string(),
    is: z.enum(['running', 'passed', 'failed', 'cancelled']),
    startedAt: z.number(),
    endedAt: z.number().optional(),
    steps: z.array(z.object({ text: z.string(), is: z.enum(['pass', 'fail', 'running', 'waiting']), detail: z.string().optional() })),
    bytesPerSecond: z.number().optional(),
    powMs: z.number().optional(),
    sentence: z.string(),
  }),
)

export interface Rehearsals extends VerifyWorker {
  list(): readonly Rehearsal[]
  begin(data: VerifyData, hold: VerifyHold): Result<void, 'verify/busy' | 'verify/refused'>
  cancel(identity: string): Result<void, 'verify/unknown'>
}

interface Parts {
  readonly context: MachineContext
  readonly machine: Pick<MachineDesk, 'pow'>
  readonly tools: VerifyTools
  readonly changed: () => void
}

interface Current {
  readonly identity: string
  stop: () => void
  /** Why it was ended before its end. */
  because?: string
}

/** Proves on the real files of an identity that it will prove: before its first gap, and whenever somebody wants to know. */
export function rehearsals({ context, machine, tools, changed }: Parts): Rehearsals {
  const file = path.join(context.home.state, 'rehearsals.json')
  const { clock, log } = context
  const known = new Map(read(file).map((one) => [one.identity, one]))
  let current: Current | undefined

  const put = (rehearsal: Rehearsal): void => {
    known.set(rehearsal.identity, rehearsal)
    changed()
  }
  const save = (): void => {
    try {
      writeFileAtomic(file, JSON.stringify([...known.values()]))
    } catch (cause) {
      log.error('rehearsal.not-written', { error: textOf(cause) })
    }
  }

  const run = async (data: VerifyData, setup: Setup, own: Current): Promise<void> => {
    const startedAt = clock.now()
    const steps: Step[] = TEXTS.map((text) => ({ text, is: 'waiting' }))
    const at = { identity: data.identity, startedAt }
    const show = (more: Partial<Rehearsal> = {}): void =>
      put({ ...at, is: 'running', steps: [...steps], sentence: `Rehearsing ${data.name}.`, ...more })
    const figures: { bytesPerSecond?: number; powMs?: number } = {}
    const work = [
      () => filesStep(data),
      () => labelsStep({ context, tools, setup, data, own }),
      () => proofStep({ context, tools, setup, data, own, figures, show }),
      () => fitStep(machine, setup, data, figures),
    ]
    for (const [index, step] of work.entries()) {
      const text = TEXTS[index] ?? ''
      steps[index] = { text, is: 'running' }
      show()
      const found = await step().catch((cause: unknown) => fail('rehearsal/failed', textOf(cause)))
      if (own.because !== undefined)
        return end({ ...at, is: 'cancelled', steps: [...steps.slice(0, index), { text, is: 'waiting' }], sentence: own.because })
      const detail = found.ok ? found.value : found.fault.detail
      steps[index] = { text, is: found.ok ? 'pass' : 'fail', ...(detail === '' ? {} : { detail }) }
      if (!found.ok) return end({ ...at, is: 'failed', steps, ...figures, sentence: `${data.name} would not prove: ${detail}` })
    }
    const rate = figures.bytesPerSecond === undefined ? '' : ` at ${speedOf(figures.bytesPerSecond)}`
    end({
      ...at,
      is: 'passed',
      steps,
      ...figures,
      sentence: `${data.name} will prove: a proof from its real files was found and checked${rate}.`,
    })
  }

  const end = (rehearsal: Rehearsal): void => {
    current = undefined
    log.info('rehearsal.ended', { identity: rehearsal.identity, is: rehearsal.is })
    put({ ...rehearsal, endedAt: clock.now() })
    save()
  }

  const stop = (because: string): void => {
    if (current === undefined) return
    current.because ??= because
    current.stop()
  }

  return {
    get isBusy() {
      return current !== undefined
    },
    hold({ asked }) {
      if (asked !== undefined) stop(`It was stopped, because ${asked}. Nothing is lost; rehearse again afterwards.`)
    },
    next: () => false,
    stop: () => stop('It was stopped with Smeshkeeper. Rehearse again.'),
    list: () => [...known.values()],
    begin(data, { asked }) {
      const setup = context.setup()
      if (current !== undefined) return fail('verify/busy', 'Another rehearsal runs. Let it end, or cancel it.')
      if (asked !== undefined || setup === undefined) return fail('verify/refused', `Not now: ${asked ?? 'nothing is set up'}.`)
      const own: Current = { identity: data.identity, stop: () => {} }
      current = own
      void run(data, setup, own)
      return ok(undefined)
    },
    cancel(identity) {
      if (current?.identity !== identity) return fail('verify/unknown', 'No rehearsal of this identity runs.')
      stop('You cancelled it.')
      return ok(undefined)
    },
  }
}

type Found = Result<string, string>
const broken = (detail: string): Found => fail('rehearsal/failed', detail)

async function filesStep(data: VerifyData): Promise<Found> {
  const layout = await readLayout(data.folder)
  if (!layout.ok) return broken(layout.fault.detail)
  if (layout.value.metadata.identity !== data.identity) return broken('The folder holds data of another identity.')
  if (!layout.value.metadata.hasVrfNonce) return broken('The metadata names no VRF nonce: let postcli search for it.')
  if (data.state?.is !== 'present') return broken('The folder cannot be looked at now.')
  const [problem] = data.state.problems
  if (problem !== undefined)
    return broken(`${plural(data.state.problems.length, 'file')} not as they must be, ${problem.file} first: ${problem.is}.`)
  return ok(`${plural(layout.value.count, 'file')}, ${sizeOf(data.state.expectedBytes)}`)
}

interface LabelsStep {
  readonly context: MachineContext
  readonly tools: VerifyTools
  readonly setup: Setup
  readonly data: VerifyData
  readonly own: Current
}

async function labelsStep({ context, tools, setup, data, own }: LabelsStep): Promise<Found> {
  const binary = companion(setup, 'postcli')
  const layout = await readLayout(data.folder)
  if (!layout.ok) return broken(layout.fault.detail)
  if (binary === undefined) return ok('postcli is not here: only the service’s own check of its proof counts.')
  const { count, fileBytes } = layout.value
  const fractionPercent = Math.min(100, (SAMPLE_LABELS * LABEL_BYTES * 100) / fileBytes)
  const scryptN = resolveNetwork(setup.network).post.scrypt.n
  for (const file of new Set([0, Math.floor((count - 1) / 2), count - 1])) {
    const request = { folder: data.folder, fromFile: file, toFile: file, fractionPercent, scryptN }
    const run = tools.run({ launcher: context.launcher(binary), args: verifyArguments(request) })
    own.stop = () => run.stop()
    const { code, output } = await run.done
    const verdict = verifyVerdict(output, code)
    if (verdict.is === 'bad')
      return broken(`File ${file} holds a wrong label, ${verdict.offsetBytes} bytes from its begin. Have it made anew.`)
    if (verdict.is !== 'good') return broken(verdict.text)
  }
  return ok('')
}

interface ProofStep extends LabelsStep {
  readonly figures: { bytesPerSecond?: number }
  readonly show: (more: Partial<Rehearsal>) => void
}

async function proofStep({ context, tools, setup, data, own, figures, show }: ProofStep): Promise<Found> {
  const { service } = data
  const numUnits = data.state?.is === 'present' ? data.state.numUnits : 0
  const run = proveOnce({
    service,
    numUnits,
    network: resolveNetwork(setup.network),
    launcher: context.launcher(service.binary),
    clock: context.clock,
    tools,
    onProgress: ({ bytes, ofBytes }) => show({ percent: Math.min(99, (bytes * 100) / ofBytes) }),
  })
  own.stop = () => run.stop()
  const proved = await run.done
  if (!proved.ok) return broken(proved.fault.detail)
  const { bytesPerSecond } = proved.value
  if (bytesPerSecond === undefined) return ok('Found, and checked by the service itself.')
  figures.bytesPerSecond = bytesPerSecond
  return ok(`Found and checked by the service itself; it read at ${speedOf(bytesPerSecond)} with ${service.nonces} nonces.`)
}

/** Of two passes, as a plan that is to be safe reckons. */
const PASSES = 2

async function fitStep(
  machine: Parts['machine'],
  setup: Setup,
  data: VerifyData,
  figures: { readonly bytesPerSecond?: number; powMs?: number },
): Promise<Found> {
  const { post, poet } = resolveNetwork(setup.network)
  const { service, state } = data
  const rates = machine.pow()
  const rate = service.randomx === 'fast' ? rates?.fastHashesPerSecond : rates?.lightHashesPerSecond
  const [numUnits, totalBytes] = state?.is === 'present' ? [state.numUnits, state.expectedBytes] : [0, 0]
  if (rate !== undefined) figures.powMs = (hashesPerGroup(post.powDifficulty, numUnits) * (service.nonces / 16) * 1_000) / rate
  if (figures.bytesPerSecond === undefined) return ok('The data is too small to tell its speed.')
  const passMs = (totalBytes * 1_000) / figures.bytesPerSecond + (figures.powMs ?? 0)
  const work = figures.powMs === undefined ? ' without proof of work, which was not measured here yet' : ''
  const said = `Alone, one pass takes about ${duration(passMs)}${work}, and the gap ${duration(poet.cycleGapMs)}`
  if (passMs > poet.cycleGapMs) return broken(`${said}. Use a faster disk, fewer nonces or more threads.`)
  return ok(passMs * PASSES > poet.cycleGapMs ? `${said}: a second pass would be late.` : `${said}.`)
}

function read(file: string): readonly Rehearsal[] {
  try {
    return kept.parse(JSON.parse(readFileSync(file, 'utf8'))) as readonly Rehearsal[]
  } catch {
    return [] // none was made yet, or the file is damaged: it is made anew by the next one
  }
}
