/** Local times `HH:MM`; `from` later than `to` goes over midnight. */
export interface QuietHours {
  readonly from: string
  readonly to: string
}

const minutesOf = (text: string): number => {
  const [hours = '0', minutes = '0'] = text.split(':')
  return Number(hours) * 60 + Number(minutes)
}

export function isQuietAt(quiet: QuietHours | null, nowMs: number): boolean {
  if (quiet === null) return false
  const date = new Date(nowMs)
  const now = date.getHours() * 60 + date.getMinutes()
  const from = minutesOf(quiet.from)
  const to = minutesOf(quiet.to)
  return from <= to ? now >= from && now < to : now >= from || now < to
}
