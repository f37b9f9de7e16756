import { useMemo, type ReactElement } from 'react'
import { passChance } from '../../../shared/domain/odds.ts'
import { bestNonces, type PlanDisk, type PlanDraft, type PlanIdentity, type PlanInputs } from '../../../shared/domain/planner/index.ts'
import { bytes, duration, speed, THIN } from '../../../shared/domain/words.ts'
import { Seg } from '../../components/seg.tsx'
import { Slider } from '../../components/slider.tsx'
import { changeIdentity, changePlan, dropAdded, dropDisk, movePlanned } from '../../state/plan.ts'
import { NEW_NAME } from './words.ts'

const NONCES = [64, 128, 192, 288]
const MODES = [
  { value: 'fast', word: 'fast, 2 GiB each' },
  { value: 'light', word: 'light' },
] as const
const MIB = 1_048_576
const NEW_DISK: PlanDisk = { id: 'disk:new', label: 'New disk', detail: 'not here yet', bytesPerSecond: 200 * MIB, spread: 0.05 }
const NEW_ID = 'new'
const FIRST_UNITS = 64
const DEFAULT_NONCES = 288

export interface WhatIfProps {
  /** With the draft's changes in them. */
  readonly inputs: PlanInputs
  readonly draft: PlanDraft
  readonly selected: string | undefined
  readonly select: (id: string) => void
}

const diskWords = (disk: PlanDisk): string =>
  `${disk.label}, ${disk.detail}, ${disk.bytesPerSecond === undefined ? 'never measured' : speed(disk.bytesPerSecond)}`

const withCurrent = (values: readonly number[], value: number): readonly number[] =>
  values.includes(value) ? values : [...values, value].sort((a, b) => a - b)

/** What can be changed of one identity. */
function Of({ identity, inputs, draft }: { readonly identity: PlanIdentity } & Pick<WhatIfProps, 'inputs' | 'draft'>): ReactElement {
  const { id, name } = identity
  const { threads: all } = inputs.machine
  const threads = identity.threads <= 0 ? all : Math.min(identity.threads, all)
  const once = passChance(inputs.post, identity.nonces) * 100
  const { add } = draft
  const best = useMemo(() => bestNonces(inputs).find((one) => one.identity === id), [inputs, id])
  const isBetter = best !== undefined && best.bestMs < best.nowMs && (best.nonces !== identity.nonces || best.threads !== identity.threads)
  const disk = inputs.disks.find((one) => one.id === identity.disk)
  const mostUnits = Math.max(FIRST_UNITS, identity.numUnits, Math.floor((disk?.freeBytes ?? 0) / inputs.unitBytes))
  return (
    <>
      {add?.id === id && (
        <Slider
          label="Size"
          min={4}
          max={mostUnits}
          value={identity.numUnits}
          text={`${identity.numUnits}${THIN}SU, ${bytes(identity.totalBytes)}`}
          set={(numUnits) => changePlan({ add: { ...add, numUnits, totalBytes: numUnits * inputs.unitBytes } }, 'size')}
        />
      )}
      <div className="field">
        <label htmlFor="plan-disk">Disk</label>
        <span className="input">
          <select id="plan-disk" value={identity.disk} onChange={(event) => movePlanned(id, event.target.value)}>
            {inputs.disks.map((one) => (
              <option key={one.id} value={one.id}>
                {diskWords(one)}
              </option>
            ))}
          </select>
        </span>
      </div>
      <div>
        <div className="label">Nonces</div>
        <Seg
          label={`Nonces of ${name}`}
          isWide
          options={withCurrent(NONCES, identity.nonces).map((value) => ({ value, word: `${value}` }))}
          value={identity.nonces}
          set={(nonces) => changeIdentity(id, { nonces })}
        />
        <p className="s dim">
          {once.toFixed(once > 99 ? 1 : 0)}
          {THIN}% find the proof in one pass
        </p>
        {isBetter && (
          <button type="button" className="link s" onClick={() => changeIdentity(id, { nonces: best.nonces, threads: best.threads })}>
            {best.nonces} nonces, {best.threads <= 0 ? all : best.threads} threads: up to {duration(best.nowMs - best.bestMs)} sooner
          </button>
        )}
      </div>
      <Slider
        label="Threads"
        min={1}
        max={Math.max(1, all)}
        value={threads}
        text={`${threads} of ${all}`}
        set={(value) => changeIdentity(id, { threads: value }, `threads ${id}`)}
      />
      <div>
        <div className="label">RandomX</div>
        <Seg
          label={`RandomX of ${name}`}
          isWide
          options={MODES}
          value={identity.randomx}
          set={(randomx) => changeIdentity(id, { randomx })}
        />
      </div>
    </>
  )
}

function Additions({ inputs, draft, select }: Omit<WhatIfProps, 'selected'>): ReactElement {
  const { add, addDisk } = draft
  const addOne = (): void => {
    const disk = inputs.disks.reduce<PlanDisk | undefined>(
      (best, one) => ((one.freeBytes ?? 0) > (best?.freeBytes ?? -1) ? one : best),
      undefined,
    )
    changePlan({
      add: {
        id: NEW_ID,
        name: NEW_NAME,
        colour: 8,
        disk: disk?.id ?? 'disk:new',
        numUnits: FIRST_UNITS,
        totalBytes: FIRST_UNITS * inputs.unitBytes,
        nonces: DEFAULT_NONCES,
        threads: 0,
        randomx: 'fast',
      },
    })
    select(NEW_ID)
  }
  return (
    <>
      {addDisk !== undefined && (
        <Slider
          label={addDisk.label}
          min={50}
          max={3000}
          step={10}
          value={(addDisk.bytesPerSecond ?? 0) / MIB}
          text={speed(addDisk.bytesPerSecond ?? 0)}
          set={(mib) => changePlan({ addDisk: { ...addDisk, bytesPerSecond: mib * MIB } }, 'disk speed')}
        />
      )}
      <div className="row plan-adds">
        {add === undefined ? (
          <button type="button" className="btn sm" onClick={addOne}>
            Add an identity
          </button>
        ) : (
          <button type="button" className="btn sm quiet" onClick={dropAdded}>
            Without {add.name}
          </button>
        )}
        {addDisk === undefined ? (
          <button type="button" className="btn sm" onClick={() => changePlan({ addDisk: NEW_DISK })}>
            Add a disk
          </button>
        ) : (
          <button type="button" className="btn sm quiet" onClick={() => dropDisk(inputs.disks.find((one) => one.id !== addDisk.id)?.id)}>
            Without the disk
          </button>
        )}
      </div>
    </>
  )
}

function Limit({ inputs }: { readonly inputs: PlanInputs }): ReactElement {
  const now = inputs.machine.maxProvers ?? 0
  const options = [{ value: 0, word: 'by memory' }, ...withCurrent([1, 2, 3, 4, 6], now || 1).map((value) => ({ value, word: `${value}` }))]
  return (
    <div>
      <div className="label">At once, at most</div>
      <Seg
        label="At once, at most"
        isWide
        options={options}
        value={now}
        set={(value) => changePlan({ maxProvers: value === 0 ? null : value })}
      />
    </div>
  )
}

/** What can be played with. */
export function WhatIf({ inputs, draft, selected, select }: WhatIfProps): ReactElement {
  const identity = inputs.identities.find((one) => one.id === selected)
  const slower = draft.slowerPercent ?? 0
  return (
    <section className="card pad col plan-form-card" aria-labelledby="plan-what">
      <h2 id="plan-what">What if</h2>
      {inputs.identities.length > 0 && (
        <div className="field">
          <label htmlFor="plan-identity">Identity</label>
          <span className="input">
            <select id="plan-identity" value={selected} onChange={(event) => select(event.target.value)}>
              {inputs.identities.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                  {draft.add?.id === one.id && one.name !== NEW_NAME ? ', new' : ''}
                </option>
              ))}
            </select>
          </span>
        </div>
      )}
      {identity !== undefined && <Of identity={identity} inputs={inputs} draft={draft} />}
      <Limit inputs={inputs} />
      <Slider
        label="Disks slower by"
        min={0}
        max={90}
        step={5}
        value={slower}
        text={`${slower}${THIN}%`}
        hint="for a scrub, a backup or old age"
        set={(slowerPercent) => changePlan({ slowerPercent }, 'slower')}
      />
      <Additions inputs={inputs} draft={draft} select={select} />
    </section>
  )
}
