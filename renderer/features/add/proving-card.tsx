import type { ReactElement } from 'react'
import { passChance } from '../../../shared/domain/odds.ts'
import { THIN } from '../../../shared/domain/words.ts'
import { Seg } from '../../components/seg.tsx'
import { changeAdd, type AddDraft } from '../../state/init.ts'
import { usePlanInputs } from '../../state/plan.ts'
import { DEFAULT_NONCES } from './draft.ts'

const NONCES = [64, 128, 192, 288].map((value) => ({ value, word: `${value}` }))
const MODES = [
  { value: 'fast', word: 'fast, 2 GiB each' },
  { value: 'light', word: 'light' },
] as const

/** How it will prove later; all of it can be changed then. */
export function ProvingCard({ draft }: { readonly draft: AddDraft }): ReactElement {
  const { value: inputs } = usePlanInputs()
  const nonces = draft.nonces ?? DEFAULT_NONCES
  const once = inputs === undefined ? undefined : passChance(inputs.post, nonces) * 100
  return (
    <section className="card pad col" aria-labelledby="add-proving">
      <div className="row between">
        <h2 id="add-proving">Proving</h2>
        <span className="s dim">can be changed at any time</span>
      </div>
      <div className="row between add-wrap">
        <span>
          <span className="b">Nonces</span>{' '}
          {once !== undefined && (
            <span className="s dim">
              {once.toFixed(once > 99 ? 1 : 0)}
              {THIN}% find the proof in one pass
            </span>
          )}
        </span>
        <Seg label="Nonces" options={NONCES} value={nonces} set={(value) => changeAdd({ nonces: value })} />
      </div>
      <div className="row between add-wrap">
        <span className="b">RandomX</span>
        <Seg label="RandomX" options={MODES} value={draft.randomx ?? 'fast'} set={(randomx) => changeAdd({ randomx })} />
      </div>
    </section>
  )
}
