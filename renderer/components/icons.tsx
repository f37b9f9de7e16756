import type { ReactElement } from 'react'

const PATHS = {
  now: 'M8 2a6 6 0 1 0 6 6M8 5v3l2.2 1.4M11 2.6a6 6 0 0 1 2.4 2.4',
  identities: 'M2.5 2.5H7V7H2.5zM9 2.5h4.5V7H9zM2.5 9H7v4.5H2.5zM9 9h4.5v4.5H9z',
  migrate: 'M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 11h-10M6 8.5 3.5 11 6 13.5',
  machine:
    'M5.5 4h5A1.5 1.5 0 0 1 12 5.5v5a1.5 1.5 0 0 1-1.5 1.5h-5A1.5 1.5 0 0 1 4 10.5v-5A1.5 1.5 0 0 1 5.5 4M6.5 1.8V4M9.5 1.8V4M6.5 12v2.2M9.5 12v2.2M1.8 6.5H4M1.8 9.5H4M12 6.5h2.2M12 9.5h2.2',
  undo: 'M5.8 3 2.8 6l3 3M3 6h6.2a3.6 3.6 0 0 1 0 7.2H6.5',
  logs: 'M3 3.5h10M3 6.5h10M3 9.5h7M3 12.5h8.5',
  history: 'M3 13V8M6.5 13V4M10 13V6.5M13.5 13V9.5',
  settings: 'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M11.5 5a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0M7.5 11a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0',
  theme:
    'M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  right: 'm6 4 4 4-4 4',
  down: 'm4 6 4 4 4-4',
  up: 'm4 10 4-4 4 4',
  search: 'M11.2 7a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0M10.2 10.2l3.3 3.3',
  practice: 'M6.3 2h3.4M7 2v4.2L3.2 13a.7.7 0 0 0 .6 1h8.4a.7.7 0 0 0 .6-1L9 6.2V2M5 10h6',
  file: 'M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2',
  tick: 'm3.5 8.4 3 3 6-6.6',
  node: 'M9.7 3.6a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0M5.2 12a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0M14.2 12a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0M7.2 5.2 4.4 10.5M8.8 5.2l2.8 5.3M5.2 12h5.6',
  tray: 'M3.6 3h8.8L14 9v4H2V9zM2 9h3.6l1 1.7h2.8l1-1.7H14',
  disk: 'M2 4.5h12v7H2zM2 8.3h12M11.3 10h.01',
  key: 'M8.2 5.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0M7.3 7.6l6.2 6.2M10.9 11.2l1.7-1.7',
  leaf: 'M8 13.8V8.4M8 8.4c0-3.2 2-5 5.6-5 0 3.4-2 5-5.6 5M8 10.6c0-2.6-1.8-4-5.2-4 0 3 1.9 4.3 5.2 4',
  eye: 'M1.8 8S4 4 8 4s6.2 4 6.2 4-2.2 4-6.2 4-6.2-4-6.2-4M9.8 8a1.8 1.8 0 1 1-3.6 0 1.8 1.8 0 0 1 3.6 0',
  hand: 'M3 13.2 3.6 10l7-7 2.4 2.4-7 7zM9.3 4.3l2.4 2.4',
} as const
export type IconName = keyof typeof PATHS

/** Line icon of 16 px; always beside a word, so it is hidden from readers. */
export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg className="i" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The ring is the epoch, its opening the cycle gap, the mesh the PoS data, the dot the proof. */
export function Logo({ size = 24 }: { readonly size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d="M15.2 2.6A10 10 0 1 0 21.4 8.8" fill="none" stroke="var(--ink)" strokeWidth="2.2" strokeLinecap="round" />
      <circle cx="19" cy="5" r="1.7" fill="var(--accent-fill)" />
      <g fill="var(--ink)">
        <rect x="7.2" y="7.2" width="4.3" height="4.3" rx="1" />
        <rect x="7.2" y="12.5" width="4.3" height="4.3" rx="1" />
        <rect x="12.5" y="12.5" width="4.3" height="4.3" rx="1" />
      </g>
      <rect x="12.5" y="7.2" width="4.3" height="4.3" rx="1" fill="var(--accent-fill)" />
    </svg>
  )
}
