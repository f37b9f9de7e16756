import { create, fromBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { activation, banReason, postStates, smesherIds, syncFromV1, syncFromV2 } from '../../../electron/node-api/answers.ts'
import { StatusResponseSchema } from '../../../proto/gen/spacemesh/v1/node_pb.js'
import { PostStatesResponseSchema } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { SmesherIDsResponseSchema } from '../../../proto/gen/spacemesh/v1/smesher_pb.js'
import { ActivationListSchema } from '../../../proto/gen/spacemesh/v2alpha1/activation_pb.js'
import { MalfeasanceProofSchema } from '../../../proto/gen/spacemesh/v2alpha1/malfeasance_pb.js'
import { NodeStatusResponseSchema } from '../../../proto/gen/spacemesh/v2alpha1/node_pb.js'
import { grpcFiles, messagesOf, type RecordedMessage } from './recordings.ts'

const all = grpcFiles().flatMap((file) => messagesOf(file).filter((one) => one.isAnswer))
const answersTo = (...rpcs: string[]): RecordedMessage[] => all.filter((one) => rpcs.some((rpc) => one.rpc === `spacemesh.${rpc}`))
const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex')

describe('recorded answers', () => {
  it('PostStates: every identity with its state and key file, in order of the ids', () => {
    const recorded = answersTo('v1.PostInfoService/PostStates')
    expect(recorded.length).toBe(249)
    for (const one of recorded) {
      const json = one.json as { states?: { id: string; state?: string; name: string }[] }
      const wanted = (json.states ?? []).map((s) => ({ identity: hex(s.id), state: s.state?.toLowerCase(), name: s.name }))
      expect(postStates(fromBinary(PostStatesResponseSchema, one.bytes)), one.file).toEqual(
        wanted.toSorted((a, b) => a.identity.localeCompare(b.identity)),
      )
    }
  })

  it('SmesherIDs', () => {
    for (const one of answersTo('v1.SmesherService/SmesherIDs')) {
      const json = one.json as { public_keys?: string[] }
      expect(smesherIds(fromBinary(SmesherIDsResponseSchema, one.bytes))).toEqual((json.public_keys ?? []).map(hex).toSorted())
    }
  })

  it('Status, v2 of both packages and v1', () => {
    const v2 = answersTo('v2alpha1.NodeService/Status', 'v2beta1.NodeService/Status')
    expect(v2.length).toBe(336)
    for (const one of v2) {
      const json = one.json as Record<string, number | string | undefined>
      expect(syncFromV2(fromBinary(NodeStatusResponseSchema, one.bytes))).toEqual({
        isSynced: json['status'] === 'SYNC_STATUS_SYNCED',
        connectedPeers: Number(json['connected_peers'] ?? 0),
        currentLayer: json['current_layer'] ?? 0,
        latestLayer: json['latest_layer'] ?? 0,
        appliedLayer: json['applied_layer'] ?? 0,
      })
    }
    const old = answersTo('v1.NodeService/Status')
    expect(old.length).toBe(346)
    for (const one of old) {
      const { status } = fromBinary(StatusResponseSchema, one.bytes)
      const json = (one.json as { status: Record<string, { number?: number }> }).status
      expect(status === undefined ? undefined : syncFromV1(status)).toMatchObject({
        isSynced: (json['is_synced'] as unknown) === true,
        currentLayer: json['top_layer']?.number ?? 0,
        latestLayer: json['synced_layer']?.number ?? 0,
        appliedLayer: json['verified_layer']?.number ?? 0,
      })
    }
  })

  it('Activation.List', () => {
    const recorded = answersTo('v2alpha1.ActivationService/List', 'v2beta1.ActivationService/List')
    const seen = recorded.flatMap((one) => fromBinary(ActivationListSchema, one.bytes).activations.map(activation))
    const json = recorded.flatMap(
      (one) =>
        (one.json as { activations?: { id: string; smesher_id: string; publish_epoch: number; num_units: number }[] }).activations ?? [],
    )
    expect(json.length).toBeGreaterThan(100)
    expect(seen).toEqual(
      json.map((a) => ({ identity: hex(a.smesher_id), atxId: hex(a.id), publishEpoch: a.publish_epoch, numUnits: a.num_units })),
    )
  })

  it('malfeasance proofs: ATXs on 1.7.6, ballots on 1.8.3', () => {
    const reasons = (version: string): Set<string> =>
      new Set(
        all
          .filter((one) => one.rpc.endsWith('MalfeasanceStreamService/Stream') && one.file.includes(version))
          .map((one) => banReason(fromBinary(MalfeasanceProofSchema, one.bytes))),
      )
    expect(reasons('equivocation-1.7.6')).toEqual(new Set(['published two ATXs for one epoch']))
    expect(reasons('equivocation-1.8.3')).toEqual(new Set(['made two ballots in one layer']))
  })
})

describe('answers of newer nodes', () => {
  it('keep an unknown state, leave out what is no identity, and do not guess a sync state', () => {
    const id = new Uint8Array(32).fill(3)
    const states = create(PostStatesResponseSchema, {
      states: [{ id, state: 17 as never, name: 'x' }, { id, state: 0 }, { id: new Uint8Array(5) }],
    })
    expect(postStates(states).map((one) => one.state)).toEqual([{ unknown: 17 }, { unknown: 0 }])
    expect(syncFromV2(create(NodeStatusResponseSchema, { status: 8 as never }))).toBeUndefined()
    expect(syncFromV2(create(NodeStatusResponseSchema, {}))).toBeUndefined()
  })

  it('name a ban of an unknown kind as the node does', () => {
    const proof = (init: object) => banReason(create(MalfeasanceProofSchema, init))
    expect(proof({ domain: 1, properties: { type: 'InvalidPreviousATXProofV2' } })).toMatch(/same previous ATX/)
    expect(proof({ domain: 1, properties: { type: 'BrandNewProof' } })).toBe('proof of kind BrandNewProof')
    expect(proof({ domain: 9, type: 4 })).toBe('proof of kind 4 in domain 9')
    expect(proof({ type: 99 })).toBe('proof of kind 99 in domain 0')
  })
})
