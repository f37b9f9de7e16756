import { useId, type ReactElement } from 'react'
import type { InitDisk, InitOptions, InitProvider, InitState } from '../../../shared/domain/initialization.ts'
import { bytes, duration, speed } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { changeAdd, type AddDraft } from '../../state/init.ts'
import { canTake, providersOf, speedOf, unitsOf } from './draft.ts'

const LABELS: Readonly<Record<InitProvider['labels'], string>> = {
  correct: 'labels checked against the CPU',
  wrong: 'makes wrong labels, so it is not used',
  'not-tested': 'not tested yet',
}

function ProviderRow(props: {
  readonly provider: InitProvider
  readonly isOn: boolean
  readonly totalBytes: number
  readonly turn: () => void
}): ReactElement {
  const { provider, isOn, totalBytes, turn } = props
  const id = useId()
  const { bytesPerSecond } = provider
  return (
    <tr className={canTake(provider) ? (isOn ? 'on' : '') : 'old'}>
      <td className="pick">
        <input id={id} type="checkbox" aria-label={provider.name} checked={isOn} disabled={!canTake(provider)} onChange={turn} />
      </td>
      <td>
        <label htmlFor={id}>
          <b>{provider.name}</b>{' '}
          <span className={provider.labels === 'wrong' ? 's c-bad' : 's dim'}>
            {provider.memoryBytes === undefined ? '' : `${bytes(provider.memoryBytes)}, `}
            {LABELS[provider.labels]}
          </span>
        </label>
      </td>
      <td className="r nw">{bytesPerSecond === undefined ? 'not measured' : speed(bytesPerSecond)}</td>
      <td className="r nw">{bytesPerSecond === undefined ? 'unknown' : duration((totalBytes / bytesPerSecond) * 1000)}</td>
    </tr>
  )
}

function benchmarkWords(benchmark: InitState['benchmark'], providers: readonly InitProvider[]): string {
  if (benchmark.is === 'running')
    return `Measuring ${providers.find((one) => one.id === benchmark.provider)?.name ?? `provider ${benchmark.provider}`}…`
  return benchmark.is === 'failed' ? closed(benchmark.text) : ''
}

/** Which devices compute: several share the files between them. */
export function ProviderCard(props: {
  readonly draft: AddDraft
  readonly options: InitOptions
  readonly disk: InitDisk
  readonly benchmark: InitState['benchmark'] | undefined
}): ReactElement {
  const { draft, options, disk, benchmark } = props
  const action = useAction()
  const chosen = providersOf(draft, options)
  const total = unitsOf(draft, disk, options) * options.unitBytes
  const together = speedOf(chosen)
  const isRunning = benchmark?.is === 'running'
  const turn = (provider: InitProvider): void => {
    const ids = chosen.map((one) => one.id)
    const next = ids.includes(provider.id) ? ids.filter((one) => one !== provider.id) : [...ids, provider.id]
    if (next.length > 0) changeAdd({ providers: next })
  }
  return (
    <section className="card" aria-labelledby="add-provider">
      <div className="card-h">
        <h2 id="add-provider">Providers</h2>
        <span className="s dim">{options.providersText}</span>
        <button
          type="button"
          className="btn sm"
          disabled={isRunning || action.isBusy || options.providers.length === 0}
          onClick={() => void action.run(() => api().init.benchmark({}))}
        >
          {isRunning ? 'Measuring…' : 'Measure all'}
        </button>
      </div>
      {benchmark !== undefined && benchmark.is !== 'idle' && (
        <p className={benchmark.is === 'failed' ? 'add-line c-bad' : 'add-line mid'} role="status">
          {benchmarkWords(benchmark, options.providers)}
        </p>
      )}
      {options.providers.length === 0 ? (
        <p className="pad mid">No device that can make labels was found. The Machine page says what is missing.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th className="pick">
                <span className="sr">Taken</span>
              </th>
              <th>Device</th>
              <th className="r">Speed</th>
              <th className="r">{bytes(total)} takes</th>
            </tr>
          </thead>
          <tbody>
            {options.providers.map((one) => (
              <ProviderRow
                key={one.id}
                provider={one}
                isOn={chosen.some(({ id }) => id === one.id)}
                totalBytes={total}
                turn={() => turn(one)}
              />
            ))}
          </tbody>
        </table>
      )}
      {chosen.length > 1 && (
        <p className="add-line row mid">
          <Glyph shape="info" tone="accent" />
          <span>
            Each makes a range of the files; the ranges are joined at the end.{' '}
            {together === undefined
              ? 'Measure all to know how long they take together.'
              : `Together ${speed(together)}: ${duration((total / together) * 1000)}.`}
          </span>
        </p>
      )}
      <FaultNote fault={action.fault} close={action.clear} />
    </section>
  )
}
