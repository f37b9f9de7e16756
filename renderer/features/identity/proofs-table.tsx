import { useNow } from '../../components/use-now.ts'
import { useCallback, type ReactElement } from 'react'
import type { ProofRecord } from '../../../shared/ipc/contract.ts'
import { duration, speed } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { OUTCOMES } from '../../components/outcomes.ts'
import { useTimes } from '../../components/times.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'

function ProofRow({ proof }: { readonly proof: ProofRecord }): ReactElement {
  const now = useNow()
  const times = useTimes()
  const outcome = OUTCOMES[proof.outcome]
  return (
    <tr>
      <td>{proof.epoch}</td>
      <td>
        <span className="row">
          <Glyph shape={outcome.shape} tone={outcome.tone} />
          <span>
            {outcome.word}
            {proof.cause === undefined ? '' : `: ${proof.cause}`}
          </span>
        </span>
      </td>
      <td className="nw">{times.moment(proof.startedAt, now)}</td>
      <td className="r">{proof.finishedAt === undefined ? '' : duration(proof.finishedAt - proof.startedAt)}</td>
      <td className="r">{proof.passes}</td>
      <td className="r nw">{proof.bytesPerSecond === undefined ? '' : speed(proof.bytesPerSecond)}</td>
    </tr>
  )
}

/** What this identity proved before, from history. Asked anew when the status changes. */
export function ProofsTable({ identity, statusSince }: { readonly identity: string; readonly statusSince: number }): ReactElement {
  // `statusSince` is the sign that history may have more.
  const ask = useCallback(async () => {
    void statusSince
    return api().history.proofs({ identity, limit: 50 })
  }, [identity, statusSince])
  const { value, fault, reload } = useLoad(ask)
  return (
    <section className="card" aria-label="Proofs">
      <div className="card-h">
        <h2>Proofs</h2>
        {value !== undefined && <span className="s dim">{value.length === 50 ? 'the last 50' : `${value.length}`}</span>}
      </div>
      {fault !== undefined && <FaultNote fault={fault} retry={reload} />}
      {value === undefined && fault === undefined && <Skeleton rows={3} step="Reading history" />}
      {value !== undefined && value.length === 0 && <p className="pad mid">No proof yet. The first appears when the service begins one.</p>}
      {value !== undefined && value.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Epoch</th>
              <th>Outcome</th>
              <th>Begun</th>
              <th className="r">Took</th>
              <th className="r">Passes</th>
              <th className="r">Speed</th>
            </tr>
          </thead>
          <tbody>
            {value.map((proof) => (
              <ProofRow key={`${proof.epoch}-${proof.startedAt}`} proof={proof} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
