import type { ReactElement } from 'react'
import { EvidenceList, freshness } from '../../components/evidence.tsx'
import { useIdentity } from '../../state/store.ts'

export interface CardPlace {
  readonly id: string
  readonly top: number
  readonly left: number
}

const HEAD_PX = 96
const LINE_PX = 22

/** Why we say so: each source, its value and age. */
export function EvidenceCard({ place }: { readonly place: CardPlace }): ReactElement | null {
  const identity = useIdentity(place.id)
  if (identity === undefined) return null
  const isLow = place.top > window.innerHeight - HEAD_PX - LINE_PX * identity.evidence.length
  const vertical = isLow ? { bottom: window.innerHeight - place.top + 40 } : { top: place.top }
  return (
    <div className="evid" role="tooltip" style={{ ...vertical, left: place.left }}>
      <div className="row between">
        <b>Why we say so</b>
        <span className="s dim">{freshness(identity.evidence)}</span>
      </div>
      {identity.status.cause !== undefined && <p className="s mid">{identity.status.cause}</p>}
      <EvidenceList lines={identity.evidence} />
    </div>
  )
}
