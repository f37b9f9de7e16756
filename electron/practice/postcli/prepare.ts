import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { CliFlags } from './flags.ts'
import { fileCount } from './initialize.ts'
import { readMetadata, type CliMetadata } from './metadata.ts'
import { LABEL_BYTES } from '../pos-labels.ts'
import { Exit, type Voices } from './output.ts'

export interface Asking {
  readonly voices: Voices
  /** Reads one answer from stdin; undefined when it is closed. */
  readonly ask: () => string | undefined
  readonly panic: (text: string) => Exit
}

function confirm({ voices, ask }: Asking, isSure: boolean): void {
  if (isSure) return
  voices.log('Are you sure you want to continue (y/N)?')
  if (/^y$/i.test(ask()?.trim() ?? '')) return
  voices.log('Aborting')
  throw new Exit(1)
}

interface Difference {
  readonly name: string
  readonly current: string | number
  readonly given: string | number
}

function differs(voices: Voices, datadir: string, { name, current, given }: Difference): void {
  voices.log(`WARNING: it appears that ${datadir} was previously initialized with a different \`${name}\` value.`)
  voices.log(`\tCurrent value: ${current}`)
  voices.log(`\tValue passed to postcli: ${given}`)
}

/** Compares the arguments with what the folder says. @throws Exit 1 for another identity or commitment */
function compareWithFolder(flags: CliFlags, found: CliMetadata, asking: Asking): void {
  const { voices } = asking
  const stop = (name: string, current: string, given: string): Exit => {
    differs(voices, flags.datadir, { name, current, given })
    voices.log('aborting')
    return new Exit(1)
  }
  const id = found.identity.toString('hex')
  if (flags.id !== '' && flags.id.toLowerCase() !== id) throw stop('id', id, flags.id)
  const commitment = found.commitmentAtxId.toString('hex')
  if (flags.commitmentAtxId.toLowerCase() !== commitment) throw stop('commitmentAtxId', commitment, flags.commitmentAtxId)
  if (flags.numUnits !== found.numUnits) {
    differs(voices, flags.datadir, { name: 'numUnits', current: found.numUnits, given: flags.numUnits })
    if (!flags.yes && flags.numUnits < found.numUnits) {
      const last = fileCount(flags) - 1
      voices.log(`CONTINUING MIGHT ERASE EXISTING DATA. MAKE ABSOLUTELY SURE YOU WANT THIS. Files above ${last} would be removed.`)
    }
    confirm(asking, flags.yes)
  }
}

function warnOfMainnet(flags: CliFlags, asking: Asking): void {
  const { log } = asking.voices
  const foreign = (name: string): void => {
    log(`WARNING: ${name} is set to a non-default value.`)
    log(`If you're trying to initialize for mainnet, please remove the -${name} flag`)
    if (!flags.yes) log('CONTINUING WILL INITIALIZE DATA INCOMPATIBLE WITH MAINNET. MAKE ABSOLUTELY SURE YOU WANT THIS.')
    confirm(asking, flags.yes)
  }
  if (flags.numUnits > 0 && (flags.numUnits < 4 || flags.numUnits > 1_048_576)) {
    log('WARNING: numUnits is outside of range valid for mainnet (min: 4 max: 1048576 )')
    confirm(asking, flags.yes)
  }
  if (flags.labelsPerUnit !== 4_294_967_296) foreign('labelsPerUnit')
  if (flags.scryptN !== 8192) foreign('scryptN')
}

/** 64 bytes as hex: seed, then public key. */
function newIdentity(datadir: string, { log }: Voices): Buffer {
  log('cli: generating new identity')
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const identity = createPublicKey(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })))
    .export({ format: 'der', type: 'spki' })
    .subarray(-32)
  mkdirSync(datadir, { recursive: true, mode: 0o700 })
  writeFileSync(path.join(datadir, 'identity.key'), Buffer.concat([seed, identity]).toString('hex'), { mode: 0o600 })
  log('generated key in identity.key')
  log('copy this file to the `data/identities` directory of your node')
  return identity
}

function identityOf(flags: CliFlags, found: CliMetadata | undefined, voices: Voices): Buffer {
  if (flags.id !== '') return Buffer.from(flags.id, 'hex')
  if (found !== undefined) return found.identity
  const key = path.join(flags.datadir, 'identity.key')
  if (existsSync(key)) return Buffer.from(readFileSync(key, 'utf8'), 'hex').subarray(32)
  return newIdentity(flags.datadir, voices)
}

const badHex = (text: string): string | undefined => {
  const bad = /[^0-9a-fA-F]/u.exec(text)?.[0]
  if (bad === undefined) return text.length % 2 === 0 ? undefined : 'encoding/hex: odd length hex string'
  const code = (bad.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `encoding/hex: invalid byte: U+${code} '${bad}'`
}

const hasLabels = (datadir: string): boolean =>
  existsSync(datadir) &&
  readdirSync(datadir).some((name) => /^postdata_\d+\.bin$/.test(name) && statSync(path.join(datadir, name)).size >= LABEL_BYTES)

function checkMismatch(flags: CliFlags, found: CliMetadata | undefined, { panic }: Asking): void {
  if (flags.numUnits < 1) throw panic(`invalid \`opts.NumUnits\`; expected: >= 4, given: ${flags.numUnits}`)
  if (found === undefined) return
  const mismatch = (name: string, expected: string | number, there: string | number): Exit =>
    panic(`\`${name}\` config mismatch; expected: ${expected}, found: ${there}, datadir: ${flags.datadir}`)
  if (flags.labelsPerUnit !== found.labelsPerUnit) throw mismatch('LabelsPerUnit', flags.labelsPerUnit, found.labelsPerUnit)
  if (flags.maxFileSize !== found.maxFileSize) throw mismatch('MaxFileSize', flags.maxFileSize, found.maxFileSize)
  if (flags.numUnits > found.numUnits) throw mismatch('NumUnits', `>= ${flags.numUnits}`, found.numUnits)
}

/** All checks before an initialization, in postcli's order; what the folder's metadata shall be. @throws Exit */
export function prepare(flags: CliFlags, given: ReadonlySet<string>, asking: Asking): CliMetadata {
  const { log } = asking.voices
  const found = readMetadata(flags.datadir)
  if (found !== undefined || flags.reset) {
    for (const name of ['numUnits', 'commitmentAtxId']) {
      if (given.has(name)) continue
      log(`-${name} must be specified to perform initialization.`)
      throw new Exit(1)
    }
  }
  if (flags.provider === undefined && !flags.reset) {
    log('-provider flag is required')
    throw new Exit(1)
  }
  const bad = badHex(flags.commitmentAtxId)
  if (bad !== undefined) log(`invalid commitmentAtxId: ${bad}`)
  if (found !== undefined) compareWithFolder(flags, found, asking)
  warnOfMainnet(flags, asking)
  const identity = identityOf(flags, found, asking.voices)
  if (bad !== undefined) {
    log(`failed to decode commitmentAtxId ${flags.commitmentAtxId}: ${bad}`)
    throw new Exit(1)
  }
  const commitmentAtxId = Buffer.from(flags.commitmentAtxId, 'hex')
  if (commitmentAtxId.length !== 32)
    throw asking.panic(`invalid \`commitmentAtxId\` length; expected: 32, given: ${commitmentAtxId.length}`)
  checkMismatch(flags, found, asking)
  if (found === undefined && hasLabels(flags.datadir)) throw asking.panic('metadata file is missing')
  const { numUnits, labelsPerUnit, maxFileSize } = flags
  return { identity, commitmentAtxId, numUnits, labelsPerUnit, maxFileSize, nonce: found?.nonce }
}
