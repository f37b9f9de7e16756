import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { nodeStartMs, safeWindow, type SafeWindow } from '../../../shared/domain/safe-window.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { HeldKey, KeyStore } from '../../identities/index.ts'
import { dataFolderOf, type CustodyContext } from './context.ts'

export type ReleaseFault = 'keys/not-held' | 'keys/conflict' | 'keys/no-node' | 'keys/not-moved'
export interface Released {
  readonly placed: string
  /** The node has loaded its keys at its start: it must be started anew. */
  readonly needsRestart: boolean
}

/** Whether a `local.key` is one that a node made for itself because it found none: nobody here knows it. */
function isFresh(setup: Setup, identity: IdentityId): boolean {
  return !setup.identities.some((one) => one.id === identity) && !setup.services.some((one) => one.identity === identity)
}

/** The set-up lists the identity with the file that its key is in now. */
async function listIn(context: CustodyContext, { identity, name }: HeldKey, placed: string): Promise<void> {
  const keyFile = path.basename(placed)
  const before = context.setup()?.identities.find((one) => one.id === identity)
  if (before?.keyFile === keyFile && before.held === undefined) return
  const list = (setup: Setup): Setup => {
    const known = setup.identities.find((one) => one.id === identity)
    const { held: _released, ...rest } = known ?? { id: identity, ...(name === '' ? {} : { nickname: name.slice(0, 60) }) }
    const entry = { ...rest, keyFile }
    const identities =
      known === undefined ? [...setup.identities, entry] : setup.identities.map((one) => (one.id === identity ? entry : one))
    return { ...setup, identities }
  }
  const saved = await context.editSetup(list)
  if (!saved.ok) context.log.warn('keys.not-listed', { identity, why: saved.fault.detail })
}

/** Arms a held key in the node of the set-up. Whoever calls has asked guard and network. */
export async function releaseKey(context: CustodyContext, store: KeyStore, key: HeldKey): Promise<Result<Released, ReleaseFault>> {
  const setup = context.setup()
  const dataFolder = dataFolderOf(setup)
  if (setup === undefined || dataFolder === undefined)
    return fail('keys/no-node', 'No node of this set-up has a data folder that is known here. Name it in Settings, then arm the key.')
  const aside = store.setAsideLocalKey(dataFolder, (identity) => isFresh(setup, identity))
  if (!aside.ok && aside.fault.code !== 'keys/not-found') return { ok: false, fault: { ...aside.fault, code: 'keys/conflict' } }
  const placed = store.place({ identity: key.identity, dataFolder, name: key.name === '' ? key.identity.slice(0, 16) : key.name })
  if (!placed.ok) return placed
  await listIn(context, key, placed.value.placed)
  const isLoaded = context.session()?.world.identities.get(key.identity)?.isListed?.value === true
  return ok({ placed: placed.value.placed, needsRestart: !isLoaded })
}

/** Whether the node may be away now for the time of a start. */
export function restartWindow(context: CustodyContext): SafeWindow {
  const setup = context.setup()
  const snapshot = context.session()?.snapshot()
  if (setup === undefined || snapshot === undefined) return { is: 'wait', why: 'nothing is known of the node yet' }
  const net = resolveNetwork(setup.network)
  return safeWindow({
    net,
    now: context.clock.now(),
    needMs: nodeStartMs(net),
    statuses: snapshot.identities.map(({ name, status }) => ({ name, status })),
  })
}

/** Starts our own node anew in the next safe window, once for all keys that were placed meanwhile. */
export function nodeRestarter(context: CustodyContext): { want(): void; tick(): void; readonly why: string | undefined } {
  let isWanted = false
  let why: string | undefined
  return {
    want: () => (isWanted = true),
    get why() {
      return isWanted ? why : undefined
    },
    tick() {
      const session = context.session()
      const setup = context.setup()
      if (!isWanted || session === undefined || setup?.node.mode !== 'managed' || setup.node.owner !== 'smeshkeeper') return
      const state = session.processes.state('node')?.at
      if (state === undefined || state === 'stopped' || state === 'exited' || state === 'failed') {
        isWanted = false // its next start loads the key
        return
      }
      if (state !== 'ready') return
      const window = restartWindow(context)
      why = window.is === 'wait' ? window.why : undefined
      if (window.is === 'wait') return
      isWanted = false
      context.log.info('keys.node-restarted', {})
      try {
        session.processes.restartAnew('node')
      } catch (cause: unknown) {
        context.log.error('keys.node-not-restarted', { error: textOf(cause) })
      }
    },
  }
}

/** Why a hold is not over, for the user. */
export const holdSentence = (name: string, hold: Hold): string => `${name} is held: ${hold.reason}`
