import type { ManagedNode, Setup, SetupService } from '../../../shared/setup/schema.ts'
import type { SetUpEdit } from './plan-parts.ts'

const FIRST_OPERATOR_PORT = 50_051

export interface SetUpPrograms {
  /** Executable of post-service for services that come. */
  readonly serviceBinary: string
  /** Addresses that somebody else has on this machine. */
  readonly takenAddresses?: readonly string[]
}

/** Our set-up after an edit: identities and services come, change their key file or leave; the node is another's or ours. */
export function editedSetUp(setup: Setup, edit: SetUpEdit, programs: SetUpPrograms): Setup {
  const removed = new Set(edit.removed)
  const keyFiles = new Map(edit.identities.map(({ id, keyFile }) => [id, keyFile]))
  const stay = setup.identities.filter(({ id }) => !removed.has(id))
  const there = new Set(stay.map(({ id }) => id))
  const identities = [
    ...stay.map((one) => ({ ...one, ...(keyFiles.has(one.id) ? { keyFile: keyFiles.get(one.id) } : {}) })),
    ...edit.identities.filter(({ id }) => !there.has(id)).map(({ id, keyFile }) => ({ id, keyFile })),
  ] as Setup['identities']
  const node = nodeAfter(setup.node, edit)
  const kept = setup.services.filter(({ identity }) => !removed.has(identity))
  return { ...setup, node, identities, services: [...kept, ...newServices(kept, { node, edit, programs })] }
}

function nodeAfter(node: Setup['node'], { node: change, handsNodeTo }: SetUpEdit): Setup['node'] {
  if (node.mode !== 'managed') return node
  if (handsNodeTo !== undefined) {
    const { listeners, tls, dataFolder } = node
    return { mode: 'attached', owner: handsNodeTo, ...listeners, tls, dataFolder }
  }
  if (change === undefined) return node
  const { dataFolder, configFile, lockFile, coinbase, postListener } = change
  const { lockFile: _lock, ...rest } = node
  const managed: ManagedNode = {
    ...rest,
    dataFolder,
    configFile,
    listeners: { ...node.listeners, ...(postListener === undefined ? {} : { post: postListener }) },
  }
  return { ...managed, ...(lockFile === undefined ? {} : { lockFile }), ...(coinbase === undefined ? {} : { coinbase }) }
}

function newServices(
  kept: readonly SetupService[],
  { node, edit, programs }: { readonly node: Setup['node']; readonly edit: SetUpEdit; readonly programs: SetUpPrograms },
): readonly SetupService[] {
  const served = new Set(kept.map(({ identity }) => identity))
  const taken = new Set([
    ...kept.map(({ operator }) => operator),
    ...(programs.takenAddresses ?? []),
    ...(node.mode === 'managed' ? Object.values(node.listeners) : [node.public, node.private, node.post]),
  ])
  const post = node.mode === 'managed' ? node.listeners.post : node.post
  let port = FIRST_OPERATOR_PORT
  const freeOperator = (): string => {
    while (taken.has(`127.0.0.1:${port}`)) port += 1
    const address = `127.0.0.1:${port}`
    taken.add(address)
    return address
  }
  return edit.services
    .filter(({ identity }) => !served.has(identity))
    .map(({ identity, posFolder, nonces, threads, randomx }) => ({
      identity,
      owner: 'smeshkeeper',
      binary: programs.serviceBinary,
      posFolder,
      nonces,
      threads,
      randomx,
      operator: freeOperator(),
      nodeAddress: `http://${post}`,
      tls: null,
      remoteK2pow: null,
      k2powParallelism: null,
      rustLog: 'info',
      extraArgs: [],
      policy: 'always',
      wanted: 'up',
      stoppedBy: null,
    }))
}
