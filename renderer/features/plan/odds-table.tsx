import type { ReactElement } from 'react'
import type { PlanInputs, PlanOutcome } from '../../../shared/domain/planner/index.ts'
import { bytes, duration, plural, speed } from '../../../shared/domain/words.ts'
import { Tile } from '../../components/tile.tsx'
import { chanceWords, spareWords, toneOf } from './words.ts'

interface Props {
  readonly inputs: PlanInputs
  readonly outcome: PlanOutcome
  readonly selected: string | undefined
  readonly select: (id: string) => void
}

/** Chance of each proof, and what it is made of. */
export function OddsTable({ inputs, outcome, selected, select }: Props): ReactElement | null {
  if (outcome.identities.length === 0) return null
  const { provers } = outcome
  return (
    <section className="card" aria-labelledby="plan-odds">
      <div className="card-h">
        <h2 id="plan-odds">Each proof</h2>
        <span className="s dim">
          {plural(provers.most, 'prover')} at once,{' '}
          {provers.allowed >= provers.most ? `${provers.allowed} allowed` : 'more than memory allows'}
        </span>
      </div>
      <table className="plan-odds">
        <thead>
          <tr>
            <th>Identity</th>
            <th className="r wide">Proof of work</th>
            <th className="r wide">One pass</th>
            <th className="r">P95</th>
            <th className="r">On time</th>
          </tr>
        </thead>
        <tbody>
          {outcome.identities.map((proof) => {
            const identity = inputs.identities.find((one) => one.id === proof.identity)
            if (identity === undefined) return null
            return (
              <tr key={identity.id} className={identity.id === selected ? 'on' : ''}>
                <td>
                  <button type="button" className="plan-name" onClick={() => select(identity.id)}>
                    <Tile id={identity.id} colour={identity.colour} size={18} />
                    <b>{identity.name}</b>{' '}
                    <span className="s dim">
                      {bytes(identity.totalBytes)}, {identity.nonces} nonces
                    </span>
                  </button>
                </td>
                <td className="r nw wide">{duration(proof.powMs)}</td>
                <td className="r nw wide">
                  {duration(proof.passMs)}{' '}
                  <span className="s dim">
                    {speed(proof.bytesPerSecond)}
                    {proof.limitedBy === 'cpu' ? ', held by the CPU' : ''}
                  </span>
                </td>
                <td className="r nw">{spareWords(proof.finish.p95, inputs)}</td>
                <td className={`r nw ${toneOf(proof.chance)}`}>
                  <b>{chanceWords(proof.chance)}</b>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
