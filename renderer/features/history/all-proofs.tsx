import { useNow } from '../../components/use-now.ts'
import { useTimes } from '../../components/times.ts'
import { useCallback, useState, type ReactElement } from 'react'
import { duration, speed } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { OUTCOMES } from '../../components/outcomes.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { useSnapshot } from '../../state/store.ts'

const MOST = 1000

/** Proofs of all identities, or of one; more on demand. */
export function AllProofs({ identity }: { readonly identity: string | undefined }): ReactElement {
  const [limit, setLimit] = useState(100)
  const { value, fault, reload } = useLoad(
    useCallback(async () => api().history.proofs({ limit, ...(identity === undefined ? {} : { identity }) }), [identity, limit]),
  )
  const now = useNow()
  const times = useTimes()
  const names = useSnapshot((snapshot) => snapshot.identities)
  return (
    <section className="card history-body" aria-label="Proofs">
      <FaultNote fault={fault} retry={reload} />
      {value === undefined && fault === undefined && <Skeleton rows={8} step="Reading history" />}
      {value !== undefined && value.length === 0 && <p className="pad mid">No proof yet.</p>}
      {value !== undefined && value.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Identity</th>
              <th>Epoch</th>
              <th>Outcome</th>
              <th>Begun</th>
              <th className="r">Took</th>
              <th className="r">Passes</th>
              <th className="r">Speed</th>
            </tr>
          </thead>
          <tbody>
            {value.map((proof) => {
              const outcome = OUTCOMES[proof.outcome]
              return (
                <tr key={`${proof.identity}-${proof.epoch}-${proof.startedAt}`}>
                  <td className="nw">{names?.find((one) => one.id === proof.identity)?.name ?? proof.identity.slice(0, 8)}</td>
                  <td>{proof.epoch}</td>
                  <td>
                    <span className="row">
                      <Glyph shape={outcome.shape} tone={outcome.tone} share={outcome.share ?? 0} />
                      <span>
                        {outcome.word}
                        {proof.cause === undefined ? '' : `: ${proof.cause}`}
                      </span>
                    </span>
                  </td>
                  <td className="nw">{times.moment(proof.startedAt, now)}</td>
                  <td className="r nw">{proof.finishedAt === undefined ? '' : duration(proof.finishedAt - proof.startedAt)}</td>
                  <td className="r">{proof.passes}</td>
                  <td className="r nw">{proof.bytesPerSecond === undefined ? '' : speed(proof.bytesPerSecond)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {value !== undefined && value.length === limit && limit < MOST && (
        <div className="history-more">
          <button type="button" className="btn sm" onClick={() => setLimit(Math.min(MOST, limit * 2))}>
            Older
          </button>
        </div>
      )}
    </section>
  )
}
