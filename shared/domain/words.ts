import type { UnixMs } from './ids.ts'

/** Thin space: before units and in thousands. */
export const THIN = '\u2009'

/** `248 756` */
export const figure = (value: number): string => {
  const whole = Math.round(value).toString()
  return whole.length <= 4 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, THIN)
}

export const percent = (value: number): string => `${Math.floor(value)}${THIN}%`

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Two significant parts in binary units: `4.0 TiB`, `148 MiB`. */
export function bytes(value: number): string {
  let unit = 0
  let rest = Math.max(0, value)
  while (rest >= 1024 && unit < SIZE_UNITS.length - 1) {
    rest /= 1024
    unit += 1
  }
  const digits = unit === 0 || rest >= 10 ? 0 : 1
  return `${rest.toFixed(digits)}${THIN}${SIZE_UNITS[unit] ?? 'B'}`
}

/** MiB/s from 0.1 MiB/s to 1 GiB/s; practice reads slower. */
export function speed(bytesPerSecond: number): string {
  const mib = bytesPerSecond / 1_048_576
  if (mib < 0.1) return `${(bytesPerSecond / 1024).toFixed(0)}${THIN}KiB/s`
  if (mib < 1024) return `${mib < 10 ? mib.toFixed(1) : mib.toFixed(0)}${THIN}MiB/s`
  return `${(mib / 1024).toFixed(1)}${THIN}GiB/s`
}

/** `7 m 23 s per SU`: one Space Unit read once. */
export function unitTime(unitBytes: number, bytesPerSecond: number): string {
  const ms = (unitBytes / Math.max(1, bytesPerSecond)) * 1000
  return `${ms < 1000 ? `under 1${THIN}s` : duration(ms)} per SU`
}

/** Two significant parts: `6 h 18 m`, `2 d 3 h`, `40 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return `0${THIN}s`
  return parts
    .slice(first, first + 2)
    .filter(([count], i) => i === 0 || count > 0)
    .map(([count, unit]) => `${count}${THIN}${unit}`)
    .join(' ')
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const two = (value: number): string => value.toString().padStart(2, '0')

/** `09:00` in local time. */
export function clockTime(at: UnixMs): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** `Mon 24 Nov 09:00` in local time; only the time when it is within a day of `now`. */
export function moment(at: UnixMs, now: UnixMs): string {
  const date = new Date(at)
  if (Math.abs(at - now) < 12 * 3_600_000) return clockTime(at)
  return `${DAYS[date.getDay()] ?? ''} ${date.getDate()} ${MONTHS[date.getMonth()] ?? ''} ${clockTime(at)}`
}

/** `03:50–08:30` */
export const span = (from: UnixMs, to: UnixMs, now: UnixMs): string =>
  moment(from, now) === moment(to, now) ? moment(from, now) : `${moment(from, now)}–${moment(to, now)}`

/** `31 min ago` for the near, the moment for the far. */
export function ago(at: UnixMs, now: UnixMs): string {
  const ms = now - at
  if (ms < 90_000) return `${Math.max(0, Math.round(ms / 1000))}${THIN}s ago`
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)}${THIN}min ago` : `since ${moment(at, now)}`
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${figure(count)} ${count === 1 ? one : many}`
