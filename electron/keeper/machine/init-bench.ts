import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { textOf } from '../../../shared/domain/fault.ts'
import type { InitProvider, InitState } from '../../../shared/domain/initialization.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import {
  CPU_PROVIDER,
  initializeArguments,
  initializeVerdict,
  runTool,
  verifyArguments,
  verifyVerdict,
  type ToolRun,
} from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { InitBook, MeasuredProvider } from './init-book.ts'

/** Labels of one test: some seconds on a processor, and a graphics card needs more to be busy at all. */
const CPU_LABELS = 2_048
const GPU_LABELS = 1_048_576
/** Labels that the processor makes anew to compare. */
const COMPARED = 1_024
const UNITS = 4

export interface InitBench {
  readonly state: InitState['benchmark']
  /** One provider after the other; resolves when it is over. */
  run(providers: readonly InitProvider[]): Promise<void>
  stop(): void
}

/** When a file was begun and ended, from the times of the program's own lines. @returns ms */
export function writingMs(output: string): number | undefined {
  const at = (pattern: RegExp): number => Date.parse(pattern.exec(output)?.[1] ?? '')
  const begun = at(/^(\S+)\tINFO\tinitialization: starting to write file/m)
  const ended = at(/^(\S+)\tINFO\tinitialization: completed\t\{"fileIndex": 0/m)
  return ended > begun ? ended - begun : undefined
}

/** Makes some labels with each provider in a folder of our own, and compares them with the processor's. */
export function initBench(context: MachineContext, book: InitBook, changed: () => void): InitBench {
  const { clock, log, home } = context
  let state: InitState['benchmark'] = { is: 'idle' }
  let running: ToolRun | undefined
  let isStopped = false
  const show = (next: InitState['benchmark']): void => {
    state = next
    changed()
  }

  const tool = async (args: readonly string[], binary: string) => {
    running = runTool({ launcher: context.launcher(binary), args })
    if (isStopped) running.stop()
    return running.done
  }

  const measure = async (provider: InitProvider, binary: string, scryptN: number): Promise<MeasuredProvider | string> => {
    const folder = path.join(home.state, 'provider-test', String(provider.id))
    const labels = provider.id === CPU_PROVIDER ? CPU_LABELS : GPU_LABELS
    await rm(folder, { recursive: true, force: true })
    await mkdir(path.dirname(folder), { recursive: true })
    const identity = randomBytes(32).toString('hex')
    const layout = { numUnits: UNITS, labelsPerUnit: labels / UNITS, maxFileBytes: labels * 16 }
    const made = await tool(
      initializeArguments({
        folder,
        identity,
        commitmentAtx: identity,
        ...layout,
        scryptN,
        provider: provider.id,
        range: { fromFile: 0, toFile: 0 },
      }),
      binary,
    )
    const verdict = initializeVerdict(made.output)
    if (verdict.is !== 'completed') return verdict.is === 'failed' ? `${verdict.text} ${verdict.fix}` : 'postcli ended before it was done.'
    const ms = writingMs(made.output)
    const fractionPercent = Math.min(100, (COMPARED / labels) * 100)
    const checked = await tool(verifyArguments({ folder, fromFile: 0, toFile: 0, fractionPercent, scryptN }), binary)
    const found = verifyVerdict(checked.output, checked.code)
    if (found.is !== 'good' && found.is !== 'bad') return found.text
    await rm(folder, { recursive: true, force: true })
    return {
      id: provider.id,
      name: provider.name,
      measuredAt: clock.now(),
      labels: found.is === 'good' ? 'correct' : 'wrong',
      ...(ms === undefined ? {} : { bytesPerSecond: (labels * 16 * 1000) / ms }),
    }
  }

  return {
    get state() {
      return state
    },
    async run(providers) {
      isStopped = false
      const setup = context.setup()
      const binary = setup === undefined ? undefined : companion(setup, 'postcli')
      if (setup === undefined || binary === undefined) return
      for (const provider of providers) {
        if (isStopped) break
        show({ is: 'running', provider: provider.id, since: clock.now() })
        try {
          const measured = await measure(provider, binary, resolveNetwork(setup.network).post.scrypt.n)
          if (isStopped) break
          if (typeof measured === 'string') return show({ is: 'failed', text: `${provider.name}: ${measured}` })
          log.info('init.provider-measured', { id: measured.id, labels: measured.labels, bytesPerSecond: measured.bytesPerSecond })
          book.change(({ providers: before }) => ({ providers: [...before.filter(({ id }) => id !== measured.id), measured] }))
        } catch (cause) {
          return show({ is: 'failed', text: `${provider.name} could not be tested: ${textOf(cause)}.` })
        }
      }
      show({ is: 'idle' })
    },
    stop() {
      isStopped = true
      running?.stop()
    },
  }
}
