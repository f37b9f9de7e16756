import { readdirSync } from 'node:fs'
import path from 'node:path'
import { compareTranscripts, readRecording, recordings, type Scenario, type Transcript } from '../scenario.ts'
import { compareStatus } from './normalise.ts'
import { causesFirst, recordedTranscript, Replay, type ReplayCase } from './replay.ts'

/** Two processes at once: their own test. */
const ELSEWHERE = new Set(['two-services-same-dir-two-nodes-0.8.5'])

const MIB = 1024 * 1024
const PACE = { randomxMs: 60, powMs: 500, bytesPerSecond: 100 * MIB, verifyMs: 60, secondMs: 40, seed: 3, passSuccess: 1 }

/** Short, but what the recorder saw has to last long enough to be seen on a busy machine. */
function paceOf(name: string): object {
  if (name.startsWith('fast-randomx')) return { ...PACE, randomxMs: 1000 }
  if (name.startsWith('challenge-changed')) return { ...PACE, bytesPerSecond: 24 * MIB }
  if (name.startsWith('node-restart') || name.startsWith('other-challenge')) return { ...PACE, powMs: 1500 }
  return name.endsWith('0.7.13') ? { ...PACE, randomxMs: 400 } : PACE
}

/** A process that ends by itself at once may or may not have opened its operator port before. */
function withoutRace(expected: Transcript, seen: Transcript): Transcript {
  const isRace = expected['exits']?.[0] === 'code 1' && expected['beside']?.length === 0
  return isRace ? { ...seen, beside: [] } : seen
}

function scenario(file: string): Scenario {
  const name = file.replace(/\.jsonl$/, '')
  const recording = path.posix.join('post-service', file)
  const version = name.slice(name.lastIndexOf('-') + 1)
  const events = causesFirst(readRecording(recording))
  const command = events.map((event) => event['cmd']).find((cmd) => typeof cmd === 'string')
  const env = {
    SMESHKEEPER_PRACTICE_POST_VERSION: version,
    SMESHKEEPER_PRACTICE_PACE: JSON.stringify(paceOf(name)),
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
    // Its k2pow service is made up by us, and a real post-service checks what it is given.
    isPracticeOnly: name.startsWith('remote-k2pow-0'),
    compare: ({ status: wanted = [], ...expected }, { status: words = [], ...seen }) => [
      ...compareTranscripts(expected, withoutRace(expected, seen)),
      ...compareStatus(wanted, words),
    ],
  }
}

export const postServiceScenarios = (): readonly Scenario[] =>
  readdirSync(path.join(recordings, 'post-service'))
    .filter((file) => file.endsWith('.jsonl') && !ELSEWHERE.has(file.replace(/\.jsonl$/, '')))
    .map(scenario)
