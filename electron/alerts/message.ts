import type { Severity } from '../../shared/domain/status.ts'

/** One thing to tell. `key` is told once, also across restarts. */
export interface Message {
  readonly key: string
  /** Messages of one kind are grouped: `proof-finished`, `all-done` or an alarm's code. */
  readonly kind: string
  readonly severity: Severity
  /** What happened. */
  readonly title: string
  /** Consequence and time. */
  readonly body: string
  /** The same without names and ids, for what leaves the machine. */
  readonly plain: { readonly title: string; readonly body: string }
  readonly identity?: string
  readonly name?: string
  /** Unix ms. */
  readonly at: number
  readonly actBy?: number
  /** For finished proofs: ms between the proof and the end of the gap. */
  readonly slackMs?: number
  /** Still true later: what was kept quiet is told when the quiet ends. */
  readonly holds: boolean
}

/** Neither *Pause alarms* nor quiet hours hide these: waiting costs an epoch or an identity. */
const ALWAYS_TOLD: readonly string[] = ['will-be-late', 'will-be-lost', 'missed', 'twin-suspected', 'banned', 'key-twice']

export const passesPause = (message: Message): boolean => ALWAYS_TOLD.includes(message.kind)
export const passesQuietHours = (message: Message): boolean => message.severity === 'bad' || passesPause(message)

/** Titles of several messages of one kind, `#` = how many. */
const MANY: Readonly<Record<string, string>> = {
  'proof-finished': '# proofs finished',
  'proof-failed': '# proofs failed',
  'proof-invalid': '# proofs are invalid',
  'will-be-late': '# proofs may be late',
  'will-be-lost': '# proofs cannot be on time',
  missed: '# identities missed the epoch',
  'service-down': '# services went down',
  'service-not-connected': '# services are not connected',
  'drive-gone': '# drives are gone',
  'data-incomplete': 'PoS data of # identities is incomplete',
  'disk-low': '# disks are almost full',
  'twin-suspected': '# identities may run twice',
  banned: '# identities are banned for ever',
  'outdated-proof': '# services work on an outdated proof',
  'duplicate-service': '# identities have two services',
  'key-twice': '# keys could run twice',
  'key-missing': '# key files are gone',
  'key-held': '# keys are held',
}

/** What is shown for messages of one kind: the message itself, or one for all. */
export function grouped(messages: readonly Message[]): Pick<Message, 'kind' | 'severity' | 'title' | 'body' | 'plain' | 'at'> & {
  readonly identity?: string
  readonly actBy?: number
} {
  const last = messages.at(-1)
  if (last === undefined) throw new Error('a group without messages')
  if (messages.length === 1) return last
  const title = (MANY[last.kind] ?? '# things need you').replace('#', String(messages.length))
  const slack = least(messages.map((message) => message.slackMs))
  const actBy = least(messages.map((message) => message.actBy))
  const time = slack !== undefined ? spare(slack) : undefined
  const names = messages.flatMap((message) => message.name ?? [])
  const named =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more.` : names.length > 0 ? `${names.join(', ')}.` : ''
  return {
    kind: last.kind,
    severity: last.severity,
    at: last.at,
    title: time === undefined ? title : `${title}, ${time}`,
    body: named,
    plain: { title: time === undefined ? title : `${title}, ${time}`, body: '' },
    ...(actBy === undefined ? {} : { actBy }),
  }
}

const least = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.flatMap((value) => value ?? [])
  return known.length === 0 ? undefined : Math.min(...known)
}

export const spare = (slackMs: number): string => (slackMs >= 0 ? `${duration(slackMs)} to spare` : `${duration(-slackMs)} after the gap`)

/** `2 h 34 m`, `12 m`, `40 s`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} m`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} m`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}
