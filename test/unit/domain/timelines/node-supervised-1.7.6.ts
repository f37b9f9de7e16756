import type { ExpectedTimeline } from './expected.ts'

// Recorder 00:39:55.1; genesis 00:40:24 = 29; epoch 1 at 89, 2 at 149, 3 at 209, 4 at 269, 5 at 329, 6 at 389, 7 at 449.
// 1: supervised 1:1 with the node's own service (no operator is asked): proofs accepted 91.6, 155.2, 219.5, 279.1. The
// node is stopped at 305. 3: local.key with smeshing-start false (350–375): PostStates is empty, the node does not work
// for it. Registered for epoch 5, which passes without it: no ATX by 389. 4: converted, own service: registered 407.0,
// proof accepted 453.0. PostStates was not polled in most steps: the log's `post state changed` is the only word of the
// moment, and 20 s after it nobody can say what the node wants.
export const nodeSupervised176: ExpectedTimeline = {
  recording: 'node-supervised-1.7.6',
  files: ['node-supervised-1.7.6/'],
  t0: '2026-11-21T00:39:55.073Z',
  identities: {
    home: {
      moments: [
        [94, 'proved', 'published'],
        [130, 'unknown'],
        [225, 'published'],
        [285, 'published'],
        [345, 'unknown'],
        [400, 'missed'],
        [409, 'waiting:poet-round'],
        [440, 'unknown'],
        [456, 'published'],
      ],
      never: ['banned', 'twin-suspected', 'failed', 'failing', 'drive-missing'],
    },
  },
}
