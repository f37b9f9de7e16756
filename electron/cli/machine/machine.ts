import type { MachineReport, Verdict } from '../../../shared/domain/machine.ts'
import { bytes, duration, figure, percent, speed, unitTime } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, refusedWords, refuseUse, say, withKeeper, type KeysApi, type KeysCli } from '../keys/context.ts'
import { progressLine } from '../keys/progress.ts'

export const MACHINE: VerbWords = {
  usage: 'machine [--measure [--write] [--disk ID]…] [--benchmark] [--json]',
  switches: ['json', 'measure', 'write', 'benchmark'],
  options: ['disk'],
  repeated: ['disk'],
  plain: 0,
}

const POLL_MS = 250

const MARKS: Readonly<Record<Verdict, string>> = { good: ' ', tight: '!', bad: '!', unknown: '?' }

/** Waits until nothing is looked at or measured any more. A hit of Ctrl-C cancels it and waits for that. */
async function settled(cli: KeysCli, api: KeysApi): Promise<Awaited<ReturnType<KeysApi['machine']['report']>>> {
  const line = progressLine(cli)
  const off = cli.interrupts.onHit(() => void api.machine.cancel())
  try {
    for (;;) {
      const report = await api.machine.report()
      if (!report.ok) return report
      const text = busyText(report.value, Date.now())
      if (text === undefined) return report
      line.show(text)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    off()
    line.end()
  }
}

function busyText(report: MachineReport, now: number): string | undefined {
  const disk = report.disks.find(({ test }) => test.is === 'running')
  if (disk?.test.is === 'running') {
    const { what, percent, bytesPerSecond } = disk.test
    const rate = bytesPerSecond === undefined ? '' : `, ${speed(bytesPerSecond)}`
    return `${what === 'read' ? 'Reading from' : 'Writing to'} ${disk.label}: ${figure(Math.round(percent))} %${rate}`
  }
  if (report.profiler !== undefined)
    return `The profiler is running: ${percent(report.profiler.percent)}, ${duration(Math.max(0, report.profiler.endsAt - now))} left`
  if (report.isLooking || report.opencl.is === 'looking') return 'Looking at this computer'
  return undefined
}

function openclLines({ opencl }: MachineReport): string[] {
  if (opencl.is === 'failed') return [`! OpenCL: ${asSentence(opencl.text)}`]
  if (opencl.is !== 'seen') return ['? OpenCL: not looked at yet.']
  if (opencl.devices.length === 0) return ['! OpenCL: no device.']
  return opencl.devices.map(
    ({ name, kind, memoryBytes, isMemoryDoubtful, provider }) =>
      `  ${name} (${kind}): ${bytes(memoryBytes)}${isMemoryDoubtful ? ', doubtful' : ''}, ${provider === undefined ? 'not listed by postcli' : `provider ${provider}`}`,
  )
}

/** What the proofs of work of this set-up take on this computer. */
function workLines({ work }: MachineReport): string[] {
  const { kinds, totalMs, identityCount } = work
  return [
    ...kinds.map(({ numUnits, nonces, ms }) => `  Proof of work of ${figure(numUnits)} SU with ${figure(nonces)} nonces: ${duration(ms)}`),
    ...(totalMs === undefined || identityCount < 2
      ? []
      : [`  All ${figure(identityCount)} in one gap: ${duration(totalMs)} for one pass each`]),
  ]
}

function powLine({ pow }: MachineReport): string {
  const rates = [
    ['fast', pow?.fastHashesPerSecond],
    ['light', pow?.lightHashesPerSecond],
  ] as const
  const known = rates.flatMap(([mode, rate]) => (rate === undefined ? [] : [`${figure(Math.round(rate))} hashes/s (${mode})`]))
  if (pow === undefined || known.length === 0) return '? Proof of work: not measured.'
  return `  Proof of work: ${known.join(', ')}, from ${pow.from === 'proofs' ? 'real proofs' : 'the profiler'}`
}

/** The report as lines: what counts first, `!` before what needs the user and `?` before what is not known. */
export function machineLines(report: MachineReport): string[] {
  const { cpu, memory, clock } = report
  const flags = [cpu.hasAes === false ? 'no AES' : undefined, cpu.hasAvx2 === false ? 'no AVX2' : undefined].filter(
    (one) => one !== undefined,
  )
  return [
    report.headline,
    `  Processor: ${cpu.model}, ${cpu.cores} cores, ${cpu.threads} threads${flags.length === 0 ? '' : `, ${flags.join(', ')}`}`,
    `${MARKS[memory.verdict]} Memory: ${bytes(memory.totalBytes)}. ${asSentence(memory.text)}`,
    powLine(report),
    ...workLines(report),
    clock === undefined ? '? Clock: not looked at yet.' : `${MARKS[clock.verdict]} Clock: ${asSentence(clock.text)}`,
    ...report.ports.map(({ verdict, what, address, text }) => `${MARKS[verdict]} ${what}, ${address}: ${asSentence(text)}`),
    `${MARKS[report.p2p.verdict]} Network: ${asSentence(report.p2p.text)}`,
    ...openclLines(report),
    ...report.disks.map((disk) => {
      const measured = disk.speed?.bytesPerSecond
      const rate = measured === undefined ? 'not measured' : `${speed(measured)}, ${unitTime(report.unitBytes, measured)}`
      const sleep = disk.sleepsAfterMs === undefined ? '' : `, sleeps after ${duration(disk.sleepsAfterMs)}`
      return `${MARKS[disk.verdict]} Disk ${disk.label} (${disk.id}): ${rate}${sleep}. ${asSentence(disk.verdictText)}`
    }),
    ...report.advice.flatMap(({ title, text, commands }) => [
      `! ${asSentence(title)} ${asSentence(text)}`,
      ...(commands ?? []).map((command) => `    ${command}`),
    ]),
  ]
}

/** `machine`: what this computer has, measured against what this set-up needs. Exit 1 when something is too little for it. */
export async function machine(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, MACHINE)
  if (refused !== undefined) return refused
  if (!words.has('measure') && (words.has('write') || words.has('disk')))
    return refuseUse(cli, '--write and --disk go with --measure.', MACHINE)
  return withKeeper(cli, async (api) => {
    const looked = await api.machine.look()
    if (!looked.ok) return refuse(cli, words, 'This computer was not looked at', looked.fault)
    await settled(cli, api)
    if (words.has('measure')) {
      const disks = words.values('disk')
      const what = words.has('write') ? 'write' : 'read'
      const begun = await api.machine.measure({ what, acceptsNow: true, ...(disks.length === 0 ? {} : { disks: [...disks] }) })
      if (!begun.ok) return refuse(cli, words, 'Nothing was measured', begun.fault)
      await settled(cli, api)
    }
    if (words.has('benchmark')) {
      const begun = await api.machine.benchmark()
      if (!begun.ok) return refuse(cli, words, 'Nothing was measured', begun.fault)
    }
    const report = await settled(cli, api)
    if (!report.ok) return refuse(cli, words, 'Nothing is known of this computer', report.fault)
    if (words.has('json')) cli.out(json(report.value))
    else for (const line of machineLines(report.value)) say(cli, line)
    return report.value.checks.some(({ verdict }) => verdict === 'bad') ? EXIT.failed : EXIT.done
  })
}
