import type { ExpectedTimeline } from './expected.ts'

// Node logs alone. A log line says what was at its moment; nobody was asked afterwards, so most of the time nothing is
// known. Log lines never prove a proof: "atx published" can be false, `post state changed` to idle says nothing of success.
const never = ['proved', 'published', 'eligible', 'failed', 'failing', 'missed', 'banned', 'twin-suspected'] as const

/** poet-servers changed after the registration: FATAL, exit 1 after 12 s. The sentence must not wait for the exit. */
export const poetChanged: ExpectedTimeline = {
  recording: 'node-misc-1.7.6/node-poet-changed',
  files: ['node-misc-1.7.6/node-poet-changed.jsonl'],
  identities: { '0424ff06': { moments: [], never, alarms: [['node-start-failed', 0, 13]] } },
}

/** A service is registered with the node (log), but where it is and what it does nobody recorded. The former list restored: 00:52:10.9 start, asked 12.6, idle 16.9, "atx published" 17.0; asked again 72.7–77.5. */
export const poetRestored: ExpectedTimeline = {
  recording: 'node-misc-1.7.6/node2',
  files: ['node-misc-1.7.6/node2.jsonl'],
  t0: '2026-11-21T00:52:10.943Z',
  identities: {
    '0424ff06': {
      moments: [
        [14, 'unknown'],
        [60, 'unknown'],
      ],
      never,
    },
    '9efceaf0': {
      moments: [
        [14, 'unknown'],
        [60, 'unknown'],
      ],
      never,
    },
  },
}
