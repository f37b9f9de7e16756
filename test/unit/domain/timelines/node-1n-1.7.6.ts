import type { ExpectedTimeline } from './expected.ts'

// Recorder starts at 00:31:48.6, genesis 00:32:14 = +25.4 s. Epochs of 60 s, the gap is the first half of each: epoch 1
// begins at 85.4, 2 at 145.4, … 6 at 385.4, 7 at 445.4, 8 at 505.4. Events and PostStates (recorder's clock):
//   16.0 all four PROVING (initial), 18.0–19.6 the three with services IDLE; spare never had a service and stays PROVING.
//   43.55 registered in round 0. Then each epoch: PoET proof 0–2 s after its start, PROVING, accepted 4–8 s later, ATX in
//   List at the recorder's next 5 s poll (95.0, 155.1, 215.1, 275.1, 335.1, 390.2/395.2, 470.2).
//   373.5 s of service 1's own recorder (= 386.5) home-a's service is killed with -9 during its proof and restarted 4 s
//   later: its operator refuses 386.5–391; no failure event; accepted at 393.9.
//   442.7 node stopped, back 458.6 (PROVING, late start of epoch 7's proof, accepted 465–466, in List 470.2);
//   480.6 node killed, back 497.2 (IDLE); 534.0 stopped for good. While the node is away nobody can say what it needs.
//   After the second restart the node's Status says SYNCING to the end (applied layer 68 of 84): what it waits for first.
//   (Written down wrongly at first as waiting for the PoET's proof; Status is the better witness.) spare is incomplete from
//   the start, because the set-up knows no service for it before anything is asked.
const usual = ['not-known-to-node', 'banned', 'twin-suspected', 'failed', 'failing', 'missed', 'drive-missing', 'incomplete'] as const

export const node1n176: ExpectedTimeline = {
  recording: 'node-1n-1.7.6',
  files: ['node-1n-1.7.6/'],
  t0: '2026-11-21T00:31:48.613Z',
  identities: {
    'home-b': {
      moments: [
        [30, 'waiting:poet-registration'],
        [50, 'waiting:poet-round'],
        [86.5, 'waiting:poet-proof'],
        [93, 'proved'],
        [100, 'published'],
        [140, 'published'],
        [154, 'proved'],
        [160, 'published'],
        [260, 'published'],
        [380, 'published'],
        [440, 'published'],
        [450, 'unknown'],
        [468, 'proved'],
        [475, 'published'],
        [490, 'unknown'],
        [502, 'published'],
        [520, 'waiting:sync'],
      ],
      never: [...usual, 'needs-service'],
    },
    'home-a': {
      moments: [
        [30, 'waiting:poet-registration'],
        [50, 'waiting:poet-round'],
        [100, 'published'],
        [380, 'published'],
        [389, 'needs-service'],
        [394.5, 'proved'],
        [400, 'published'],
        [450, 'unknown'],
        [475, 'published'],
      ],
      never: usual,
      alarms: [['service-down', 386, 390]],
    },
    attic: {
      moments: [
        [30, 'waiting:poet-registration'],
        [50, 'waiting:poet-round'],
        [100, 'published'],
        [450, 'unknown'],
        [475, 'published'],
        [520, 'waiting:sync'],
      ],
      // Its recorder saw one refused question before the service listened: needs-service for that moment is true.
      never: usual,
    },
    spare: {
      moments: [
        [30, 'incomplete'],
        [300, 'incomplete'],
        [475, 'incomplete'],
      ],
      never: ['waiting', 'proving', 'handing-over', 'proved', 'published', 'eligible', 'queued', 'banned', 'missed'],
      alarms: [['data-incomplete', 0, 25]],
    },
  },
}
