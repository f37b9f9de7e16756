import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import { isSupervised, type FolderFacts } from '../facts/folder-facts.ts'
import { bytesOf, called, refusal, type MergeFacts } from './merge-facts.ts'
import { heldBy, listed } from './plan-parts.ts'
import { convertConfig } from './convert-config.ts'
import { databaseRefusals } from './merge-refusals-databases.ts'
import { networkRefusals } from './merge-refusals-network.ts'
import { isSmapps } from './merge-configs.ts'
import { mergeNames } from './merge-names.ts'

/** Why these nodes cannot be merged; each says what, why and what to do. Pure: everything is in the facts. */
export function mergeRefusals(facts: MergeFacts): readonly Fault[] {
  const places = placeRefusals(facts)
  // With folders that are one and the same, everything else would be told twice.
  if (places.length > 0) return places
  return [
    ...runningRefusals(facts),
    ...keyRefusals(facts),
    ...nameRefusals(facts),
    ...databaseRefusals(facts),
    ...networkRefusals(facts),
    ...configRefusals(facts),
    ...spaceRefusals(facts),
  ]
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase()
const isInside = (inner: string, outer: string): boolean => inner.startsWith(outer.endsWith(path.sep) ? outer : outer + path.sep)

/** How two folders are too near to each other; undefined when they are two. */
function nearness(one: FolderFacts, other: FolderFacts): { readonly code: string; readonly why: string } | undefined {
  const [a, b] = [one.place, other.place]
  if (one.dataFolder === other.dataFolder) return { code: 'same-folder', why: 'they are one folder' }
  if (a.realPath === b.realPath || (a.marks.folder !== undefined && a.marks.folder === b.marks.folder))
    return { code: 'same-folder', why: `both lead to ${a.realPath}` }
  const part = (['identities', 'database'] as const).find((name) => a.marks[name] !== undefined && a.marks[name] === b.marks[name])
  if (part !== undefined)
    return { code: 'same-folder', why: `they share their ${part === 'identities' ? 'identities' : 'local.sql'} by a link` }
  if (isInside(a.realPath, b.realPath) || isInside(b.realPath, a.realPath)) return { code: 'nested-folders', why: 'one lies in the other' }
  const areBothThere = a.marks.folder !== undefined && b.marks.folder !== undefined
  if (!areBothThere && folded(a.realPath) === folded(b.realPath))
    return { code: 'same-folder', why: 'they differ only in upper and lower case, and many disks do not tell these apart' }
  return undefined
}

function placeRefusals({ target, sources }: MergeFacts): readonly Fault[] {
  const all = [target, ...sources]
  const near = all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) => {
      const found = nearness(one, other)
      if (found === undefined) return []
      return [
        refusal(
          found.code,
          `${one.dataFolder} and ${other.dataFolder} cannot be merged: ${found.why} (merge-nodes says “file already exists”). Choose two nodes that lie apart`,
        ),
      ]
    }),
  )
  return [...near, ...sources.flatMap(sourcePlace), ...targetPlace(target)]
}

function sourcePlace({ dataFolder, name, place }: FolderFacts): readonly Fault[] {
  if (place.is === 'absent') return [refusal('no-folder', `There is no folder ${dataFolder}. Connect its disk or choose the right folder`)]
  if (place.is === 'no-folder')
    return [refusal('no-folder', `${dataFolder} is not a folder. Choose the folder that holds identities and local.sql`)]
  if (place.is === 'unreadable')
    return [refusal('unreadable-folder', `${dataFolder} may not be read by your user. Give it the right, then plan again`)]
  return place.canWrite ? [] : [readOnly(dataFolder, `the keys of ${name} could not be taken out, and would be live twice`)]
}

function targetPlace({ dataFolder, place }: FolderFacts): readonly Fault[] {
  const strange = /[#?%]/.exec(dataFolder)?.[0]
  const refusals: Fault[] = []
  if (strange !== undefined)
    refusals.push(
      refusal(
        'target-path',
        `The path ${dataFolder} has a “${strange}”: a node takes it for a part of an address and reads another file than the one that is merged (merge-nodes loses the rows this way without a word). Rename the folder, then plan again`,
      ),
    )
  if (place.is === 'no-folder')
    refusals.push(refusal('no-folder', `${dataFolder} is not a folder. Choose the folder that holds identities and local.sql`))
  if (place.is === 'unreadable')
    refusals.push(refusal('unreadable-folder', `${dataFolder} may not be read by your user. Give it the right, then plan again`))
  else if (!place.canWrite) refusals.push(readOnly(dataFolder, 'neither keys nor rows could be written'))
  return refusals
}

const readOnly = (dataFolder: string, why: string): Fault =>
  refusal('read-only', `${dataFolder} cannot be written to: ${why}. Make it writable for your user (or mount it so), then plan again`)

function runningRefusals({ target, sources, input }: MergeFacts): readonly Fault[] {
  return [target, ...sources].flatMap(({ name, place, database }) => {
    const by = heldBy(input, { realFolder: place.realPath })
    if (by !== undefined)
      return [
        refusal(
          'node-running',
          `${name} is in use: ${by}. A node that runs goes on with keys that are taken from it, and then two sign with them. Stop it, also whatever would start it again, then plan again`,
        ),
      ]
    return database.is === 'locked' ? [refusal('node-running', `${name} is in use: ${database.text}`)] : []
  })
}

function keyRefusals(facts: MergeFacts): readonly Fault[] {
  const { target, sources } = facts
  const empty = sources
    .filter(({ keys, keyProblems }) => keys.length === 0 && keyProblems.length === 0)
    .map(({ dataFolder, name }) =>
      refusal('no-keys', `${name} has no key in ${path.join(dataFolder, 'identities')}, so there is nothing to merge. Leave it out`),
    )
  return [...empty, ...[target, ...sources].flatMap(badKeys), ...sameKeys(facts)]
}

function badKeys(node: FolderFacts): readonly Fault[] {
  const { name, dataFolder, keys, keyProblems } = node
  const file = (key: string): string => path.join(dataFolder, 'identities', key)
  const bad = keys
    .filter(({ form }) => form !== 'good')
    .map(({ name: key, problem }) =>
      refusal(
        'bad-key',
        `${file(key)} is not a valid key file: ${problem ?? 'it holds no key'}. No node starts as long as it is there. Mend it, or move it out of the folder, then plan again`,
      ),
    )
  if (keys.length === 0 && keyProblems.length > 0) return [refusal('bad-key', `${name}: ${keyProblems.join('; ')}. Then plan again`)]
  if (keys.length < 2 || !keys.some(({ name: key }) => key === LOCAL_KEY)) return bad
  return [
    ...bad,
    refusal(
      'local-key-beside-others',
      `${file(LOCAL_KEY)} lies beside other keys: ${name} appears to be a supervised node, and no node starts so. When the node made it by itself and it has no PoS data, move it out; otherwise give it another name. Then plan again`,
    ),
  ]
}

/** The same key in two places, under whatever name: with both, no node starts; in two nodes, it is banned. */
function sameKeys(facts: MergeFacts): readonly Fault[] {
  const places = new Map<string, string[]>()
  for (const { dataFolder, keys } of [facts.target, ...facts.sources])
    for (const { identity, name } of keys) {
      if (identity === undefined) continue
      const known = places.get(identity) ?? []
      places.set(identity, [...known, path.join(dataFolder, 'identities', name)])
    }
  return [...places].flatMap(([identity, files]) =>
    files.length < 2
      ? []
      : [
          refusal(
            'same-key',
            `${called(facts, identity)} has its key in ${listed(files)}: a node refuses it as “duplicate key found in identity files”, and two nodes with it are banned for ever. Find out which node published last, move the other file out of its folder, then plan again`,
          ),
        ],
  )
}

function nameRefusals(facts: MergeFacts): readonly Fault[] {
  return mergeNames(facts).problems.map(({ identity, name, is }) =>
    is === 'invalid'
      ? refusal(
          'name-invalid',
          `The key of ${called(facts, identity)} cannot be called ${name}: a name ends in .key, holds no slash and is not ${LOCAL_KEY}. Choose another`,
        )
      : refusal(
          'name-taken',
          `The key of ${called(facts, identity)} cannot be called ${name}: identity file ${name} already exists at ${facts.target.name}, or another key gets this name. Choose another`,
        ),
  )
}

function configRefusals({ target }: MergeFacts): readonly Fault[] {
  const { config, name } = target
  if (!isSupervised(target) || config.is === 'unknown') return []
  if (isSmapps(target))
    return [
      refusal(
        'target-config',
        `${name} is run by Smapp, which writes its config anew at every start. Convert it first, then merge into it`,
      ),
    ]
  if (config.is === 'unreadable')
    return [
      refusal('target-config', `${name} runs its own service, and its config cannot be changed: ${config.why}. Mend it, then plan again`),
    ]
  const converted = convertConfig(config.text)
  return converted.ok ? [] : [refusal('target-config', `${name} runs its own service. ${converted.fault.detail}`)]
}

const SLACK_BYTES = 16 * 1024 ** 2

/** Room that is needed at the target and for the snapshots. */
export function neededBytes({ target, sources }: MergeFacts): { readonly atTarget: number; readonly atHome: number } {
  const all = [target, ...sources].reduce((sum, one) => sum + bytesOf(one), 0)
  return { atTarget: 2 * all + SLACK_BYTES, atHome: 2 * all + SLACK_BYTES }
}

function spaceRefusals(facts: MergeFacts): readonly Fault[] {
  const { target, home } = facts
  const { atTarget, atHome } = neededBytes(facts)
  const isOneDisk = home?.device === target.place.device
  const atDisk = atTarget + (isOneDisk ? atHome : 0)
  const lacks = (where: string, needs: number, free: number): readonly Fault[] =>
    free >= needs
      ? []
      : [
          refusal(
            'no-space',
            `${where} has ${sizeOf(free)} free, and ${sizeOf(needs)} are needed for the new database and the snapshots. Make room, then plan again`,
          ),
        ]
  return [
    ...lacks(`The disk of ${target.name}`, atDisk, target.place.freeBytes),
    ...(home === undefined || isOneDisk ? [] : lacks('The disk of Smeshkeeper’s own folder', atHome, home.freeBytes)),
  ]
}
