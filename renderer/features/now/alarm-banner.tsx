import { useMemo, useState, type ReactElement } from 'react'
import type { Alarm } from '../../../shared/domain/status.ts'
import { Glyph, lookOfSeverity } from '../../components/glyph.tsx'
import { Ago, Left } from '../../components/time.tsx'
import { shownAlarms } from '../../state/need.ts'
import { go, type Route } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'

function AlarmText({ alarm }: { readonly alarm: Alarm }): ReactElement {
  const cut = alarm.sentence.indexOf('. ')
  const first = cut < 0 ? alarm.sentence : alarm.sentence.slice(0, cut + 1)
  return (
    <>
      <b>{first}</b>
      <span className="mid">{alarm.sentence.slice(first.length)}</span>{' '}
      <span className="s mid">
        <Ago at={alarm.since} />
        {alarm.actBy !== undefined && (
          <>
            , <Left at={alarm.actBy} /> to act
          </>
        )}
      </span>
    </>
  )
}

interface Way {
  readonly label: string
  readonly to: Route
}

/** Where the user does something about it. */
function wayOf({ code, identity }: Alarm): Way | undefined {
  if (code === 'key-twice') return { label: 'Both places', to: { room: 'identities' } }
  if (code === 'backup') return { label: 'Backups', to: { room: 'backups' } }
  return identity === undefined ? undefined : { label: 'Show', to: { room: 'identities', identity } }
}

function Show({ alarm, isPrimary }: { readonly alarm: Alarm; readonly isPrimary?: boolean }): ReactElement | null {
  const way = wayOf(alarm)
  if (way === undefined) return null
  return (
    <button type="button" className={isPrimary === true ? 'btn sm primary' : 'btn sm'} onClick={() => go(way.to)}>
      {way.label}
    </button>
  )
}

/** One banner: the most urgent alarm; the others open as a list. */
export function AlarmBanner(): ReactElement | null {
  const alarms = useSnapshot((snapshot) => snapshot.alarms)
  const sorted = useMemo(() => shownAlarms(alarms ?? []), [alarms])
  const [isOpen, setOpen] = useState(false)
  const [first, ...more] = sorted
  if (first === undefined) return null
  const look = lookOfSeverity(first.severity)
  return (
    <div className={`banner ${first.severity}`} role={first.severity === 'bad' ? 'alert' : 'status'}>
      <Glyph shape={look.shape} tone={look.tone} label={look.word} />
      <div className="grow">
        <div>
          <AlarmText alarm={first} />
        </div>
        {isOpen && (
          <ul className="more-alarms">
            {more.map((alarm) => (
              <li key={alarm.key}>
                <Glyph {...lookOfSeverity(alarm.severity)} label={lookOfSeverity(alarm.severity).word} />
                <span className="grow">
                  <AlarmText alarm={alarm} />
                </span>
                <Show alarm={alarm} />
              </li>
            ))}
          </ul>
        )}
      </div>
      {more.length > 0 && (
        <button type="button" className="btn sm quiet" aria-expanded={isOpen} onClick={() => setOpen((before) => !before)}>
          {isOpen ? 'Close' : `${more.length} more`}
        </button>
      )}
      <Show alarm={first} isPrimary />
    </div>
  )
}
