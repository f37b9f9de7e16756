import './add.css'
import { useCallback, useEffect, useRef, type ReactElement } from 'react'
import type { InitOptions, InitState } from '../../../shared/domain/initialization.ts'
import { bytes } from '../../../shared/domain/words.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { changeAdd, openJobs, useAddDraft, useInit, type AddDraft } from '../../state/init.ts'
import { go } from '../../state/route.ts'
import type { Live } from '../../state/use-live.ts'
import { Arrivals } from './arrivals.tsx'
import { diskOf, hasKey, mostUnits, requestOf, titleOf, unitsOf } from './draft.ts'
import { FitNote } from './fit-note.tsx'
import { FolderCard } from './folder-card.tsx'
import { Head } from './head.tsx'
import { KeyStep } from './key-step.tsx'
import { PlanStep } from './plan-step.tsx'
import { ProviderCard } from './provider-card.tsx'
import { ProvingCard } from './proving-card.tsx'
import { QueueCards } from './queue.tsx'
import { QueuePage } from './queue-page.tsx'
import { SizeCard } from './size-card.tsx'

function titleFor(draft: AddDraft, options: InitOptions | undefined): string {
  const name = titleOf(draft)
  if (draft.step === 'key' || options === undefined) return name === '' ? 'Add an identity' : `New identity: ${name}`
  const disk = diskOf(draft, options)
  if (disk === undefined) return 'No disk here can take new PoS data'
  return `New identity: ${bytes(unitsOf(draft, disk, options) * options.unitBytes)} on ${disk.label}`
}

/** What nothing can be begun without, said before the form is filled in. */
function Missing({ options }: { readonly options: InitOptions }): ReactElement | null {
  const whys = [options.binary, options.commitment].flatMap((one) => (one.is === 'missing' ? [one.why] : []))
  if (whys.length === 0) return null
  return (
    <div className="banner warn" role="status">
      <Glyph shape="triangle" tone="warn" label="warning" />
      <div className="grow">
        <b>Nothing can be written yet.</b> {whys.map(closed).join(' ')}
      </div>
      <button type="button" className="btn sm" onClick={() => go({ room: 'settings' })}>
        Settings
      </button>
    </div>
  )
}

const KEY_WORDS: Readonly<Record<AddDraft['way'], string>> = {
  new: 'The key is made when you begin. Nothing is written before you have read the plan.',
  existing: 'The key stays where it is until the data is whole.',
  public: 'Only the public key is used here; the private one stays where it is.',
}

function Foot(props: { readonly draft: AddDraft; readonly canGoOn: boolean }): ReactElement {
  const { draft, canGoOn } = props
  return (
    <footer className="row between add-foot">
      <span className="s dim">{KEY_WORDS[draft.way]}</span>
      <span className="row">
        {draft.step === 'folder' && (
          <button type="button" className="btn" onClick={() => changeAdd({ step: 'key' })}>
            Back
          </button>
        )}
        <button
          type="button"
          className="btn primary"
          disabled={!canGoOn}
          onClick={() => changeAdd({ step: draft.step === 'key' ? 'folder' : 'plan' })}
        >
          {draft.step === 'key' ? 'Next: folder and size' : 'See the plan'}
        </button>
      </span>
    </footer>
  )
}

interface StepProps {
  readonly draft: AddDraft
  readonly options: InitOptions
  readonly state: InitState | undefined
}

function FolderStep({ draft, options, state }: StepProps): ReactElement {
  const disk = diskOf(draft, options)
  return (
    <>
      <FolderCard draft={draft} options={options} disk={disk} />
      {disk !== undefined && (
        <>
          <SizeCard draft={draft} options={options} disk={disk}>
            <FitNote draft={draft} options={options} disk={disk} />
          </SizeCard>
          <ProviderCard draft={draft} options={options} disk={disk} benchmark={state?.benchmark} />
          <ProvingCard draft={draft} />
        </>
      )}
    </>
  )
}

/** The options; asked anew when a benchmark ended or the queue changed, for both change what is offered. */
function useOptions(state: InitState | undefined) {
  const loaded = useLoad(useCallback(() => api().init.options(), []))
  const key = state === undefined ? undefined : `${state.benchmark.is} ${openJobs(state).length}`
  const before = useRef(key)
  const { reload } = loaded
  useEffect(() => {
    if (before.current !== undefined && before.current !== key) reload()
    before.current = key
  }, [key, reload])
  return loaded
}

function canPlan(draft: AddDraft, options: InitOptions | undefined): boolean {
  const disk = options === undefined ? undefined : diskOf(draft, options)
  if (options === undefined || disk === undefined) return false
  return mostUnits(disk, options) >= options.minUnits && requestOf(draft, options) !== undefined
}

function AddForm({ init }: { readonly init: Live<InitState> }): ReactElement {
  const draft = useAddDraft()
  const { value: options, fault, reload } = useOptions(init.value)
  const request = options === undefined ? undefined : requestOf(draft, options)
  if (draft.step === 'plan' && request !== undefined) return <PlanStep request={request} />
  const isKey = draft.step === 'key'
  return (
    <>
      <Head title={titleFor(draft, options)} at={isKey ? 'key' : 'folder'} />
      {fault?.code === 'init/no-setup' ? (
        <Empty
          why="No node is set up yet, and new PoS data is bound to an ATX that the node knows. Set the node up first."
          action={{ label: 'Set up a node', run: () => go({ room: 'settings' }) }}
        />
      ) : (
        <FaultNote fault={fault} retry={reload} />
      )}
      {options !== undefined && <Missing options={options} />}
      <div className="add-two">
        <div className="col">
          {isKey && <KeyStep draft={draft} />}
          {!isKey && options !== undefined && <FolderStep draft={draft} options={options} state={init.value} />}
          {!isKey && options === undefined && fault === undefined && <Skeleton rows={6} step="Looking at disks and providers" />}
        </div>
        <div className="col">
          <FaultNote fault={init.fault} retry={init.reload} />
          <QueueCards state={init.value} />
          <Arrivals arrivals={init.value?.arrivals ?? []} />
        </div>
      </div>
      <Foot draft={draft} canGoOn={isKey ? hasKey(draft) : canPlan(draft, options)} />
    </>
  )
}

/** A new identity, or how far the making of one is (`queue`). */
export function AddPage({ part }: { readonly part: string | undefined }): ReactElement {
  const init = useInit()
  return part === 'queue' ? <QueuePage init={init} /> : <AddForm init={init} />
}
