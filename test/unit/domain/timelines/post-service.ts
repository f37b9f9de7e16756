import type { ExpectedTimeline } from './expected.ts'

// Cases of one service with the recorder's own small server as the node's end: it asks like a node from `control: HEX` to
// `proof received`. It never accepts anything in the sense of a node (no post_complete), so `proved` would be untrue in
// every case, whatever DoneProving says. Times are those of /status and the log in each file.
const never = ['proved', 'published', 'eligible', 'missed', 'banned', 'twin-suspected', 'drive-missing', 'not-known-to-node'] as const
const one = (
  name: string,
  moments: ExpectedTimeline['identities'][string]['moments'],
  more: Partial<ExpectedTimeline['identities'][string]> = {},
): ExpectedTimeline => ({
  recording: `post-service/${name}`,
  files: [`post-service/${name}.jsonl`],
  identities: {
    recorded: { moments, never: [...never, ...(more.never ?? [])], ...(more.alarms === undefined ? {} : { alarms: more.alarms }) },
  },
})
const works = ['proving:preparing', 'proving:pow', 'proving:reading'] as const
const sound = { never: ['failed', 'failing'] as const }

export const postService: readonly ExpectedTimeline[] = [
  // Idle until asked at 2.3; k2pow 5.0–127.4, reading to 129.4, fetched 131.7; SIGTERM 133.8.
  one(
    'full-proof-0.8.5',
    [
      [1.5, 'waiting'],
      [60, 'proving:pow'],
      [120, 'proving:pow'],
      [128.5, 'proving:reading'],
      [133, 'waiting'],
    ],
    sound,
  ),
  one('full-proof-quick-0.8.5', [[8, 'proving:pow']], sound),
  one(
    'full-proof-0.7.13',
    [
      [10, 'proving:pow'],
      [15.5, 'proving:reading'],
      [17.5, 'waiting'],
    ],
    sound,
  ),
  // 0.8.5 does not answer while RandomX is prepared (4.3–141.7); 0.7.13 answers 0..0.
  one(
    'fast-randomx-0.8.5',
    [
      [30, 'proving:preparing'],
      [100, 'proving:preparing'],
      [143, 'proving:pow'],
      [149, 'waiting'],
    ],
    sound,
  ),
  one(
    'fast-randomx-0.7.13',
    [
      [30, 'proving:preparing'],
      [90, 'proving:preparing'],
      [99.8, 'proving:pow'],
      [103.8, 'waiting'],
    ],
    sound,
  ),
  // All 4,096 nonces without a proof at 62.7; ERROR to every request, also for another challenge (68); restarted with
  // right parameters at 74, found 85.5, fetched 87.5.
  one(
    'failed-proof-0.8.5',
    [
      [10, ...works],
      [30, 'proving:pow'],
      [66, 'failed'],
      [72, 'failed'],
      [80, 'proving:pow'],
      [88, 'waiting'],
    ],
    {
      never: ['failing'],
      alarms: [['proof-failed', 62, 66]],
    },
  ),
  one('failed-proof-0.7.13', [], { never: ['failing'] }),
  // Random labels: found 14.8, verification fails 15.7, and again from zero at 18.
  one(
    'corrupt-data-0.8.5',
    [
      [8, 'proving:pow'],
      [16.5, 'failing'],
      [20, 'failing'],
    ],
    { never: ['failed'], alarms: [['proof-invalid', 14.5, 17]] },
  ),
  // A short or missing file: pass after pass without a word, true to the operator; the WARN of truncated-file names it.
  one(
    'truncated-file-0.8.5',
    [
      [10, 'proving:pow'],
      [18, 'proving:pow'],
      [27, 'proving:pow'],
    ],
    { ...sound, alarms: [['data-incomplete', 0, 25]] },
  ),
  one(
    'missing-first-file-0.8.5',
    [
      [9, 'proving:pow'],
      [18, 'proving:pow'],
    ],
    sound,
  ),
  one(
    'no-data-files-0.8.5',
    [
      [9, 'proving:pow'],
      [16, 'proving:pow'],
    ],
    sound,
  ),
  // Killed while proving: nobody serves the node's question.
  one('SIGTERM-while-proving-0.8.5', [[5, 'proving:pow']], { ...sound, alarms: [['service-down', 5.5, 7]] }),
  one('SIGINT-while-proving-0.8.5', [], { ...sound, alarms: [['service-down', 4, 8]] }),
  one('SIGKILL-while-proving-0.8.5', [[5.1, 'needs-service']], { ...sound, alarms: [['service-down', 4.5, 6]] }),
  // The node is gone 4.8–12.1, the service goes on: still proving. Asked again 18.1, delivered 27.5. (The recorder kills
  // the service at 28.5: only then it is down.)
  one(
    'node-restart-while-proving-0.8.5',
    [
      [4, 'proving:pow'],
      [9, 'proving:pow'],
      [20, 'proving:pow'],
      [28, 'waiting'],
    ],
    { never: ['failed', 'failing', 'not-connected'] },
  ),
  // Asked for 1111… at 2.3 and 2222… from 5.9: the first is made to the end and thrown away (29.9–31.5), no fault of the
  // data; the second begins at 34.
  one(
    'other-challenge-while-proving-0.8.5',
    [
      [4, 'proving:pow', 'proving:preparing'],
      [12, 'proving:outdated'],
      [25, 'proving:outdated'],
      [45, 'proving:pow'],
      [65, 'proving:pow'],
    ],
    {
      ...sound,
      alarms: [['outdated-proof', 5.9, 9]],
    },
  ),
  // The finished proof of 1111… is verified against 2222… at 36–39.5: fails, by no fault of the data; new proof to 56.
  one(
    'challenge-changed-after-done-0.8.5',
    [
      [48, 'proving:pow'],
      [56.5, 'waiting'],
    ],
    { never: ['failed'] },
  ),
  // k2pow service unreachable: proof of work for ever, position 0.
  one(
    'remote-k2pow-down-0.8.5',
    [
      [8, 'proving:pow'],
      [13, 'proving:pow'],
    ],
    sound,
  ),
  one(
    'remote-k2pow-0.8.5',
    [
      [5, 'proving:pow'],
      [10, 'waiting'],
    ],
    sound,
  ),
  // The service lets go of node and operator at 12.4 and computes on, of no use to anybody.
  one(
    'watch-pid-target-ends-while-proving-0.8.5',
    [
      [8, 'proving:pow'],
      [30, 'unknown', 'needs-service', 'not-connected'],
      [60, 'unknown', 'needs-service', 'not-connected'],
    ],
    sound,
  ),
]
