import { memo, type ReactElement } from 'react'
import { assertNever } from '../../shared/domain/fault.ts'
import type { IdentityStatus, Severity } from '../../shared/domain/status.ts'

/** Every status has a shape and a colour; the word stands beside it. */
export type Shape =
  | 'disc-tick'
  | 'ring-tick'
  | 'pie'
  | 'hexagon'
  | 'ring-dots'
  | 'ring'
  | 'triangle'
  | 'alert'
  | 'cross'
  | 'octagon'
  | 'question'
  | 'half'
  | 'info'
export type Tone = 'ok' | 'warn' | 'bad' | 'accent' | 'dim'

const line = { fill: 'none', stroke: 'currentColor', strokeLinecap: 'round', strokeLinejoin: 'round' } as const
const cut = { fill: 'none', stroke: 'var(--surface)', strokeLinecap: 'round', strokeLinejoin: 'round' } as const
const ring = <circle cx="8" cy="8" r="6.2" strokeWidth="1.6" {...line} />
const dashedRing = <circle cx="8" cy="8" r="6.2" strokeWidth="1.6" {...line} strokeLinecap="butt" strokeDasharray="2.4 2" />
const PIE_LENGTH = 16.02

function marks(shape: Shape, share: number): ReactElement {
  switch (shape) {
    case 'disc-tick':
      return (
        <>
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path d="m4.8 8.2 2.3 2.3 4.2-4.8" strokeWidth="1.8" {...cut} />
        </>
      )
    case 'ring-tick':
      return (
        <>
          {ring}
          <path d="m5 8.2 2.1 2.1 3.9-4.4" strokeWidth="1.6" {...line} />
        </>
      )
    case 'pie':
      return (
        <>
          <circle cx="8" cy="8" r="6.6" strokeWidth="1.5" {...line} />
          <circle
            cx="8"
            cy="8"
            r="2.55"
            fill="none"
            stroke="currentColor"
            strokeWidth="5.1"
            transform="rotate(-90 8 8)"
            strokeDasharray={`${((share / 100) * PIE_LENGTH).toFixed(2)} 99`}
          />
        </>
      )
    case 'hexagon':
      return (
        <>
          <path d="M8 1.4 13.8 4.7v6.6L8 14.6 2.2 11.3V4.7z" strokeWidth="1.6" {...line} />
          <path d="m5.6 10.4 4.8-4.8" strokeWidth="1.6" {...line} />
        </>
      )
    case 'ring-dots':
      return (
        <>
          {ring}
          <path d="M5 8h.01M8 8h.01M11 8h.01" strokeWidth="1.9" {...line} />
        </>
      )
    case 'ring':
      return ring
    case 'triangle':
      return (
        <>
          <path d="M8 2 14.6 13.6H1.4z" strokeWidth="1.6" {...line} />
          <path d="M8 6.4v3M8 11.5h.01" strokeWidth="1.7" {...line} />
        </>
      )
    case 'alert':
      return (
        <>
          <path d="M8 1.5 15 14H1z" strokeWidth="1.4" {...line} fill="currentColor" />
          <path d="M8 6v3.6M8 11.9h.01" strokeWidth="1.8" {...cut} />
        </>
      )
    case 'cross':
      return (
        <>
          <rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="currentColor" />
          <path d="m5.3 5.3 5.4 5.4M10.7 5.3l-5.4 5.4" strokeWidth="1.8" {...cut} />
        </>
      )
    case 'octagon':
      return (
        <>
          <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
          <path d="M4.6 8h6.8" strokeWidth="2" {...cut} />
        </>
      )
    case 'question':
      return (
        <>
          {dashedRing}
          <path d="M6.3 6.4a1.8 1.8 0 1 1 2.5 1.7c-.6.3-.8.6-.8 1.2M8 11.4h.01" strokeWidth="1.4" {...line} />
        </>
      )
    case 'half':
      return (
        <>
          <path d="M8 1.8a6.2 6.2 0 0 0 0 12.4z" fill="currentColor" />
          {dashedRing}
        </>
      )
    case 'info':
      return (
        <>
          <circle cx="8" cy="8" r="6.6" strokeWidth="1.5" {...line} />
          <path d="M8 7.4v3.6M8 4.9h.01" strokeWidth="1.7" {...line} />
        </>
      )
    default:
      return assertNever(shape)
  }
}

export const Glyph = memo(function Glyph(props: {
  readonly shape: Shape
  readonly tone: Tone
  readonly share?: number
  readonly label?: string
}): ReactElement {
  const named = props.label === undefined ? ({ 'aria-hidden': true } as const) : ({ role: 'img', 'aria-label': props.label } as const)
  return (
    <svg className={`st c-${props.tone}`} viewBox="0 0 16 16" data-shape={props.shape} {...named}>
      {marks(props.shape, props.share ?? 0)}
    </svg>
  )
})

export interface Look {
  readonly shape: Shape
  readonly tone: Tone
  readonly word: string
  readonly share?: number
}

const look = (shape: Shape, tone: Tone, word: string): Look => ({ shape, tone, word })

function lookOfProving(status: Extract<IdentityStatus, { kind: 'proving' }>): Look {
  const isBehind = status.timing === 'late' || status.timing === 'lost'
  switch (status.phase) {
    case 'preparing':
      return look('hexagon', isBehind ? 'bad' : 'accent', 'preparing')
    case 'pow':
      return look('hexagon', isBehind ? 'bad' : 'accent', 'proof of work')
    case 'reading':
      return { ...look('pie', isBehind ? 'bad' : 'accent', 'reading'), share: Math.round(status.percent ?? 0) }
    case 'outdated':
      return look('triangle', 'warn', 'outdated work')
    default:
      return assertNever(status.phase)
  }
}

/** Shape, colour and word of a status. */
export function lookOf(status: IdentityStatus): Look {
  switch (status.kind) {
    case 'unknown':
      return look('question', 'dim', 'unknown')
    case 'incomplete':
      return look('half', 'warn', 'incomplete')
    case 'drive-missing':
      return look('alert', 'bad', 'drive missing')
    case 'stopped':
      return look('ring', 'dim', 'stopped')
    case 'held':
      return look('ring', 'warn', 'held')
    case 'not-known-to-node':
      return look('alert', 'bad', 'not known to the node')
    case 'waiting':
      return look('ring', 'dim', 'waiting')
    case 'queued':
      return look('ring-dots', 'dim', 'queued')
    case 'needs-service':
      return look('alert', 'bad', 'needs its service')
    case 'not-connected':
      return look('alert', 'bad', 'not connected')
    case 'proving':
      return lookOfProving(status)
    case 'handing-over':
      return look('ring-tick', 'ok', 'handing over')
    case 'failed':
      return look('cross', 'bad', 'failed')
    case 'failing':
      return look('cross', 'bad', 'failing')
    case 'proved':
      return look('disc-tick', 'ok', 'proved')
    case 'published':
      return look('disc-tick', 'ok', 'published')
    case 'eligible':
      return look('disc-tick', 'ok', 'eligible')
    case 'missed':
      return look('cross', 'bad', 'missed')
    case 'twin-suspected':
      return look('octagon', 'bad', 'twin suspected')
    case 'banned':
      return look('octagon', 'bad', 'banned')
    default:
      return assertNever(status)
  }
}

const SEVERITY_LOOK: Readonly<Record<Severity, Look>> = {
  bad: look('alert', 'bad', 'needs you'),
  warn: look('triangle', 'warn', 'warning'),
  info: look('info', 'accent', 'note'),
}
export const lookOfSeverity = (severity: Severity): Look => SEVERITY_LOOK[severity]
