import { parseIdentityId } from '../../../shared/domain/ids.ts'
import type { NodeLogFact, TwinSign } from '../../../shared/domain/log-facts.ts'
import { codeBy, shorten } from '../causes.ts'
import { NODE_CAUSES } from './causes.ts'
import { fieldText, type NodeLogEntry } from './log-entry.ts'

type Tell = (entry: NodeLogEntry) => NodeLogFact | undefined
type StartStep = Extract<NodeLogFact, { fact: 'start-step' }>['step']

/** What each message of the node says, by how it begins. @source facts/node-config-and-cli.md §4, failure-modes.md §4, §5 */
const MESSAGES: readonly (readonly [string, Tell])[] = [
  ['App version: ', version],
  [
    'Loaded existing identity',
    (e) => ({ fact: 'identity-loaded', filename: fieldText(e, 'filename'), idPrefix: fieldText(e, 'public_key') }),
  ],
  [
    'Created new identity',
    (e) => ({ fact: 'identity-created', filename: fieldText(e, 'filename'), ...prefixOf(fieldText(e, 'public_key')) }),
  ],
  ['Welcome to Spacemesh', step('welcome')],
  ['starting spacemesh', step('starting', 'data-dir')],
  ['initializing p2p services', step('p2p')],
  ['running migrations', step('migrating', 'uri')],
  ['making a temporary copy of the database', step('migrating')],
  ['vacuuming db', step('migrating')],
  ['starting cache warmup', step('warm-up')],
  ['initializing tortoise', step('tortoise')],
  ['created poet client', step('poet-client', 'url')],
  ['bound to address', step('listening', 'address')],
  ['failed to fetch poet phase shift', (e) => poetSlow(e, fieldText(e, 'poet'))],
  ['registered signing key', (e) => (e.logger === 'atxBuilder' ? { fact: 'registered-key', idPrefix: fieldText(e, 'id') } : undefined)],
  ['app started', () => ({ fact: 'app-started' })],
  ['failed to start App', failure('start-failed')],
  ['app cleanup starting', () => ({ fact: 'stopping' })],
  ['app cleanup completed', () => ({ fact: 'stopped' })],
  ['coinbase account is not set', () => ({ fact: 'no-coinbase' })],
  ['post state changed', postState],
  ['post service registered', (e) => ({ fact: 'service-registered', idPrefix: fieldText(e, 'node_id') })],
  ['post service not connected', (e) => ({ fact: 'service-missing', idPrefix: fieldText(e, 'smesherID') })],
  ['challenge submitted to poet proving service', challengeSubmitted],
  ['failed to submit challenge to poet', registrationFailed],
  ['got poet proof', (e) => ({ fact: 'got-poet-proof', ...smesher(e) })],
  ['starting post execution', (e) => ({ fact: 'proving-started', ...smesher(e) })],
  ['finished post execution', (e) => ({ fact: 'proving-finished', ...smesher(e) })],
  ['initial POST is invalid', (e) => ({ fact: 'initial-post-invalid', ...smesher(e), text: errorText(e) })],
  ['initial PoST is invalid', (e) => ({ fact: 'initial-post-invalid', ...smesher(e), text: errorText(e) })],
  ['failed to generate initial proof', (e) => unlessStopping(e, { fact: 'initial-proof-failed', text: errorText(e) })],
  ['failed to publish atx', atxFailed],
  ['failed to construct merkle proof', (e) => ({ fact: 'atx-failed', ...smesher(e), why: 'membership', text: errorText(e) })],
  ['atx publish epoch has passed', (e) => ({ fact: 'atx-failed', ...smesher(e), why: 'expired', text: errorText(e) })],
  ['existing NiPoST challenge is stale', (e) => ({ fact: 'atx-failed', ...smesher(e), why: 'expired', text: errorText(e) })],
  ['atx published', atxPublished],
  ['smesher produced more than one ballot', (e) => twin('two-ballots', fieldText(e, 'smesher'), errorText(e))],
  ['peers offset is larger than max allowed clock difference', (e) => ({ fact: 'clock-off', text: errorText(e) })],
  ['peers are not time synced', (e) => ({ fact: 'clock-off', text: errorText(e) })],
]

/** Signs of a second node with the same key that stand in an error text, with the id that it names. */
const TWIN_ERRORS: readonly (readonly [TwinSign, RegExp])[] = [
  ['already-published', /([0-9a-f]{6,64}) already published an ATX in epoch \d+/],
  ['same-previous-atx', /multiple ATXs with the same previous ATX \S+ published by ([0-9a-f]{6,64})/],
  ['managed-by-node', /identity ([0-9a-f]{6,64}) is managed by node/],
]

/** What one entry says; `undefined` when nothing we use. */
export function entryFact(entry: NodeLogEntry): NodeLogFact | undefined {
  if (entry.level === 'FATAL' || entry.level === 'PANIC' || entry.level === 'DPANIC') return failure('fatal')(entry)
  if (entry.level === 'WARN' || entry.level === 'ERROR') {
    const error = errorText(entry)
    for (const [sign, pattern] of TWIN_ERRORS) {
      const found = pattern.exec(error)
      if (found !== null) return twin(sign, found[1] ?? '', error)
    }
  }
  return MESSAGES.find(([begin]) => entry.message.startsWith(begin))?.[1](entry)
}

/** Message and error of an entry in one line. */
export function errorText(entry: NodeLogEntry): string {
  const error = fieldText(entry, 'error', 'errmsg')
  return shorten(error === '' ? entry.message : `${entry.message}: ${error}`, 1000)
}

function version(entry: NodeLogEntry): NodeLogFact | undefined {
  const found = /^App version: (\S+?)\.? Git:/.exec(entry.message)
  if (found === null) return undefined
  const genesisId = /Genesis (?:0x)?([0-9a-f]{40})/.exec(entry.message)?.[1]
  return { fact: 'version', version: found[1] ?? '', ...(genesisId === undefined ? {} : { genesisId }) }
}

function step(name: StartStep, detailField?: string): Tell {
  return (entry) => {
    const detail = detailField === undefined ? '' : fieldText(entry, detailField)
    return { fact: 'start-step', step: name, ...(detail === '' ? {} : { detail }) }
  }
}

function failure(fact: 'start-failed' | 'fatal'): Tell {
  return (entry) => {
    const text = fact === 'start-failed' ? shorten(fieldText(entry, 'errmsg', 'error') || entry.message, 1000) : errorText(entry)
    return { fact, text, code: codeBy(NODE_CAUSES, text, fact === 'fatal' ? 'node/fatal' : 'node/start-failed') }
  }
}

function postState(entry: NodeLogEntry): NodeLogFact | undefined {
  const identity = parseIdentityId(fieldText(entry, 'id'))
  const state = fieldText(entry, 'state').toLowerCase()
  return identity !== undefined && (state === 'idle' || state === 'proving') ? { fact: 'post-state', identity, state } : undefined
}

function challengeSubmitted(entry: NodeLogEntry): NodeLogFact {
  const [poet, round] = [fieldText(entry, 'poet', 'poet_address'), fieldText(entry, 'round')]
  return { fact: 'challenge-submitted', ...smesher(entry), ...(poet === '' ? {} : { poet }), ...(round === '' ? {} : { round }) }
}

function registrationFailed(entry: NodeLogEntry): NodeLogFact | undefined {
  const text = errorText(entry)
  if (/409|conflicting registration/.test(text)) return twin('poet-conflict', fieldText(entry, 'smesherID'), text)
  return unlessStopping(entry, { fact: 'poet-registration-failed', ...smesher(entry), text })
}

function atxFailed(entry: NodeLogEntry): NodeLogFact | undefined {
  const text = errorText(entry)
  return unlessStopping(entry, { fact: 'atx-failed', ...smesher(entry), why: whyAtxFailed(text), text })
}

function whyAtxFailed(text: string): Extract<NodeLogFact, { fact: 'atx-failed' }>['why'] {
  if (/SQLITE_|database/.test(text)) return 'database'
  if (/not a member of the proof/.test(text)) return 'membership'
  if (/atx expired|round has already started|deadline to (?:query|publish)|epoch has passed/i.test(text)) return 'expired'
  if (/GEN_PROOF|generate Post|proof generation/i.test(text)) return 'proof'
  if (/poet/i.test(text)) return 'poet'
  return 'other'
}

function atxPublished(entry: NodeLogEntry): NodeLogFact {
  const atxId = fieldText(entry, 'atx_id', 'id')
  return { fact: 'atx-published', ...smesher(entry), ...(atxId === '' ? {} : { atxId }) }
}

function poetSlow(entry: NodeLogEntry, poet: string): NodeLogFact {
  return { fact: 'poet-slow', ...(poet === '' ? {} : { poet }), text: errorText(entry) }
}

/** A request to a PoET during the start: waited for, or refused. */
export function poetQuestion(entry: NodeLogEntry): NodeLogFact | undefined {
  if (entry.logger !== 'poet' && entry.logger !== 'nipostBuilder.poet') return undefined
  const poet = fieldText(entry, 'url').replace(/\/v1\/info$/, '')
  if (entry.message === 'performing request') return { fact: 'start-step', step: 'poet-waiting', ...(poet === '' ? {} : { detail: poet }) }
  return entry.message === 'request failed' ? poetSlow(entry, poet) : undefined
}

/** A node that is stopping breaks off what it does; that is no failure. */
const unlessStopping = (entry: NodeLogEntry, fact: NodeLogFact): NodeLogFact | undefined =>
  /context canceled/.test(fieldText(entry, 'error', 'errmsg')) ? undefined : fact

const twin = (sign: TwinSign, idPrefix: string, text: string): NodeLogFact => ({ fact: 'twin-sign', sign, ...prefixOf(idPrefix), text })
const smesher = (entry: NodeLogEntry): { idPrefix?: string } => prefixOf(fieldText(entry, 'smesherID', 'smesher_id', 'node_id', 'smesher'))
const prefixOf = (idPrefix: string): { idPrefix?: string } => (idPrefix === '' ? {} : { idPrefix })
