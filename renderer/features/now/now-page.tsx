import { useEffect, useState, type ReactElement } from 'react'
import { usePassed, Left, Moment } from '../../components/time.tsx'
import { Empty } from '../../components/empty.tsx'
import { EvidenceTable, freshness } from '../../components/evidence.tsx'
import { go } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'
import { AlarmBanner } from './alarm-banner.tsx'
import { IdentityList } from './identity-list.tsx'
import { QueueNote } from './queue-note.tsx'
import { ReadyCard } from './ready-card.tsx'
import { Ribbon } from './ribbon.tsx'

/** Time to the next edge of the gap; the publish end once the gap has closed. */
function Countdown(): ReactElement | null {
  const opens = useSnapshot((snapshot) => snapshot.ribbon?.gapOpens)
  const closes = useSnapshot((snapshot) => snapshot.ribbon?.gapCloses)
  const ends = useSnapshot((snapshot) => snapshot.ribbon?.epochEnd)
  const hasOpened = usePassed(opens)
  const hasClosed = usePassed(closes)
  if (opens === undefined || closes === undefined || ends === undefined) return null
  const [at, words] = hasClosed
    ? [ends, 'until the publish end']
    : hasOpened
      ? [closes, 'until the gap closes']
      : [opens, 'until the gap opens']
  return (
    <div className="count-down">
      <span className="big">
        <Left at={at} />
      </span>{' '}
      <span className="dim">
        {words}, <Moment at={at} />
      </span>
    </div>
  )
}

/** The headline is the answer; spoken at most once a minute. */
function Headline(): ReactElement {
  const headline = useSnapshot((snapshot) => snapshot.headline) ?? ''
  const [spoken, setSpoken] = useState({ headline, at: 0 })
  useEffect(() => {
    if (spoken.headline === headline) return undefined
    const timer = setTimeout(() => setSpoken({ headline, at: Date.now() }), Math.max(0, spoken.at + 60_000 - Date.now()))
    return () => clearTimeout(timer)
  }, [headline, spoken])
  return (
    <div>
      <h1>{headline}</h1>
      <span className="sr" role="status">
        {spoken.headline}
      </span>
    </div>
  )
}

/** With one identity the evidence stands in place of a list. */
function OneEvidence({ id }: { readonly id: string }): ReactElement | null {
  const evidence = useSnapshot((snapshot) => snapshot.identities.find((one) => one.id === id)?.evidence)
  if (evidence === undefined || evidence.length === 0) return null
  return (
    <section className="card one-evidence">
      <div className="card-h">
        <h2>Why we say so</h2>
        <span className="s dim">{freshness(evidence)}</span>
      </div>
      <EvidenceTable lines={evidence} />
    </section>
  )
}

/** Now: the answer, the most urgent alarm, the epoch ribbon, every identity by need. */
export function NowPage(): ReactElement {
  const ribbon = useSnapshot((snapshot) => snapshot.ribbon)
  const headline = useSnapshot((snapshot) => snapshot.headline) ?? ''
  const count = useSnapshot((snapshot) => snapshot.identities.length) ?? 0
  const only = useSnapshot((snapshot) => (snapshot.identities.length === 1 ? snapshot.identities[0]?.id : undefined))
  return (
    <>
      <header className="head">
        <Headline />
        <Countdown />
      </header>
      <AlarmBanner />
      <ReadyCard />
      <QueueNote />
      {ribbon !== undefined && <Ribbon ribbon={ribbon} headline={headline} />}
      {count === 0 ? (
        <Empty
          why="No identities yet. The set-up says which identities the node has and which service proves each."
          action={{ label: 'Add one in Settings', run: () => go({ room: 'settings', part: 'identities' }) }}
        />
      ) : (
        <IdentityList />
      )}
      {only !== undefined && <OneEvidence id={only} />}
    </>
  )
}
