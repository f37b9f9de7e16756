import { useMemo, type ReactElement } from 'react'
import type { InitDisk, InitOptions } from '../../../shared/domain/initialization.ts'
import { planOf, type PlanProof } from '../../../shared/domain/planner/index.ts'
import { bytes, duration, THIN } from '../../../shared/domain/words.ts'
import { Glyph } from '../../components/glyph.tsx'
import type { AddDraft } from '../../state/init.ts'
import { setPlan, usePlanInputs } from '../../state/plan.ts'
import { go } from '../../state/route.ts'
import { plannedOf } from './draft.ts'

/** Enough to tell one per cent, and to follow the slider. */
const GAPS = 400

interface Fit {
  readonly isGood: boolean
  readonly text: string
}

function useFit(draft: AddDraft, options: InitOptions, disk: InitDisk): Fit | undefined {
  const { value: today } = usePlanInputs()
  return useMemo(() => {
    if (today === undefined) return undefined
    const add = plannedOf(draft, disk, options)
    const identities = [...today.identities.filter((one) => one.id !== add.id), add]
    const outcome = planOf({ ...today, identities }, { gaps: GAPS })
    const proofs = outcome.identities.filter((one) => one.disk === disk.lane)
    const last = Math.max(...proofs.map((one) => one.finish.p95))
    const read = identities.filter((one) => one.disk === disk.lane).reduce((sum, one) => sum + one.totalBytes, 0)
    const spare = today.gapClosesAt - last
    const worst = proofs.reduce<PlanProof | undefined>((low, one) => (low === undefined || one.chance < low.chance ? one : low), undefined)
    const name = identities.find((one) => one.id === worst?.identity)?.name ?? add.name
    return {
      isGood: spare >= 0,
      text:
        spare >= 0
          ? `${disk.label} then reads ${bytes(read)} in a gap and is done ${duration(spare)} before its end in 19 of 20 epochs.`
          : `${disk.label} then reads ${bytes(read)} in a gap, and ${name} is on time in ${Math.floor((worst?.chance ?? 0) * 100)}${THIN}% of epochs only.`,
    }
  }, [today, draft, options, disk])
}

interface Props {
  readonly draft: AddDraft
  readonly options: InitOptions
  readonly disk: InitDisk
}

/** Whether its proof will fit into the cycle gap beside the others, and the way to play with it. */
export function FitNote({ draft, options, disk }: Props): ReactElement {
  const fit = useFit(draft, options, disk)
  return (
    <div className="row between fit-note">
      {fit === undefined ? (
        <span className="dim">Whether its proof will fit into the cycle gap is not known yet.</span>
      ) : (
        <span className="row" role="status">
          <Glyph shape={fit.isGood ? 'disc-tick' : 'triangle'} tone={fit.isGood ? 'ok' : 'warn'} label={fit.isGood ? 'fits' : 'tight'} />
          <span>{fit.text}</span>
        </span>
      )}
      <button
        type="button"
        className="link nw"
        onClick={() => {
          setPlan({ add: plannedOf(draft, disk, options) })
          go({ room: 'plan' })
        }}
      >
        Will it fit?
      </button>
    </div>
  )
}
