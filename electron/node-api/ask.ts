import { bytesToHex, hexToBytes, type Epoch, type IdentityId } from '../../shared/domain/ids.ts'
import { ok, type Result } from '../../shared/domain/fault.ts'
import type { ActivationEntry, NodeSync, PostStateEntry } from '../../shared/domain/observation.ts'
import { activation, banReason, postStates, smesherIds, syncFromV1, syncFromV2 } from './answers.ts'
import { fail } from '../../shared/domain/fault.ts'
import type { NodeApiFaultCode } from './faults.ts'
import type { NodeClient } from './node-client.ts'
import { v1, v2alpha1 } from './services.ts'
import { isBefore, parseVersion } from './versions.ts'
import { identityIdFromBytes } from '../../shared/domain/ids.ts'

type Answer<T> = Promise<Result<T, NodeApiFaultCode>>

/** Most entries that a List returns, and the node's own limit. */
const PAGE = 100
/** Pages of one question; a node that never stops is not believed. */
const MAX_PAGES = 1_000
/** Ids in one request. */
const IDS_AT_ONCE = 100

export async function askVersion(client: NodeClient): Answer<string> {
  const answer = await client.call(v1.NodeService.method.version, {})
  return answer.ok ? ok(answer.value.versionString?.value ?? '') : answer
}

/** v2 where the node serves it; v1 for older nodes and for a sync state that only newer ones know. */
export async function askSync(client: NodeClient): Answer<NodeSync> {
  const v2 = await client.call(v2alpha1.NodeService.method.status, {})
  if (!v2.ok && v2.fault.code !== 'node-api/not-offered') return v2
  const sync = v2.ok ? syncFromV2(v2.value) : undefined
  if (sync !== undefined) return ok(sync)
  const old = await client.call(v1.NodeService.method.status, {})
  if (!old.ok) return old
  return old.value.status === undefined ? fail('node-api/garbled', 'The node answered without a status.') : ok(syncFromV1(old.value.status))
}

export async function askPostStates(client: NodeClient): Answer<PostStateEntry[]> {
  const answer = await client.call(v1.PostInfoService.method.postStates, {})
  return answer.ok ? ok(postStates(answer.value)) : answer
}

export async function askSmesherIds(client: NodeClient): Answer<IdentityId[]> {
  const answer = await client.call(v1.SmesherService.method.smesherIDs, {})
  return answer.ok ? ok(smesherIds(answer.value)) : answer
}

/** The ATX with the most ticks that the node knows: what new PoS data is bound to. 64 hex characters. @source facts/postcli-and-profiler.md §5 */
export async function askHighestAtx(client: NodeClient): Answer<string> {
  const answer = await client.call(v1.ActivationService.method.highest, {})
  if (!answer.ok) return answer
  const id = answer.value.atx?.id?.id
  return id?.length === 32 ? ok(bytesToHex(id)) : fail('node-api/garbled', 'The node answered without an ATX.')
}

/** Publish epochs, both inclusive. */
export interface EpochRange {
  readonly from: Epoch
  readonly to: Epoch
}

/** Every ATX of these identities published in these epochs, as far as the node knows: the whole answer or a fault. */
export async function askActivations(client: NodeClient, identities: readonly IdentityId[], epochs: EpochRange): Answer<ActivationEntry[]> {
  const all: ActivationEntry[] = []
  for (let first = 0; first < identities.length; first += IDS_AT_ONCE) {
    const part = identities.slice(first, first + IDS_AT_ONCE)
    const found = await activationsOf(client, part, epochs)
    if (!found.ok) return found
    all.push(...found.value)
  }
  return ok(all)
}

async function activationsOf(client: NodeClient, identities: readonly IdentityId[], { from, to }: EpochRange): Answer<ActivationEntry[]> {
  const all: ActivationEntry[] = []
  const wanted = new Set(identities)
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await client.call(v2alpha1.ActivationService.method.list, {
      startEpoch: from,
      endEpoch: to,
      smesherId: identities.map(hexToBytes),
      offset: BigInt(page * PAGE),
      limit: BigInt(PAGE),
    })
    if (!answer.ok) return answer
    for (const raw of answer.value.activations) {
      const entry = activation(raw)
      // 0 means "no bound" to the node, so the range is checked here as well.
      if (entry !== undefined && wanted.has(entry.identity) && entry.publishEpoch >= from && entry.publishEpoch <= to) all.push(entry)
    }
    if (answer.value.activations.length < PAGE) return ok(all)
  }
  return fail('node-api/garbled', `The node's list of ATXs does not end after ${MAX_PAGES * PAGE} entries.`)
}

/** Banned identities with the reasons, in plain words. */
export type Bans = ReadonlyMap<IdentityId, string>

/**
 * Who of these is banned. Only MalfeasanceStreamService sees every kind of proof (v1 calls and the filtered List answer
 * "clean" for ATX v2 bans). A node before 1.8 knows only the older kinds, so there v1 is as good where the stream is
 * missing (before 1.7.2). Everywhere else a missing stream means that it is not known.
 */
export async function askBans(client: NodeClient, identities: readonly IdentityId[], version: string | undefined): Answer<Bans> {
  const answer = await client.collect(v2alpha1.MalfeasanceStreamService.method.stream, {
    smesherId: identities.map(hexToBytes),
    watch: false,
  })
  if (answer.ok) {
    const bans = new Map<IdentityId, string>()
    for (const proof of answer.value) {
      const identity = identityIdFromBytes(proof.smesher)
      if (identity === undefined || !identities.includes(identity)) continue
      const [known, reason] = [bans.get(identity), banReason(proof)]
      if (known === undefined) bans.set(identity, reason)
      else if (!known.includes(reason)) bans.set(identity, `${known}; ${reason}`)
    }
    return ok(bans)
  }
  const parsed = version === undefined ? undefined : parseVersion(version)
  if (answer.fault.code !== 'node-api/not-offered' || parsed === undefined || !isBefore(parsed, 1, 8)) return answer
  return askBansV1(client, identities)
}

async function askBansV1(client: NodeClient, identities: readonly IdentityId[]): Answer<Bans> {
  const bans = new Map<IdentityId, string>()
  for (const identity of identities) {
    const answer = await client.call(v1.MeshService.method.malfeasanceQuery, { smesherHex: identity })
    if (!answer.ok) return answer
    const { proof } = answer.value
    // A clean identity gets an empty proof.
    if (identityIdFromBytes(proof?.smesherId?.id ?? new Uint8Array()) !== identity) continue
    bans.set(identity, banReason({ domain: 0, type: proof?.kind ?? 0, properties: {} }))
  }
  return ok(bans)
}
