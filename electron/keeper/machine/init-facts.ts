import os from 'node:os'
import path from 'node:path'
import type { InitDisk, InitOptions, InitProvider } from '../../../shared/domain/initialization.ts'
import { mostUnits, usableBytes, type Space } from '../../../shared/domain/init-space.ts'
import { testOf } from '../../../shared/domain/provider-test.ts'
import { bytes } from '../../../shared/domain/words.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { diskSystem, lanesOf, NETWORK_FS } from '../../hardware/index.ts'
import { askHighestAtx, createNodeClient } from '../../node-api/index.ts'
import { providersOf } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { InitBook } from './init-book.ts'
import type { InitEngine } from './init-engine.ts'
import { existingParent, roomAt } from './init-folder.ts'
import type { MachineDesk } from './machine-desk.ts'

const GIB = 1_073_741_824
/** postcli takes no more. @source facts/postcli-and-profiler.md §1 */
export const MOST_UNITS = 1_048_576
/** Files of 4 GiB, as the node expects them on mainnet; smaller where a whole unit is. */
const USUAL_FILE_BYTES = 4 * GIB
/** What a node's state grows by in the weeks that a large initialization takes. */
const NODE_GROWTH_BYTES = 10 * GIB
const COMMITMENT_MS = 60_000
const PLACES = /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|ntfs3?|fuseblk|exfat|apfs|hfs|overlay|bcachefs)$/
const SYSTEM_PLACE = /^\/(boot|efi|nix|snap|proc|sys|dev|run(?!\/media)|etc|usr|var\/lib)(\/|$)/

export const unitBytesOf = (setup: Setup): number => resolveNetwork(setup.network).post.labelsPerUnit * 16

/** Size of the files when nobody says another. */
export const usualFileBytes = (setup: Setup): number => Math.min(USUAL_FILE_BYTES, Math.max(16, unitBytesOf(setup)))

export const reserveBytesOf = ({ machine }: Setup): number => machine.reserveGiB * GIB

interface Parts {
  readonly context: MachineContext
  readonly machine: MachineDesk
  readonly book: InitBook
  readonly engine: () => InitEngine
}

export interface InitFacts {
  commitment(): Promise<InitOptions['commitment']>
  binary(setup: Setup): InitOptions['binary']
  providers(): readonly InitProvider[]
  /** Room for new data in a folder, after the reserve and what other jobs will write. */
  space(setup: Setup, folder: string): Promise<(Space & { readonly totalBytes: number; readonly isWritable: boolean }) | undefined>
  options(setup: Setup): Promise<InitOptions>
}

export function initFacts({ context, machine, book, engine }: Parts): InitFacts {
  const { clock, log } = context
  let known: { readonly atxId: string; readonly at: number; readonly mono: number } | undefined

  const commitment = async (): Promise<InitOptions['commitment']> => {
    if (known !== undefined && clock.monotonic() - known.mono < COMMITMENT_MS) return { is: 'known', atxId: known.atxId, at: known.at }
    const setup = context.setup()
    if (setup === undefined || context.session() === undefined)
      return { is: 'missing', why: 'The node does not run under this keeper, and only it knows an ATX to bind new data to. Start it.' }
    const { node } = setup
    const listeners = node.mode === 'managed' ? node.listeners : { public: node.public, private: node.private, post: node.post }
    const client = createNodeClient({ listeners, tls: node.tls, clock, log })
    try {
      const answer = await askHighestAtx(client)
      if (!answer.ok)
        return {
          is: 'missing',
          why: `The node does not say to which ATX new data is bound: ${answer.fault.detail.replace(/\.$/, '')}. Wait until it is in sync.`,
        }
      known = { atxId: answer.value, at: clock.now(), mono: clock.monotonic() }
      return { is: 'known', atxId: known.atxId, at: known.at }
    } finally {
      client.close()
    }
  }

  const binary = (setup: Setup): InitOptions['binary'] => {
    const file = companion(setup, 'postcli')
    return file === undefined
      ? {
          is: 'missing',
          why: 'postcli is not here, and only it can make PoS data. Import a release that brings it, or name it in Settings.',
        }
      : { is: 'known', path: file }
  }

  const providers = (): readonly InitProvider[] => {
    const { opencl, cpu } = machine.report()
    return providersOf(opencl.is === 'seen' ? opencl.devices : [], cpu.model).map((one): InitProvider => {
      const measured = testOf(book.providers(), one)
      if (measured === undefined) return one
      const { measuredAt, labels, bytesPerSecond } = measured
      return { ...one, measuredAt, labels, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) }
    })
  }

  const promisedOn = async (lane: string | undefined): Promise<number> => {
    let promised = 0
    for (const job of book.jobs()) {
      if ((await engine().holds.laneOf(job.folder))?.id === lane) promised += engine().leftBytes(job)
    }
    return promised
  }

  const space: InitFacts['space'] = async (setup, folder) => {
    const room = await roomAt(folder)
    if (room === undefined) return undefined
    const lane = (await engine().holds.laneOf(folder))?.id
    const nodeLane = setup.node.dataFolder === undefined ? undefined : (await engine().holds.laneOf(setup.node.dataFolder))?.id
    const isTiny = unitBytesOf(setup) < GIB // a practice network's node does not grow
    return {
      ...room,
      reserveBytes: reserveBytesOf(setup),
      promisedBytes: await promisedOn(lane),
      growthBytes: nodeLane === lane && !isTiny ? NODE_GROWTH_BYTES : 0,
    }
  }

  const disk = async (setup: Setup, root: string): Promise<InitDisk | undefined> => {
    const [room, lane] = [await space(setup, root), await engine().holds.laneOf(root)]
    if (room === undefined || lane === undefined) return undefined
    const { post } = resolveNetwork(setup.network)
    const most = mostUnits(room, unitBytesOf(setup), Math.min(MOST_UNITS, post.maxNumUnits))
    const report = machine.disks().find(({ id }) => id === lane.id)
    const snapshot = context.session()?.snapshot()
    const why = !room.isWritable
      ? 'Your user may not write there.'
      : most < post.minNumUnits
        ? `Only ${bytes(usableBytes(room))} can be used, and the least is ${bytes(post.minNumUnits * unitBytesOf(setup))}.`
        : undefined
    return {
      lane: lane.id,
      label: lane.label,
      detail: lane.detail,
      root,
      freeBytes: room.freeBytes,
      totalBytes: room.totalBytes,
      usableBytes: usableBytes(room),
      mostUnits: most,
      ...(report?.speed === undefined ? {} : { readBytesPerSecond: report.speed.bytesPerSecond }),
      provers: (snapshot?.identities ?? []).filter((one) => one.lane === lane.id).map(({ name }) => name),
      ...(why === undefined ? {} : { why }),
    }
  }

  return {
    commitment,
    binary,
    providers,
    space,
    async options(setup) {
      const { post } = resolveNetwork(setup.network)
      const roots = await rootsOf(setup)
      const disks: InitDisk[] = []
      for (const root of roots) {
        const one = await disk(setup, root)
        if (one !== undefined) disks.push(one)
      }
      const { opencl } = machine.report()
      return {
        disks,
        providers: providers(),
        providersText: opencl.is === 'failed' ? opencl.text : opencl.is === 'seen' ? '' : 'OpenCL was not looked at yet.',
        commitment: await commitment(),
        unitBytes: unitBytesOf(setup),
        minUnits: post.minNumUnits,
        maxUnits: Math.min(MOST_UNITS, post.maxNumUnits),
        maxFileBytes: usualFileBytes(setup),
        reserveBytes: reserveBytesOf(setup),
        binary: binary(setup),
      }
    },
  }
}

/** One folder a disk: beside data that is there, else the user's own folder, else the mount itself. */
async function rootsOf(setup: Setup): Promise<readonly string[]> {
  const system = diskSystem()
  const mounts = system
    .mounts()
    .filter(({ fsType, mountPoint }) => (PLACES.test(fsType) || NETWORK_FS.test(fsType)) && !SYSTEM_PLACE.test(mountPoint))
  const wanted = [
    ...setup.services.map(({ posFolder }) => path.dirname(posFolder)),
    os.homedir(),
    ...mounts.map(({ mountPoint }) => mountPoint).filter((point) => point !== '/'),
  ]
  const there = [...new Set(await Promise.all(wanted.map((folder) => existingParent(folder))))]
  const lanes = lanesOf(there, system)
  const seen = new Set<string>()
  return there.filter((root) => {
    const id = lanes.get(root)?.id ?? root
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}
