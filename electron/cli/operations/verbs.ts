import path from 'node:path'
import type { OperationView } from '../../../shared/domain/operation.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { EXIT, json, refuse, refusedWords, refuseUse, say, warn, withKeeper, type KeysApi, type KeysCli } from '../keys/context.ts'
import { newPassphrase, sealedPassphrase } from '../keys/secrets.ts'
import { LEFTOVER_FORMS, leftovers, removeLeftover } from './leftovers.ts'
import { operationLines } from './plan-text.ts'
import { followed, planAndRun, runPlan, tellEnd } from './run-plan.ts'

const SWITCHES = ['json', 'apply', 'yes', 'now']
const HOW = '[--json] [--apply [--yes] [--now]]'
const SECRETS = ['passphrase-file', 'passphrase-env']

interface PlanVerb extends VerbWords {
  /** What is asked for, or why these words say nothing. */
  read(words: Words, at: (file: string) => string, identityOf: (name: string) => string | undefined): ParsedPlanRequest | string
  readonly asksSecret?: 'new' | 'old'
}

const unknownName = (name: string | undefined): string =>
  name === undefined ? 'Which identity?' : `Nobody here is called ${name}. \`smeshkeeper identities\` lists them.`

function needsIdentity(
  words: Words,
  identityOf: (name: string) => string | undefined,
  make: (identity: string) => ParsedPlanRequest | string,
): ParsedPlanRequest | string {
  const [name] = words.plain
  const identity = name === undefined ? undefined : identityOf(name)
  return identity === undefined ? unknownName(name) : make(identity)
}

/** Verbs that plan, and run with `--apply`. */
export const PLAN_VERBS: Readonly<Record<string, PlanVerb>> = {
  merge: {
    usage: `merge --from DIR… --to DIR [--tool FILE] ${HOW}`,
    switches: SWITCHES,
    options: ['from', 'to', 'tool'],
    repeated: ['from'],
    plain: 0,
    read(words, at) {
      const [from, to, tool] = [words.values('from'), words.value('to'), words.value('tool')]
      if (from.length === 0 || to === undefined) return 'Which nodes, and into which?'
      return { kind: 'merge', from: from.map(at), to: at(to), names: {}, ...(tool === undefined ? {} : { tool: at(tool) }) }
    },
  },
  convert: {
    usage: `convert DIR [--back ID] [--post-listener ADDRESS] ${HOW}`,
    switches: SWITCHES,
    options: ['back', 'post-listener'],
    plain: 1,
    read(words, at, identityOf) {
      const [folder] = words.plain
      const [back, postListener] = [words.value('back'), words.value('post-listener')]
      if (folder === undefined) return 'Which data folder?'
      if (back === undefined) return { kind: 'convert', folder: at(folder), ...(postListener === undefined ? {} : { postListener }) }
      const identity = identityOf(back)
      return identity === undefined ? unknownName(back) : { kind: 'unconvert', folder: at(folder), identity }
    },
  },
  split: {
    usage: `split NAME… --to DIR [--from DIR] ${HOW}`,
    switches: SWITCHES,
    options: ['to', 'from'],
    plain: 2000,
    read(words, at, identityOf) {
      const [to, from] = [words.value('to'), words.value('from')]
      const ids = words.plain.map((name) => ({ name, id: identityOf(name) }))
      const stranger = ids.find(({ id }) => id === undefined)
      if (ids.length === 0 || stranger !== undefined) return unknownName(stranger?.name)
      if (to === undefined) return 'Into which data folder?'
      return { kind: 'split', identities: ids.map(({ id }) => id ?? ''), to: at(to), ...(from === undefined ? {} : { from: at(from) }) }
    },
  },
  retire: {
    usage: `retire NAME ${HOW}`,
    switches: SWITCHES,
    options: [],
    plain: 1,
    read: (words, _at, identityOf) => needsIdentity(words, identityOf, (identity) => ({ kind: 'retire', identity })),
  },
  'put-back': {
    usage: `put-back ENTRY [--to DIR] ${HOW}`,
    switches: SWITCHES,
    options: ['to'],
    plain: 1,
    read(words, at) {
      const [entry] = words.plain
      const to = words.value('to')
      if (entry === undefined) return 'Which entry of the quarantine? `smeshkeeper operations quarantine` lists them.'
      return { kind: 'put-back', entry, ...(to === undefined ? {} : { to: at(to) }) }
    },
  },
  'take-over': {
    usage: `take-over LABEL ${HOW}`,
    switches: SWITCHES,
    options: [],
    plain: 1,
    read: (words) =>
      words.plain[0] === undefined
        ? 'From what? `smeshkeeper scan` names the units and set-ups.'
        : { kind: 'take-over', label: words.plain[0] },
  },
  'hand-over': {
    usage: `hand-over NAME | node ${HOW}`,
    switches: SWITCHES,
    options: [],
    plain: 1,
    read: (words, _at, identityOf) =>
      words.plain[0] === 'node'
        ? { kind: 'hand-over', what: 'node' }
        : needsIdentity(words, identityOf, (what) => ({ kind: 'hand-over', what })),
  },
  move: {
    usage: `move NAME --to DIR ${HOW}`,
    switches: SWITCHES,
    options: ['to'],
    plain: 1,
    read: (words, at, identityOf) =>
      needsIdentity(words, identityOf, (identity) => {
        const to = words.value('to')
        return to === undefined ? 'Where to?' : { kind: 'move-data', identity, to: at(to) }
      }),
  },
  coinbase: {
    usage: `coinbase ADDRESS ${HOW}`,
    switches: SWITCHES,
    options: [],
    plain: 1,
    read: ({ plain: [address] }) => (address === undefined ? 'Which account shall receive the rewards?' : { kind: 'coinbase', address }),
  },
  'export-identity': {
    usage: `export-identity NAME --to FILE [--recipient AGE]… [--passphrase-file FILE | --passphrase-env NAME] ${HOW}`,
    switches: SWITCHES,
    options: ['to', 'recipient', ...SECRETS],
    repeated: ['recipient'],
    plain: 1,
    asksSecret: 'new',
    read: (words, at, identityOf) =>
      needsIdentity(words, identityOf, (identity) => {
        const file = words.value('to')
        return file === undefined
          ? 'Into which file?'
          : { kind: 'export-identity', identity, file: at(file), recipients: [...words.values('recipient')] }
      }),
  },
  'import-identity': {
    usage: `import-identity FILE [--pos-folder DIR] [--passphrase-file FILE | --passphrase-env NAME] ${HOW}`,
    switches: SWITCHES,
    options: ['pos-folder', ...SECRETS],
    plain: 1,
    asksSecret: 'old',
    read(words, at) {
      const [file] = words.plain
      const posFolder = words.value('pos-folder')
      if (file === undefined) return 'Which file?'
      return { kind: 'import-identity', file: at(file), ...(posFolder === undefined ? {} : { posFolder: at(posFolder) }) }
    },
  },
}

export async function planVerb(cli: KeysCli, words: Words, name: string): Promise<number> {
  const verb = PLAN_VERBS[name]
  if (verb === undefined) return EXIT.usage
  const refused = refusedWords(cli, words, verb)
  if (refused !== undefined) return refused
  if (!words.has('apply') && (words.has('yes') || words.has('now'))) return refuseUse(cli, '--yes and --now go with --apply.', verb)
  return withKeeper(cli, async (api) => {
    const identityOf = await nameReader(api)
    const request = verb.read(words, (file) => path.resolve(cli.folder, file), identityOf)
    if (typeof request === 'string') return refuseUse(cli, request, verb)
    const secret = await secretFor(cli, api, words, { asks: verb.asksSecret, request })
    if (typeof secret === 'number') return secret
    return planAndRun(cli, api, words, { request, ...(secret === undefined ? {} : { passphrase: secret }) })
  })
}

/** @returns the passphrase, nothing when none is needed yet, or an exit code */
async function secretFor(
  cli: KeysCli,
  api: KeysApi,
  words: Words,
  { asks, request }: { readonly asks: 'new' | 'old' | undefined; readonly request: ParsedPlanRequest },
): Promise<string | number | undefined> {
  if (asks === undefined || !words.has('apply')) return undefined
  const hasRecipients = request.kind === 'export-identity' && (request.recipients ?? []).length > 0
  const secret =
    asks === 'new' ? await newPassphrase(cli, api, words, { hasRecipients, isRemembered: false }) : await sealedPassphrase(cli, words)
  return secret.ok ? secret.value : secret.code
}

/** Names and ids of the snapshot and of the last search, ids also by their beginning when only one has it. */
async function nameReader(api: KeysApi): Promise<(name: string) => string | undefined> {
  const [snapshot, setup, scan] = await Promise.all([api.app.snapshot(), api.setup.read(), api.scan.state()])
  const inventory = scan.ok && scan.value.is === 'done' ? scan.value.inventory.identities : []
  const known = new Map<string, string>()
  for (const { id, nickname } of inventory) known.set(id, nickname ?? '')
  for (const { id, nickname } of setup.ok ? (setup.value.setup?.identities ?? []) : []) known.set(id, nickname ?? '')
  for (const { id, name } of snapshot.ok ? snapshot.value.identities : []) known.set(id, name)
  return (name) => {
    const all = [...known]
    const exact =
      all.find(([id, called]) => id === name || called === name) ?? all.find(([, called]) => called.toLowerCase() === name.toLowerCase())
    if (exact !== undefined) return exact[0]
    const begun = name.length >= 4 ? all.filter(([id]) => id.startsWith(name.toLowerCase())) : []
    return begun.length === 1 ? begun[0]?.[0] : /^[0-9a-f]{64}$/.test(name) ? name : undefined
  }
}

export const OPERATIONS: VerbWords = {
  usage: [
    'operations [ID] [--json]',
    'operations quarantine [--json]',
    'operations start ID [--json]',
    ...Object.values(LEFTOVER_FORMS).map(({ usage }) => usage),
  ].join('\n'),
  switches: ['json', 'yes'],
  options: ['typed'],
  plain: 2,
}
const LISTS: VerbWords = { ...OPERATIONS, switches: ['json'], options: [] }

/** `operations`: those that were begun, newest first; the quarantine; the start after one; data that was left behind. */
export async function operations(cli: KeysCli, words: Words): Promise<number> {
  const [what, id] = words.plain
  const form = what === 'leftovers' || what === 'remove' ? LEFTOVER_FORMS[what] : what === 'start' ? LISTS : { ...LISTS, plain: 1 }
  const refused = refusedWords(cli, words, form)
  if (refused !== undefined) return refused
  return withKeeper(cli, async (api) => {
    if (what === 'leftovers') return leftovers(cli, api, words)
    if (what === 'remove') return removeLeftover(cli, api, words)
    if (what === 'quarantine') return quarantine(cli, api, words)
    if (what === 'start') return id === undefined ? refuseUse(cli, 'Which operation?', OPERATIONS) : start(cli, api, words, id)
    const state = await api.operations.state()
    if (!state.ok) return refuse(cli, words, 'They cannot be listed', state.fault)
    const chosen = state.value.operations.filter((one) => what === undefined || one.id === what)
    if (words.has('json')) cli.out(json({ ...state.value, operations: chosen }))
    else {
      for (const one of chosen) for (const line of operationLines(one, cli.now(), what !== undefined)) say(cli, line)
      for (const problem of state.value.problems) warn(cli, `! ${problem}.`)
      if (chosen.length === 0) say(cli, what === undefined ? 'No operation was begun here.' : `No operation is called ${what}.`)
    }
    return what !== undefined && chosen.length === 0 ? EXIT.failed : EXIT.done
  })
}

async function quarantine(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const entries = await api.operations.quarantine()
  if (!entries.ok) return refuse(cli, words, 'The quarantine cannot be listed', entries.fault)
  if (words.has('json')) cli.out(json(entries.value))
  else if (entries.value.length === 0) say(cli, 'The quarantine is empty.')
  else
    for (const { id, at, why, keys } of entries.value) {
      say(cli, `${id}  ${at.slice(0, 16).replace('T', ' ')}  ${why}`)
      for (const { name, from, armedAt } of keys) say(cli, `  ${name}  from ${from}${armedAt === undefined ? '' : `; armed at ${armedAt}`}`)
    }
  return EXIT.done
}

async function start(cli: KeysCli, api: KeysApi, words: Words, id: string): Promise<number> {
  const started = await api.operations.start({ id })
  if (!started.ok) return refuse(cli, words, 'The node was not started', started.fault)
  const { checks } = started.value
  if (words.has('json')) cli.out(json({ checks }))
  else for (const { is, text } of checks) say(cli, `  ${is === 'pass' ? 'ok' : is === 'fail' ? 'X' : '…'} ${text}`)
  if (checks.some(({ is }) => is === 'fail')) return EXIT.failed
  return checks.some(({ is }) => is === 'waiting') ? EXIT.notReached : EXIT.done
}

const ENDS = { finish: 'finish ID [--json]', 'roll-back': 'roll-back ID [--json]', undo: `undo ID ${HOW}` } as const
export type EndVerb = keyof typeof ENDS
const endWords = (name: EndVerb): VerbWords => ({
  usage: ENDS[name],
  switches: name === 'undo' ? SWITCHES : ['json'],
  options: [],
  plain: 1,
})
export const END_VERBS: Readonly<Record<EndVerb, VerbWords>> = {
  finish: endWords('finish'),
  'roll-back': endWords('roll-back'),
  undo: endWords('undo'),
}

/** `finish ID`, `roll-back ID`, `undo ID`. */
export async function endVerb(cli: KeysCli, words: Words, name: EndVerb): Promise<number> {
  const refused = refusedWords(cli, words, END_VERBS[name])
  if (refused !== undefined) return refused
  const [id] = words.plain
  if (id === undefined) return refuseUse(cli, 'Which operation? `smeshkeeper operations` lists them.', END_VERBS[name])
  return withKeeper(cli, async (api) => {
    if (name === 'finish')
      return tellEnd(cli, words, {
        what: 'It did not come to its end',
        ended: await followed(cli, api, () => api.operations.finish({ id, acceptsPrice: false })),
      })
    if (name === 'roll-back')
      return tellEnd(cli, words, { what: 'It was not rolled back', ended: await followed(cli, api, () => api.operations.rollBack({ id })) })
    return undo(cli, api, words, id)
  })
}

/** Exactly as before, as long as no node was started; else a plan that carries the current rows, run with `--apply`. */
async function undo(cli: KeysCli, api: KeysApi, words: Words, id: string): Promise<number> {
  const state = await api.operations.state()
  const operation: OperationView | undefined = state.ok ? state.value.operations.find((one) => one.id === id) : undefined
  if (operation === undefined) {
    warn(cli, `No operation is called ${id}.`)
    return EXIT.failed
  }
  if (!words.has('apply')) {
    if (words.has('json')) cli.out(json(operation))
    else
      for (const line of [
        ...operationLines(operation, cli.now(), true),
        `Undo: ${operation.undo.why}`,
        'Nothing was changed. --apply undoes it.',
      ])
        say(cli, line)
    return EXIT.done
  }
  const undone = await followed(cli, api, () => api.operations.undo({ id }))
  if (!undone.ok) return refuse(cli, words, 'It was not undone', undone.fault)
  if (undone.value.is === 'undone') return tellEnd(cli, words, { what: '', ended: { ok: true, value: undone.value.operation } })
  warn(cli, 'A node was started since: what came goes back as it is now.')
  return runPlan(cli, api, words, { plan: undone.value.plan })
}
