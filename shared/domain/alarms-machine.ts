import type { Told } from './alarm-told.ts'
import { isFresh } from './freshness.ts'
import type { Scene } from './view.ts'
import { bytes } from './words.ts'

const GIB = 1024 ** 3
/** The node's databases grow by gigabytes and are rewritten at an upgrade; ours are small. */
const LOW = { node: { warn: 10 * GIB, bad: 1 * GIB }, app: { warn: 0.5 * GIB, bad: 0.05 * GIB } } as const
/** A disk that is small as a whole is low at this share of it. */
const LOW_SHARE = 0.05
const TOLD_MS = 10 * 60_000

/** What is wrong with this machine's disks or with the set-up as a whole. */
export function ofMachine({ world, now }: Scene): readonly (Told & { readonly about: string })[] {
  const told: (Told & { readonly about: string })[] = []
  for (const what of ['node', 'app'] as const) {
    const disk = world.ownDisks?.[what]
    if (disk === undefined || !isFresh(world, now, disk, TOLD_MS)) continue
    const { freeBytes, totalBytes } = disk.value
    const share = totalBytes * LOW_SHARE
    const isBad = freeBytes < Math.min(LOW[what].bad, share)
    if (!isBad && freeBytes >= Math.min(LOW[what].warn, share)) continue
    const sentence =
      what === 'node'
        ? `The node's disk has ${bytes(freeBytes)} left: when it is full the node stops and nothing is registered or published. Free space on it.`
        : `The disk of Smeshkeeper's own files has ${bytes(freeBytes)} left: when it is full, history and logs are not written; nodes and services go on. Free space on it.`
    told.push({ about: what, code: 'disk-low', severity: isBad ? 'bad' : 'warn', since: disk.at, sentence })
  }
  if (world.setupTrouble !== undefined) {
    told.push({ about: 'setup', code: 'setup-invalid', severity: 'warn', since: world.setupTrouble.at, sentence: world.setupTrouble.text })
  }
  return told
}
