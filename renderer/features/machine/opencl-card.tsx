import type { ReactElement } from 'react'
import type { InitState } from '../../../shared/domain/initialization.ts'
import type { MachineReport, OpenClDevice } from '../../../shared/domain/machine.ts'
import { CPU_PROVIDER, testOf, type ProviderTest } from '../../../shared/domain/provider-test.ts'
import { bytes, duration, speed } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Ago } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useInit } from '../../state/init.ts'

const KINDS: Readonly<Record<OpenClDevice['kind'], string>> = { gpu: 'GPU', cpu: 'CPU', accelerator: 'accelerator', other: 'device' }

/** A device, or the processor, as one that makes labels. */
interface Maker {
  readonly name: string
  readonly detail: string
  /** postcli's number; absent: it cannot use it. */
  readonly provider?: number
}

const makerOf = ({ name, kind, memoryBytes, isMemoryDoubtful, driver, provider }: OpenClDevice): Maker => ({
  name,
  detail: [
    KINDS[kind],
    `${bytes(memoryBytes)}${isMemoryDoubtful ? ' (as the driver says; it cannot be true)' : ''}`,
    `driver ${driver}`,
    ...(provider === undefined ? [] : [`provider ${provider}`]),
  ].join(', '),
  ...(provider === undefined ? {} : { provider }),
})

/** postcli offers the processor always, whatever OpenCL says. */
const makersOf = ({ opencl, cpu }: MachineReport): readonly Maker[] => [
  ...(opencl.is === 'seen' ? opencl.devices.map(makerOf) : []),
  { name: cpu.model, detail: `processor, provider ${CPU_PROVIDER}`, provider: CPU_PROVIDER },
]

const found = (maker: Maker, tested: InitState['tested']): ProviderTest | undefined => {
  const test = maker.provider === undefined ? undefined : testOf(tested, { id: maker.provider, name: maker.name })
  return test?.labels === 'not-tested' ? undefined : test
}

function Labels({ test, isTested }: { readonly test: ProviderTest | undefined; readonly isTested: boolean }): ReactElement {
  if (isTested) return <span className="mid">being tested…</span>
  if (test === undefined) return <span className="s dim">not tested</span>
  if (test.labels === 'correct') return <Badge look={{ shape: 'disc-tick', tone: 'ok', word: 'labels correct' }} />
  const word = test.id === CPU_PROVIDER ? 'labels differ when made again' : 'labels differ from the CPU’s'
  return <Badge look={{ shape: 'cross', tone: 'bad', word }} />
}

/** What to do about a provider whose labels are wrong. */
const wayOut = ({ provider }: Maker): string =>
  provider === CPU_PROVIDER
    ? 'Do not make PoS data on this computer: it would never prove. Look at its memory and cooling, then test again.'
    : 'Do not make PoS data with it: the data would never prove. Update its driver, then test again.'

function Row({ maker, init }: { readonly maker: Maker; readonly init: InitState | undefined }): ReactElement {
  const test = found(maker, init?.tested ?? [])
  const { provider } = maker
  const isTested = init?.benchmark.is === 'running' && init.benchmark.provider === provider
  return (
    <tr>
      <td>
        <b>{maker.name}</b> <span className="s dim">{maker.detail}</span>
        {test?.labels === 'wrong' && <div className="s c-bad">{wayOut(maker)}</div>}
      </td>
      {provider === undefined ? (
        <td className="r s dim" colSpan={2}>
          not offered by postcli
        </td>
      ) : (
        <>
          <td className="r nw">
            {test?.bytesPerSecond !== undefined && speed(test.bytesPerSecond)}
            {test !== undefined && (
              <div className="s dim">
                <Ago at={test.measuredAt} />
              </div>
            )}
          </td>
          <td className="r nw">{init !== undefined && <Labels test={test} isTested={isTested} />}</td>
        </>
      )}
    </tr>
  )
}

/** Tests every provider, one after the other; what became of the last test stands beside the button. */
function TestAll({ benchmark, isFirst }: { readonly benchmark: InitState['benchmark']; readonly isFirst: boolean }): ReactElement {
  const action = useAction()
  const isRunning = benchmark.is === 'running'
  return (
    <>
      <div className="row between machine-foot">
        {benchmark.is === 'failed' ? (
          <span className="s c-bad">{benchmark.text}</span>
        ) : (
          <span className="s dim">A test tells the speed and compares labels with the CPU’s.</span>
        )}
        <button
          type="button"
          className="btn sm"
          disabled={isRunning || action.isBusy}
          onClick={() => void action.run(() => api().init.benchmark({}))}
        >
          {isRunning ? 'Testing…' : isFirst ? 'Test' : 'Test again'}
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </>
  )
}

function stateWords(opencl: MachineReport['opencl']): string | undefined {
  if (opencl.is === 'never') return 'Nobody looked for OpenCL yet.'
  if (opencl.is === 'looking') return 'Looking, in a process of its own…'
  if (opencl.is === 'failed') return opencl.text
  return opencl.devices.length === 0 ? 'No device was found, so new PoS data is made by the processor, which is slow.' : undefined
}

/** What can make PoS data, how fast, and whether its labels are right; advice on drivers stands in "Worth doing". */
export function OpenClCard({ report }: { readonly report: MachineReport }): ReactElement {
  const { value: init } = useInit()
  const { opencl } = report
  const words = stateWords(opencl)
  const makers = makersOf(report)
  const isMissing = makers.some((maker) => maker.provider !== undefined && found(maker, init?.tested ?? []) === undefined)
  return (
    <section className="card" aria-labelledby="opencl-title">
      <div className="card-h">
        <h2 id="opencl-title">OpenCL devices</h2>
        <span className="s dim">
          only needed to make PoS data{opencl.is === 'seen' && `; seen within ${duration(Math.max(1000, opencl.tookMs))}`}
        </span>
      </div>
      {words !== undefined && <p className={opencl.is === 'failed' ? 'pad c-bad' : 'pad mid'}>{words}</p>}
      <table>
        <tbody>
          {makers.map((maker) => (
            <Row key={`${maker.detail} ${maker.name}`} maker={maker} init={init} />
          ))}
        </tbody>
      </table>
      {init !== undefined && <TestAll benchmark={init.benchmark} isFirst={isMissing} />}
    </section>
  )
}
