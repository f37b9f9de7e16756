import type { ExpectedTimeline } from './expected.ts'

// Recorder starts at 01:43:47.7, 16.7 s after genesis (01:43:31): epoch 1 begins at 43.3, 2 at 103.3, 3 at 163.3, 4 at
// 223.3, 5 at 283.3; the gap is the first 30 s of each. All three identities prove: initial accepted by 6.1, registered
// in round 0 at 5.9–6.1; PROVING 45.2–49.8, List has the ATX at 50.1; PROVING 103.4–109, List 110.1; PROVING
// 164.7–170.2, List 175.1. Node away 212.2–228.9 (SIGTERM while registered; restarted), then PROVING, accepted 233.2
// (a, c) and 238.2 (b), List 235.2 and 240.2. Node killed at 264.3, back 280.6, IDLE; epoch 5's PoET proof never comes
// before the end at 316.
const never = ['banned', 'twin-suspected', 'failed', 'failing', 'missed', 'incomplete', 'not-known-to-node', 'drive-missing'] as const
const common = [
  [20, 'waiting:poet-round'],
  [44.5, 'waiting:poet-proof'],
  [55, 'published'],
  [100, 'published'],
  [115, 'published'],
  [180, 'published'],
  [205, 'published'],
  [220, 'unknown'],
] as const

export const node1n183: ExpectedTimeline = {
  recording: 'node-1n-1.8.3',
  files: ['node-1n-1.8.3/'],
  t0: '2026-11-21T01:43:47.673Z',
  identities: {
    a: { moments: [...common, [237, 'published'], [255, 'published'], [272, 'unknown'], [300, 'waiting:poet-proof']], never },
    b: { moments: [...common, [239, 'proved'], [245, 'published'], [272, 'unknown'], [300, 'waiting:poet-proof']], never },
    c: { moments: [...common, [237, 'published'], [272, 'unknown'], [300, 'waiting:poet-proof']], never },
  },
}
