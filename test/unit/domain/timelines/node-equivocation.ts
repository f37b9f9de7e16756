import type { ExpectedTimeline } from './expected.ts'

// 1.7.6, node A. Recorder 01:11:08.4; genesis 01:11:52 = 43.6; epoch 1 at 103.6, epoch 2 at 163.6. Both initial proofs
// accepted 28.7, registered 61.8, proofs accepted 109.4/109.7. At 01:12:58.40 = 110.05 the log says `a98cca already
// published an ATX in epoch 1` (dup's second node), at 110.54 the event malfeasance names it: banned for ever. `a` has
// nothing to do with it: ATX in List 110.06, epoch 2: accepted 167.2, List 170.1.
export const nodeEquivocation176: ExpectedTimeline = {
  recording: 'node-equivocation-1.7.6',
  files: [
    'node-equivocation-1.7.6/grpc/',
    'node-equivocation-1.7.6/nodeA.jsonl',
    'node-equivocation-1.7.6/svc-1-26201.stderr',
    'node-equivocation-1.7.6/svc-2-26202.stderr',
  ],
  t0: '2026-11-21T01:11:08.357Z',
  identities: {
    dup: {
      moments: [
        [110.3, 'twin-suspected'],
        [111, 'banned'],
        [140, 'banned'],
        [200, 'banned'],
      ],
      never: ['missed', 'failed', 'failing'],
      alarms: [
        ['twin-suspected', 109.5, 110.6],
        ['banned', 110.3, 111.5],
      ],
    },
    a: { moments: [], never: ['banned', 'twin-suspected', 'missed', 'failed', 'failing'] },
  },
}

// 1.8.3, node A. Recorder 01:51:29; genesis 01:52:08 = 39; epoch 1 at 99, 2 at 159, 3 at 219, 4 at 279. B starts with
// copies of A's databases after the registration for epoch 2. dup's proof is accepted 163.07 and "atx published" is said
// at 163.115, but that ATX was refused: 01:54:12.10 = 163.11 `multiple ATXs with the same previous ATX … published by
// 1eb62f`. 165.14 second ballot, event malfeasance: banned. (The List has an ATX of dup for epoch 2 at 168: the twin's.)
export const nodeEquivocation183: ExpectedTimeline = {
  recording: 'node-equivocation-1.8.3 (node A)',
  files: ['node-equivocation-1.8.3/grpc-A/', 'node-equivocation-1.8.3/nodeA.jsonl', 'node-equivocation-1.8.3/configA.json'],
  t0: '2026-11-21T01:51:28.989Z',
  identities: {
    dup: {
      moments: [
        [164, 'twin-suspected'],
        [166, 'banned'],
        [230, 'banned'],
        [300, 'banned'],
      ],
      never: ['failed', 'failing', 'missed'],
      alarms: [
        ['twin-suspected', 163, 164.5],
        ['banned', 165, 166.5],
      ],
    },
    a: { moments: [], never: ['banned', 'twin-suspected', 'missed', 'failed', 'failing'] },
  },
}
