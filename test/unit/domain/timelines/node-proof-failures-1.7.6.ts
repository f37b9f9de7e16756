import type { ExpectedTimeline } from './expected.ts'

// Recorder starts at 01:04:10.3; genesis 01:04:31 = 20.7; epoch 1 at 80.7, 2 at 140.7, 3 at 200.7; gap = first 30 s.
// Activation.List was not recorded: nothing can be confirmed, so nobody is ever `published` here, however often the event
// says "atx published".
//   good: initial accepted 20.2, registered 38.9, proofs accepted 86.4, 144.1, 204.7.
//   fails-at-once: k2 60 of k1 4: all nonces used up at 26; DoneProving and post_complete failure=true to the end.
//   fails-later: initial accepted 20.6, registered 38.9, asked 82.1; its service (restarted with wrong parameters 61 s)
//     uses up all nonces at about 100, failure event 101.5, for ever; epoch 1 ends at 140.7 without a proof: missed, until
//     it is registered anew at 158.8. Repaired service from 155.7; proof accepted 205.6.
//   invalid-proof: the service's proofs are fine to itself, the node takes them (post_complete without failure) and finds
//     them invalid, every 6 s to the end.
// The node ends at 222.7: nobody knows afterwards.
const untouched = ['banned', 'twin-suspected', 'published', 'eligible', 'drive-missing', 'not-known-to-node', 'incomplete'] as const

export const nodeProofFailures176: ExpectedTimeline = {
  recording: 'node-proof-failures-1.7.6',
  files: ['node-proof-failures-1.7.6/'],
  t0: '2026-11-21T01:04:10.280Z',
  identities: {
    good: {
      moments: [
        [30, 'waiting:poet-registration'],
        [60, 'waiting:poet-round'],
        [88, 'proved'],
        [120, 'proved'],
        [150, 'proved'],
        [210, 'proved'],
      ],
      never: [...untouched, 'failed', 'failing', 'missed', 'needs-service', 'not-connected'],
    },
    'fails-at-once': {
      moments: [
        [20, 'proving:reading', 'proving:pow', 'proving:preparing'],
        [30, 'failed'],
        [100, 'failed'],
        [200, 'failed'],
      ],
      never: [...untouched, 'proved', 'missed', 'failing', 'handing-over'],
      alarms: [['proof-failed', 24, 30]],
    },
    'fails-later': {
      moments: [
        [30, 'waiting:poet-registration'],
        [75, 'waiting:poet-round'],
        [90, 'proving:reading', 'proving:pow'],
        [105, 'failed'],
        [130, 'failed'],
        [150, 'missed'],
        [170, 'waiting:poet-round'],
        [210, 'proved'],
      ],
      never: [...untouched, 'failing'],
      alarms: [
        ['proof-failed', 98, 104],
        ['missed', 140, 148],
      ],
    },
    'invalid-proof': {
      moments: [
        [24, 'failing'],
        [60, 'failing'],
        [120, 'failing'],
        [215, 'failing'],
      ],
      never: [...untouched, 'proved', 'missed', 'failed'],
      alarms: [['proof-invalid', 20, 24]],
    },
  },
}
