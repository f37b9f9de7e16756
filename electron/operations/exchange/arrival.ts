import { assertNever } from '../../../shared/domain/fault.ts'
import { bytes as sizeOf, percent } from '../../../shared/domain/words.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { codeOf } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { expectedFiles, METADATA_FILE, MOST_METADATA_BYTES, parseMetadata, type PosMetadata } from '../../pos-data/index.ts'

/** How far the PoS data of an identity has come to a folder here. */
export type Arrival =
  | { readonly is: 'nothing' }
  | {
      readonly is: 'partial'
      readonly bytes: number
      readonly ofBytes: number
      readonly percent: number
      /** A few. */ readonly missing: readonly string[]
    }
  /** Sizes are right; of the bytes nothing was read. */
  | { readonly is: 'complete'; readonly bytes: number }
  | { readonly is: 'wrong'; readonly why: string }
  | { readonly is: 'unreadable'; readonly why: string }

const DATA = /^postdata_\d+\.bin$/
/** What rsync works on: `.postdata_3.bin.a1B2c3`. */
const WORKING = /^\.postdata_\d+\.bin\.[A-Za-z0-9]{6}$/
const MOST_MISSING = 3

/** Sizes by name against what the metadata asks for. @param found  every file of the folder */
export function arrivalOf(metadata: PosMetadata, found: ReadonlyMap<string, number>): Arrival {
  const { count, totalBytes, fileBytes, lastFileBytes } = expectedFiles(metadata)
  const names = [...found.keys()]
  const surplus = names.find((name) => DATA.test(name) && !isOneOf(name, count))
  if (surplus !== undefined)
    return { is: 'wrong', why: `${surplus} does not belong to it, and the service would read it as data: move it away` }
  const missing: string[] = []
  let bytes = 0
  for (let number = 0; number < count; number += 1) {
    const name = `postdata_${number}.bin`
    const wanted = number === count - 1 ? lastFileBytes : fileBytes
    const size = found.get(name) ?? 0
    if (size > wanted) return { is: 'wrong', why: `${name} has ${size} bytes instead of ${wanted}: it is another identity’s, or damaged` }
    bytes += size
    if (size < wanted) missing.push(name)
  }
  const hasMetadata = found.has(METADATA_FILE)
  if (missing.length === 0 && hasMetadata) return { is: 'complete', bytes }
  bytes += names.filter((name) => WORKING.test(name)).reduce((sum, name) => sum + (found.get(name) ?? 0), 0)
  if (bytes === 0) return { is: 'nothing' }
  const so = { bytes: Math.min(bytes, totalBytes), ofBytes: totalBytes }
  return {
    is: 'partial',
    ...so,
    percent: (so.bytes / totalBytes) * 100,
    missing: [...missing, ...(hasMetadata ? [] : [METADATA_FILE])].slice(0, MOST_MISSING),
  }
}

function isOneOf(name: string, count: number): boolean {
  const number = /^postdata_(0|[1-9]\d*)\.bin$/.exec(name)?.[1]
  return number !== undefined && Number(number) < count
}

/** @param metadata  text of `postdata_metadata.json`, as the export brought it */
export function readArrival(files: Pick<Files, 'list' | 'facts' | 'readWhole'>, folder: string, metadata: string): Arrival {
  const wanted = parseMetadata(metadata)
  if (!wanted.ok) return { is: 'wrong', why: `the export’s metadata is damaged: ${wanted.fault.detail}` }
  try {
    if (files.facts(folder) === undefined) return { is: 'nothing' }
    const found = new Map<string, number>()
    for (const name of files.list(folder)) {
      const facts = files.facts(`${folder}/${name}`)
      if (facts?.is === 'file') found.set(name, facts.bytes)
    }
    return otherIdentity(files, folder, { found, wanted: wanted.value }) ?? arrivalOf(wanted.value, found)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    return { is: 'unreadable', why: `${folder} cannot be looked at (${code}): see whether its disk is connected` }
  }
}

function otherIdentity(
  files: Pick<Files, 'readWhole'>,
  folder: string,
  { found, wanted }: { readonly found: ReadonlyMap<string, number>; readonly wanted: PosMetadata },
): Arrival | undefined {
  if ((found.get(METADATA_FILE) ?? 0) === 0) return undefined
  const here = parseMetadata(Buffer.from(files.readWhole(`${folder}/${METADATA_FILE}`, MOST_METADATA_BYTES)).toString('utf8'))
  // rsync writes it under a hidden name first: under its own it is whole.
  if (!here.ok) return { is: 'wrong', why: `${METADATA_FILE} is damaged: copy it again` }
  if (here.value.identity === wanted.identity) return undefined
  return {
    is: 'wrong',
    why: `the folder holds the data of ${shortId(here.value.identity)}, not of ${shortId(wanted.identity)}: choose another folder`,
  }
}

/** For the user; without a full stop. */
export function arrivalSentence(arrival: Arrival): string {
  switch (arrival.is) {
    case 'nothing':
      return 'No PoS data has arrived yet'
    case 'partial':
      return `${percent(arrival.percent)} of the PoS data has arrived (${sizeOf(arrival.bytes)} of ${sizeOf(arrival.ofBytes)}); start the same rsync command again to go on`
    case 'complete':
      return `The PoS data is complete by size (${sizeOf(arrival.bytes)})`
    case 'wrong':
    case 'unreadable':
      return `The PoS data: ${arrival.why}`
    default:
      return assertNever(arrival)
  }
}
