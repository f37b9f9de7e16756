import { useNow } from '../../components/use-now.ts'
import type { ReactElement } from 'react'
import { shortId, type UnixMs } from '../../../shared/domain/ids.ts'
import type { Alarm, IdentityStatus } from '../../../shared/domain/status.ts'
import { bytes, duration } from '../../../shared/domain/words.ts'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { Glyph, lookOf } from '../../components/glyph.tsx'
import { useTimes, type Times } from '../../components/times.ts'
import { Ago, Left, Moment } from '../../components/time.tsx'
import { spareMs } from '../../state/need.ts'

const HOUR_MS = 3_600_000

/** When this proof is or was done; `undefined` when nobody can say. */
function doneOf(status: IdentityStatus, now: UnixMs, { span }: Times): string | undefined {
  if (status.kind === 'proved') return span(status.provedAt, status.provedAt, now)
  if (status.kind === 'published' && status.provedAt !== undefined) return span(status.provedAt, status.provedAt, now)
  return status.finish === undefined ? undefined : span(status.finish.p5, status.finish.p95, now)
}

export function Done({ status, alarm }: { readonly status: IdentityStatus; readonly alarm: Alarm | undefined }): ReactElement {
  const text = doneOf(status, useNow(), useTimes())
  if (text !== undefined) return <>{text}</>
  if (alarm?.actBy !== undefined) {
    return (
      <b className="c-bad">
        by <Moment at={alarm.actBy} />
      </b>
    )
  }
  return <span className="dim">–</span>
}

/** Time to spare against gap end, or to act by; a small bar in dense lists. */
export function Spare({ status, alarm }: { readonly status: IdentityStatus; readonly alarm: Alarm | undefined }): ReactElement {
  const spare = spareMs(status)
  if (spare === undefined) {
    if (alarm?.actBy === undefined) return <span className="dim">–</span>
    return (
      <b className="c-bad">
        <Left at={alarm.actBy} /> to act
      </b>
    )
  }
  if (spare < 0) return <b className="c-bad">{duration(-spare)} late</b>
  const text = duration(spare < HOUR_MS ? spare : Math.round(spare / 60_000) * 60_000)
  if (status.timing !== 'tight') return <>{text}</>
  return (
    <b className="c-warn spare-tight">
      <Glyph shape="triangle" tone="warn" />
      {text}
    </b>
  )
}

/** Share of the gap that is to spare, as a bar. */
export function SpareBar({ status, gapMs }: { readonly status: IdentityStatus; readonly gapMs: number }): ReactElement | null {
  const spare = spareMs(status)
  if (spare === undefined || gapMs <= 0) return null
  const share = Math.min(100, Math.max(2, (spare / gapMs) * 100))
  const tone = status.timing === 'tight' ? 'warn' : status.timing === 'on-time' ? 'ok' : 'bad'
  return (
    <span className="bar spare-bar" aria-hidden="true">
      <i className={tone} style={{ width: `${share}%` }} />
    </span>
  )
}

/** Shape and sentence; grey with its age when nobody has spoken for long. */
export function Sentence({
  status,
  staleSince,
}: {
  readonly status: IdentityStatus
  readonly staleSince: UnixMs | undefined
}): ReactElement {
  if (staleSince !== undefined) {
    return (
      <span className="sent dim">
        <Glyph shape="question" tone="dim" label="unknown" />
        <span className="cut">
          last heard <Ago at={staleSince} />: {status.sentence}
        </span>
      </span>
    )
  }
  const look = lookOf(status)
  return (
    <span className="sent">
      <Glyph shape={look.shape} tone={look.tone} label={look.word} {...(look.share === undefined ? {} : { share: look.share })} />
      <span className="cut">{status.sentence}</span>
    </span>
  )
}

export const sizeOf = (identity: IdentitySnapshot): string => (identity.sizeBytes === undefined ? '' : bytes(identity.sizeBytes))

/** Where it is: "4.0 TiB, North" */
export const placeWords = (identity: IdentitySnapshot): string =>
  [sizeOf(identity), identity.disk ?? ''].filter((part) => part !== '').join(', ')

export const idWords = (identity: IdentitySnapshot): string => shortId(identity.id)
