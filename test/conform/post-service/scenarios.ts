import { readdirSync } from 'node:fs'
import path from 'node:path'
import { compareTranscripts, readRecording, recordings, type Scenario } from '../scenario.ts'
import { compareStatus } from './normalise.ts'
import { causesFirst, recordedTranscript, Replay, type ReplayCase } from './replay.ts'

/** Two processes at once: their own test. */
const ELSEWHERE = new Set(['two-services-same-dir-two-nodes-0.8.5'])

const PACE = { randomxMs: 60, powMs: 400, bytesPerSecond: 128 * 1024 * 1024, verifyMs: 60, secondMs: 40, seed: 3 }
const paceOf = (name: string): object => {
  if (name.startsWith('fast-randomx')) return { ...PACE, randomxMs: 700 }
  // The recorded case lives on its first pass being lucky.
  return name.startsWith('node-restart') ? { ...PACE, powMs: 1500 } : PACE
}

function scenario(file: string): Scenario {
  const name = file.replace(/\.jsonl$/, '')
  const recording = path.posix.join('post-service', file)
  const version = name.slice(name.lastIndexOf('-') + 1)
  const events = causesFirst(readRecording(recording))
  const command = events.map((event) => event['cmd']).find((cmd) => typeof cmd === 'string')
  const env = {
    SMESHKEEPER_PRACTICE_POST_VERSION: version,
    SMESHKEEPER_PRACTICE_PACE: JSON.stringify({ ...paceOf(name), passSuccess: 1 }),
  }
  const given: ReplayCase = { name, version, events, env }
  return {
    name,
    program: 'post-service',
    version,
    command: command ?? '',
    env,
    recording,
    expected: () => recordedTranscript(given),
    driver: async (run) => new Replay(run, given).play(),
    compare: ({ status: wanted = [], ...expected }, { status: words = [], ...seen }) => [
      ...compareTranscripts(expected, seen),
      ...compareStatus(wanted, words),
    ],
  }
}

export const postServiceScenarios = (): readonly Scenario[] =>
  readdirSync(path.join(recordings, 'post-service'))
    .filter((file) => file.endsWith('.jsonl') && !ELSEWHERE.has(file.replace(/\.jsonl$/, '')))
    .map(scenario)
