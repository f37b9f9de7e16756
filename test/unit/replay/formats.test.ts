import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNodeLogReader, createServiceLogReader } from '../../../electron/programs/index.ts'
import { readRecording, replay, timelineLines, type ReplayFile } from '../../../shared/replay/index.ts'

const ROOT = path.join(import.meta.dirname, '../../fixtures/recordings')
const parsers = { serviceLog: createServiceLogReader, nodeLog: createNodeLogReader }

function textFiles(folder: string): readonly ReplayFile[] {
  return readdirSync(folder).flatMap((name): readonly ReplayFile[] => {
    const full = path.join(folder, name)
    if (statSync(full).isDirectory()) return textFiles(full)
    return /\.(jsonl|json|log|stderr)$/.test(name) ? [{ name: full, text: readFileSync(full, 'utf8') }] : []
  })
}

describe('reading recordings', () => {
  it('reads every text file of the recordings alone without failing', () => {
    const files = textFiles(ROOT)
    expect(files.length).toBeGreaterThan(100)
    for (const file of files) expect(() => timelineLines(replay([file], { parsers }))).not.toThrow()
  })

  it('infers timing, parameters, names and services of a whole recording', () => {
    const folder = path.join(ROOT, 'node-1n-1.7.6')
    const { setup, observations } = readRecording(textFiles(folder), parsers)
    expect(setup.network).toMatchObject({
      preset: 'custom',
      layerDurationMs: 6000,
      layersPerEpoch: 10,
      genesisTime: '2026-11-21T00:32:14.000Z',
    })
    expect(setup.network.post).toMatchObject({ k1: 12, k2: 4, labelsPerUnit: 64 })
    expect(setup.identities.map((identity) => identity.nickname ?? '').sort((a, b) => a.localeCompare(b))).toEqual([
      'attic',
      'home-a',
      'home-b',
      'spare',
    ])
    expect(setup.services).toHaveLength(3)
    expect(observations.every((one, i) => i === 0 || one.at >= (observations[i - 1]?.at ?? 0))).toBe(true)
  })

  it('finds in the gRPC recordings what they hold', () => {
    const files = textFiles(path.join(ROOT, 'node-equivocation-1.7.6/grpc'))
    const { observations } = readRecording(files, parsers)
    const bans = observations.filter((one) => one.kind === 'node-event' && one.event.event === 'malfeasance')
    expect(bans).toHaveLength(1)
    expect(bans[0]).toMatchObject({ event: { identity: expect.stringMatching(/^a98cca/) as string } })
    const lists = observations.filter((one) => one.kind === 'activations')
    expect(lists.some((one) => one.kind === 'activations' && one.list.some((entry) => entry.publishEpoch === 1))).toBe(true)
    expect(observations.some((one) => one.kind === 'node-api' && one.reach === 'down' && one.listener === 'post')).toBe(true)
  })

  it('keeps the lines of two recorders in one status file apart', () => {
    const lines = [
      { t0_utc: '2026-11-21T00:00:00Z', t_ms: 0 },
      { t_ms: 10, url: '/status', http: 200, body: '"Idle"' },
      { t_ms: 5000, url: '/status', http: 200, body: '"DoneProving"' },
      { t0_utc: '2026-11-21T00:00:06Z', t_ms: 0 },
      { t_ms: 5, url: '/status', http: 200, body: '"Idle"' },
      { t_ms: 6500, url: '/status', http: 200, body: '"Idle"' },
      { t_ms: 1000, url: '/status', http: 200, body: '"DoneProving"' },
    ]
    const log =
      '[2026-11-21T00:00:00Z INFO  post_service::client] obtained metadata: PostMetadata { node_id: [' +
      Array(32).fill('1').join(', ') +
      '], commitment_atx_id: [1], labels_per_unit: 64, num_units: 1, max_file_size: 1, nonce: Some(1), last_position: None }'
    const files = [
      { name: 'x/a.status.jsonl', text: lines.map((line) => JSON.stringify(line)).join('\n') },
      { name: 'x/a.stderr', text: log },
    ]
    const { observations } = readRecording(files, parsers)
    const seconds = observations.flatMap((one) => (one.kind === 'operator' ? [(one.at - Date.UTC(2026, 10, 21)) / 1000] : []))
    expect(seconds).toEqual([0.01, 5, 6.005, 6.5, 7])
  })

  it('tells a slow answer as silence first, then the answer', () => {
    const files = textFiles(path.join(ROOT, 'post-service')).filter((file) => file.name.includes('fast-randomx-0.8.5'))
    const { observations } = readRecording(files, parsers)
    expect(observations.filter((one) => one.kind === 'operator' && one.answer.is === 'silent').length).toBeGreaterThan(20)
  })

  it('names what it cannot read and never throws on rubbish', () => {
    expect(replay([{ name: 'x.bin', text: '\u0000\u0001rubbish' }], { parsers }).skipped).toEqual(['x.bin'])
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.json(),
            fc.constant('{"t0_utc":"2026-11-21T00:00:00Z"}'),
            fc.constant('{"rpc":"spacemesh.v1.PostInfoService/PostStates","dir":"in","t_ms":1,"json":{"states":[3,{"id":7}]}}'),
          ),
          { maxLength: 8 },
        ),
        (lines) => {
          expect(() => timelineLines(replay([{ name: 'x', text: lines.join('\n') }], { parsers }))).not.toThrow()
        },
      ),
    )
  })
})
