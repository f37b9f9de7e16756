import path from 'node:path'
import { firstDates } from '../../../shared/domain/init-firsts.ts'
import { dataWords, type InitRecord } from '../../../shared/domain/init-job.ts'
import { rangeBytes, shareFiles, usableBytes, type Space } from '../../../shared/domain/init-space.ts'
import type { InitOptions, InitPlan, InitProvider } from '../../../shared/domain/initialization.ts'
import { bytes, duration, moment, speed } from '../../../shared/domain/words.ts'
import type { ParsedInitRequest } from '../../../shared/ipc/machine-contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { expectedFiles } from '../../pos-data/index.ts'
import type { MachineContext } from './context.ts'
import type { InitBook } from './init-book.ts'
import { MOST_UNITS, unitBytesOf, usualFileBytes, type InitFacts } from './init-facts.ts'
import { isDataOf, lookAtFolder, type FolderLook } from './init-folder.ts'
import { serviceBinary } from './init-service.ts'

type Refusal = InitPlan['refusals'][number]
type Draft = Omit<InitRecord, 'id' | 'identity' | 'createdAt'>

/** A plan, and what becomes a job when it is begun. */
export interface PlannedInit {
  readonly plan: InitPlan
  readonly draft: Draft | undefined
}

interface Parts {
  readonly context: MachineContext
  readonly book: InitBook
  readonly facts: InitFacts
}

/** All that a plan is made from. */
interface Seen {
  readonly setup: Setup
  readonly request: ParsedInitRequest
  readonly look: FolderLook
  readonly space: (Space & { readonly totalBytes: number; readonly isWritable: boolean }) | undefined
  readonly commitment: InitOptions['commitment']
  readonly binary: InitOptions['binary']
  readonly providers: readonly InitProvider[]
  readonly maxFileBytes: number
  readonly totalBytes: number
  readonly keys: ReadonlySet<string>
  readonly jobs: readonly InitRecord[]
  readonly now: number
}

/** More files than a folder should hold, and than postcli's numbers are tried with. */
const MOST_FILES = 16_777_216
/** postcli proves nothing: the initial proof follows with the first start of the service. */
const INITIAL_PROOF_SHARE = 1.05

export function initPlans({ context, book, facts }: Parts): (id: string, request: ParsedInitRequest, setup: Setup) => Promise<PlannedInit> {
  return async (id, request, setup) => {
    const [look, space, commitment] = await Promise.all([
      lookAtFolder(request.folder),
      facts.space(setup, request.folder),
      facts.commitment(),
    ])
    const seen: Seen = {
      setup,
      request,
      look,
      space,
      commitment,
      binary: facts.binary(setup),
      providers: facts.providers(),
      maxFileBytes: request.maxFileBytes ?? usualFileBytes(setup),
      totalBytes: request.numUnits * unitBytesOf(setup),
      keys: await keysHere(context, setup),
      jobs: book.jobs(),
      now: context.clock.now(),
    }
    const refusals = refusalsOf(seen)
    const draft = refusals.some(({ code }) => code === 'init/absurd-size') ? undefined : draftOf(seen)
    return { plan: planOf(id, seen, refusals, draft), draft: refusals.length === 0 ? draft : undefined }
  }
}

/** Public keys whose secret half is here: held, or listed with a key file. */
async function keysHere(context: MachineContext, setup: Setup): Promise<ReadonlySet<string>> {
  const held = await context.custody().handlers.keys.held()
  return new Set([...(held.ok ? held.value.map(({ identity }) => identity as string) : []), ...setup.identities.map(({ id }) => id)])
}

const refuse = (code: string, text: string, fix: string): Refusal => ({ code, text, fix })

function refusalsOf(seen: Seen): readonly Refusal[] {
  return [...sizeRefusals(seen), ...folderRefusals(seen), ...otherRefusals(seen)]
}

function sizeRefusals({ setup, request, maxFileBytes, totalBytes, space }: Seen): readonly Refusal[] {
  const { post } = resolveNetwork(setup.network)
  const most = Math.min(MOST_UNITS, post.maxNumUnits)
  const { numUnits } = request
  if (!Number.isSafeInteger(totalBytes) || numUnits > most)
    return [refuse('init/absurd-size', `${numUnits} Space Units are more than the network or postcli takes.`, `Take at most ${most}.`)]
  if (maxFileBytes % 16 !== 0) return [refuse('init/absurd-size', 'A file must hold whole labels of 16 bytes.', 'Choose a multiple of 16.')]
  if (totalBytes / maxFileBytes > MOST_FILES)
    return [refuse('init/absurd-size', 'So small files would be millions of them.', `Choose files of ${bytes(usualFileBytes(setup))}.`)]
  if (numUnits < post.minNumUnits)
    return [
      refuse('init/too-small', `The network takes nothing below ${post.minNumUnits} Space Units.`, `Take at least ${post.minNumUnits}.`),
    ]
  if (space === undefined)
    return [refuse('init/no-disk', 'The disk of this folder does not answer.', 'Attach it, or choose another folder.')]
  const usable = usableBytes(space)
  if (usable < totalBytes)
    return [
      refuse(
        'init/no-space',
        `${bytes(totalBytes)} are needed and ${bytes(usable)} can be used: ${bytes(space.freeBytes)} are free, of which ${bytes(space.reserveBytes)} stay free, ` +
          `${bytes(space.promisedBytes)} belong to jobs in the queue and ${bytes(space.growthBytes)} to the growing node.`,
        'Take fewer Space Units, free space, or choose another disk.',
      ),
    ]
  return []
}

const isInside = (inner: string, outer: string): boolean => {
  const relative = path.relative(outer, inner)
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative))
}

function folderRefusals({ setup, request, look, space, jobs, commitment, maxFileBytes }: Seen): readonly Refusal[] {
  const { folder } = request
  const elsewhere = 'Choose an empty folder.'
  if (!path.isAbsolute(folder)) return [refuse('init/bad-folder', 'The folder must be written out from the root.', 'Choose it again.')]
  const other = [...setup.services.map(({ posFolder }) => posFolder), ...jobs.filter(({ is }) => is !== 'done').map((job) => job.folder)]
  const clash = other.find((one) => isInside(folder, one) || isInside(one, folder))
  if (clash !== undefined)
    return [refuse('init/folder-taken', `${clash} holds PoS data already, and two in one folder destroy each other.`, elsewhere)]
  if (setup.node.dataFolder !== undefined && isInside(folder, setup.node.dataFolder))
    return [refuse('init/folder-taken', 'This is inside the node’s own folder.', elsewhere)]
  if (look.is === 'unreadable')
    return [refuse('init/unreadable', `The folder cannot be read: ${look.text}.`, 'Look at its rights, or choose another.')]
  if (space?.isWritable === false)
    return [refuse('init/not-writable', 'Your user may not write there.', 'Change the rights of the folder, or choose another.')]
  if (look.is === 'absent') return []
  if (look.metadataProblem !== undefined)
    return [refuse('init/other-data', `There is PoS data whose metadata cannot be used: ${look.metadataProblem}.`, elsewhere)]
  if (look.hasKey)
    return [refuse('init/other-data', 'There is an identity.key of somebody there.', 'Bring that key in first, or choose an empty folder.')]
  const { metadata } = look
  if (metadata === undefined)
    return look.sizes.size === 0
      ? []
      : [refuse('init/other-data', 'There are PoS files without metadata: nobody knows whose they are.', elsewhere)]
  if (request.key.is === 'new' || metadata.identity !== request.key.id)
    return [refuse('init/other-data', `There is PoS data of another identity (${metadata.identity.slice(0, 8)}…).`, elsewhere)]
  if (metadata.numUnits > request.numUnits)
    return [
      refuse(
        'init/would-shrink',
        `There are ${metadata.numUnits} Space Units: postcli would delete files.`,
        `Take ${metadata.numUnits}, or an empty folder.`,
      ),
    ]
  if (metadata.numUnits < request.numUnits)
    return [
      refuse(
        'init/cannot-grow',
        `There are ${metadata.numUnits} Space Units, and data that is there cannot be made larger.`,
        `Take ${metadata.numUnits}, or an empty folder.`,
      ),
    ]
  const { labelsPerUnit } = resolveNetwork(setup.network).post
  const wanted = {
    identity: metadata.identity,
    commitmentAtx: metadata.commitmentAtx,
    numUnits: request.numUnits,
    labelsPerUnit,
    maxFileBytes,
  }
  if (!isDataOf(metadata, wanted) || commitment.is === 'missing')
    return [
      refuse('init/other-data', 'The data there has other files or is of another network.', 'Take the same file size, or an empty folder.'),
    ]
  return request.providers.length > 1
    ? [refuse('init/begun-already', 'Data that was begun is gone on with by one device.', 'Choose one provider.')]
    : []
}

function otherRefusals({ setup, request, commitment, binary, providers, keys, jobs }: Seen): readonly Refusal[] {
  const { key } = request
  const found: Refusal[] = []
  if (binary.is === 'missing') found.push(refuse('init/no-binary', binary.why, 'Import a release, or name postcli in Settings.'))
  if (commitment.is === 'missing') found.push(refuse('init/no-commitment', commitment.why, 'Start the node and let it get in sync.'))
  const unknown = request.providers.find((id) => !providers.some((one) => one.id === id))
  if (unknown !== undefined)
    found.push(
      refuse('init/no-provider', `There is no provider ${unknown} here now.`, 'Look at OpenCL on the Machine page, or choose another.'),
    )
  if (new Set(request.providers).size < request.providers.length)
    found.push(refuse('init/no-provider', 'One device is named twice: its two ranges would only wait for each other.', 'Name each once.'))
  const wrong = providers.find(({ id, labels }) => labels === 'wrong' && request.providers.includes(id))
  if (wrong !== undefined)
    found.push(
      refuse('init/wrong-labels', `${wrong.name} made wrong labels in its test: its data would never prove.`, 'Choose another device.'),
    )
  if (key.is !== 'public' && serviceBinary(setup) === undefined)
    found.push(refuse('init/no-service', 'There is no post-service that could prove with it.', 'Import a release first.'))
  if (key.is === 'existing' && !keys.has(key.id))
    found.push(refuse('init/no-key', 'Its key is not here.', 'Bring the key in first, or make data for its public key only.'))
  if (key.is !== 'new' && setup.services.some(({ identity }) => identity === key.id))
    found.push(refuse('init/has-data', 'This identity has PoS data here already.', 'Make a new identity instead.'))
  if (key.is !== 'new' && jobs.some(({ identity, is }) => identity === key.id && is !== 'done'))
    found.push(refuse('init/has-data', 'PoS data of this identity is being made already.', 'Go on with that job, or discard it.'))
  return found
}

function draftOf({ setup, request, look, commitment, providers, maxFileBytes, totalBytes }: Seen): Draft {
  const { post } = resolveNetwork(setup.network)
  const { numUnits, key } = request
  const layout = expectedFiles({ numUnits, labelsPerUnit: post.labelsPerUnit, maxFileBytes })
  const chosen = request.providers.map((id) => providers.find((one) => one.id === id))
  const parts = shareFiles(
    layout.count,
    chosen.map((one) => one?.bytesPerSecond),
  ).map(({ at, fromFile, toFile }) => ({
    provider: request.providers[at] ?? 0,
    providerName: chosen[at]?.name ?? '',
    fromFile,
    toFile,
    totalBytes: rangeBytes({ fromFile, toFile }, layout),
    isDone: false,
  }))
  const begun = look.is === 'there' ? look.metadata : undefined
  const named =
    key.is === 'new'
      ? key.name
      : ((key.is === 'public' ? key.name : undefined) ?? setup.identities.find(({ id }) => id === key.id)?.nickname)
  return {
    name: named ?? (key.is === 'new' ? '' : key.id.slice(0, 8)),
    key: key.is,
    folder: path.normalize(request.folder),
    // Data that was begun stays bound to what it was bound to.
    commitmentAtx: begun?.commitmentAtx ?? (commitment.is === 'known' ? commitment.atxId : ''),
    numUnits,
    labelsPerUnit: post.labelsPerUnit,
    maxFileBytes,
    scryptN: post.scrypt.n,
    totalBytes,
    fileCount: layout.count,
    nonces: request.nonces,
    ...(request.threads === undefined ? {} : { threads: request.threads }),
    randomx: request.randomx,
    parts,
    is: 'wanted',
    isBegun: begun !== undefined,
    isChecked: false,
    isArmed: false,
    samples: [],
  }
}

/** ms that the slowest range takes; undefined while one of the devices was not measured. */
function writeMs(draft: Draft, providers: readonly InitProvider[]): number | undefined {
  let longest = 0
  for (const { provider, totalBytes } of draft.parts) {
    const rate = providers.find(({ id }) => id === provider)?.bytesPerSecond
    if (rate === undefined || rate <= 0) return undefined
    longest = Math.max(longest, (totalBytes / rate) * 1000)
  }
  return longest
}

function planOf(id: string, seen: Seen, refusals: readonly Refusal[], draft: Draft | undefined): InitPlan {
  const { setup, request, now, providers, totalBytes } = seen
  const { key, numUnits, folder } = request
  const takesMs = draft === undefined ? undefined : writeMs(draft, providers)
  const readyAt = takesMs === undefined ? undefined : now + takesMs
  const name = draft?.name ?? ''
  const until = readyAt === undefined ? '' : `, ready ${moment(readyAt, now)}`
  return {
    id,
    at: now,
    headline: `${key.is === 'new' ? 'New identity' : name}: ${bytes(totalBytes)} in ${folder}${until}`,
    ...(key.is === 'new' ? {} : { identity: key.id }),
    name,
    folder,
    numUnits,
    totalBytes,
    fileCount: draft?.fileCount ?? 0,
    steps: draft === undefined ? [] : stepsOf(draft, takesMs, providers),
    risks: draft === undefined ? [] : risksOf(draft, seen, takesMs),
    refusals,
    ...(readyAt === undefined || key.is === 'public'
      ? {}
      : { readyAt, ...firstDates(resolveNetwork(setup.network), now + (takesMs ?? 0) * INITIAL_PROOF_SHARE) }),
  }
}

function stepsOf(draft: Draft, takesMs: number | undefined, providers: readonly InitProvider[]): InitPlan['steps'] {
  const rates = draft.parts.map(({ provider, providerName, fromFile, toFile }) => {
    const rate = providers.find(({ id }) => id === provider)?.bytesPerSecond
    const range = draft.parts.length === 1 ? '' : `, files ${fromFile}–${toFile}`
    return `${providerName}${range}${rate === undefined ? ', not measured yet' : ` at ${speed(rate)}`}`
  })
  const own = draft.key !== 'public'
  return [
    ...(draft.key === 'new'
      ? [
          {
            text: 'Make a key on this computer',
            detail: 'It is kept out of the node until its data is whole, and goes into a backup where a place for one is set.',
          },
        ]
      : []),
    {
      text: `Write ${dataWords(draft.totalBytes, draft.fileCount)}`,
      detail: `${rates.join('; ')}. It pauses for proofs, goes on after restarts and never deletes a file.`,
      ...(takesMs === undefined ? {} : { expectedMs: takesMs }),
    },
    ...(draft.parts.length > 1 ? [{ text: 'Put the ranges together', detail: 'The smallest VRF nonce of all ranges counts.' }] : []),
    { text: 'Compare a sample of every file with the processor’s own labels' },
    ...(own
      ? [
          {
            text: 'Put the key into the node in the next safe window',
            detail: 'The node is started anew for that, never while a proof or a registration is due.',
          },
          { text: 'Start its PoST service', detail: 'It makes the initial proof at once.' },
        ]
      : [{ text: 'Tell you that the data can be moved', detail: 'Its key is never here.' }]),
  ]
}

function risksOf(draft: Draft, { setup, space }: Seen, takesMs: number | undefined): InitPlan['risks'] {
  const { post } = resolveNetwork(setup.network)
  const left = space === undefined ? undefined : usableBytes(space) - draft.totalBytes
  return [
    { severity: 'info', text: 'The size cannot be changed later: neither larger nor smaller.' },
    ...(takesMs !== undefined && takesMs > 30 * 86_400_000
      ? [{ severity: 'warn' as const, text: `It takes ${duration(takesMs)}: a graphics card is many times faster than a processor.` }]
      : []),
    ...(left !== undefined && left < post.labelsPerUnit * 16
      ? [{ severity: 'info' as const, text: 'The disk is full afterwards, but for the reserve.' }]
      : []),
    ...(draft.key === 'new' ? [{ severity: 'warn' as const, text: 'Without a backup of its key the data is worth nothing.' }] : []),
  ]
}
