import path from 'node:path'
import type { InitJob, InitOptions, InitPlan, InitState } from '../../../shared/domain/initialization.ts'
import { bytes, moment, plural, speed } from '../../../shared/domain/words.ts'
import type { ParsedInitRequest } from '../../../shared/ipc/machine-contract.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, refusedWords, refuseUse, say, type KeysApi, type KeysCli } from '../keys/context.ts'
import { ourIdentity, withRunning } from './running.ts'

export const INIT: VerbWords = {
  usage: [
    'init [--json]',
    'init options [--json]',
    'init new NAME --folder DIR --units N --provider P… [--nonces N] [--file-bytes N] [--apply] [--json]',
    'init public ID --folder DIR --units N --provider P… [--apply] [--json]',
    'init existing NAME --folder DIR --units N --provider P… [--apply] [--json]',
    'init pause JOB | resume JOB | first JOB | discard JOB [--json]',
    'init test PROVIDER [--json]',
    'init watch DIR | forget DIR | add DIR [--json]',
  ].join('\n'),
  switches: ['json', 'apply'],
  options: ['folder', 'units', 'provider', 'nonces', 'file-bytes'],
  repeated: ['provider'],
  plain: 2,
}

const DEFAULT_NONCES = 288

const jobLine = ({ id, sentence }: InitJob): string => `  ${asSentence(sentence)}  [${id}]`

export function initLines({ jobs, arrivals }: InitState): string[] {
  if (jobs.length === 0 && arrivals.length === 0)
    return ['No PoS data is being made. `smeshkeeper init options` shows disks and providers.']
  return [...jobs.map(jobLine), ...arrivals.map(({ folder, sentence }) => `  ${folder}: ${asSentence(sentence)}`)]
}

export function optionLines(options: InitOptions): string[] {
  const { disks, providers, commitment, binary, unitBytes } = options
  return [
    ...(binary.is === 'missing' ? [`! ${asSentence(binary.why)}`] : []),
    ...(commitment.is === 'missing' ? [`! ${asSentence(commitment.why)}`] : []),
    `One Space Unit is ${bytes(unitBytes)}.`,
    ...disks.map(({ label, root, mostUnits, usableBytes, why }) =>
      why === undefined
        ? `  ${label}: up to ${plural(mostUnits, 'Space Unit')} (${bytes(usableBytes)}) below ${root}`
        : `! ${label}: ${asSentence(why)}`,
    ),
    ...providers.map(
      ({ id, name, bytesPerSecond }) =>
        `  provider ${id}: ${name}, ${bytesPerSecond === undefined ? 'not measured' : speed(bytesPerSecond)}`,
    ),
  ]
}

export function planLines(plan: InitPlan, now: number): string[] {
  return [
    plan.headline,
    `  ${plural(plan.numUnits, 'Space Unit')}, ${bytes(plan.totalBytes)} in ${plural(plan.fileCount, 'file')}, in ${plan.folder}`,
    ...plan.steps.map(({ text, detail }, at) => `  ${at + 1}. ${asSentence(text)}${detail === undefined ? '' : ` ${asSentence(detail)}`}`),
    ...plan.risks.map(({ severity, text }) => `${severity === 'info' ? ' ' : '!'} ${asSentence(text)}`),
    ...(plan.readyAt === undefined ? [] : [`  Ready ${moment(plan.readyAt, now)}.`]),
    ...(plan.firstProof === undefined ? [] : [`  First proof ${moment(plan.firstProof.at, now)}, epoch ${plan.firstProof.epoch}.`]),
    ...plan.refusals.map(({ text, fix }) => `! ${asSentence(text)} ${asSentence(fix)}`),
  ]
}

const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined)

/** What is to be made, from the words; a sentence when they do not say it. */
async function requestOf(cli: KeysCli, api: KeysApi, words: Words): Promise<ParsedInitRequest | string | undefined> {
  const [kind, name = ''] = words.plain
  const folder = words.value('folder')
  const numUnits = whole(words.value('units'))
  const providers = words.values('provider').map((text) => whole(text))
  const known = providers.filter((one) => one !== undefined)
  const nonces = words.value('nonces')
  const fileBytes = words.value('file-bytes')
  if (name === '') return 'What is it called, or whose is it?'
  if (folder === undefined) return '--folder says where the data goes.'
  if (numUnits === undefined || numUnits === 0) return '--units is a whole number of Space Units.'
  if (known.length === 0 || known.length < providers.length) return '--provider is the number of a provider; `init options` lists them.'
  if (nonces !== undefined && whole(nonces) === undefined) return '--nonces is a multiple of 16.'
  if (fileBytes !== undefined && whole(fileBytes) === undefined) return '--file-bytes is a whole number.'
  const rest = {
    folder: path.resolve(cli.folder, folder),
    numUnits,
    providers: known,
    nonces: nonces === undefined ? DEFAULT_NONCES : Number(nonces),
    randomx: 'fast' as const,
    ...(fileBytes === undefined ? {} : { maxFileBytes: Number(fileBytes) }),
  }
  if (kind === 'new') return { key: { is: 'new', name }, ...rest }
  if (kind === 'public') return { key: { is: 'public', id: name.toLowerCase() }, ...rest }
  const id = await ourIdentity(cli, api, name)
  return id === undefined ? undefined : { key: { is: 'existing', id }, ...rest }
}

/** Shows the plan and changes nothing; with `--apply` it is begun. */
async function make(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const request = await requestOf(cli, api, words)
  if (request === undefined) return EXIT.failed
  if (typeof request === 'string') return refuseUse(cli, request, INIT)
  const planned = await api.init.plan(request)
  if (!planned.ok) return refuse(cli, words, 'Nothing can be planned', planned.fault)
  const plan = planned.value
  if (words.has('json') && !words.has('apply')) cli.out(json(plan))
  else if (!words.has('json')) for (const line of planLines(plan, cli.now())) say(cli, line)
  if (plan.refusals.length > 0) return EXIT.failed
  if (!words.has('apply')) return EXIT.done
  const begun = await api.init.begin({ plan: plan.id })
  if (!begun.ok) return refuse(cli, words, 'Nothing was begun', begun.fault)
  if (words.has('json')) cli.out(json(begun.value))
  else say(cli, `It is in the queue as ${begun.value.id}; \`smeshkeeper init\` shows how far it is.`)
  return EXIT.done
}

const STEERS = {
  pause: 'It pauses after the running batch; what is written is kept.',
  resume: 'It goes on.',
  first: 'It is the first in the queue; what is being written goes on until it is done or paused.',
  test: 'Some labels are made and compared with the processor’s; `init options` shows the speed.',
  watch: 'The folder is watched.',
  forget: 'The folder is watched no longer; nothing in it was changed.',
} as const

async function steer(cli: KeysCli, api: KeysApi, words: Words, verb: string, name: string): Promise<number> {
  const done = await steered(cli, api, verb, name)
  if (done === undefined) return refuseUse(cli, 'That is no word of this verb.', INIT)
  if (!done.ok) return refuse(cli, words, 'Nothing was changed', done.fault)
  const text = typeof done.value === 'object' ? done.value.text : STEERS[verb as keyof typeof STEERS]
  if (words.has('json')) cli.out(json({ text }))
  else say(cli, asSentence(text))
  return EXIT.done
}

async function putFirst(api: KeysApi, id: string) {
  const state = await api.init.state()
  const others = state.ok ? state.value.jobs.map((job) => job.id).filter((one) => one !== id) : []
  return api.init.reorder({ ids: [id, ...others] })
}

async function steered(cli: KeysCli, api: KeysApi, verb: string, name: string) {
  const folder = path.resolve(cli.folder, name)
  switch (verb) {
    case 'pause':
      return api.init.pause({ id: name })
    case 'resume':
      return api.init.resume({ id: name })
    case 'first':
      return putFirst(api, name)
    case 'test': {
      const provider = whole(name)
      return provider === undefined ? undefined : api.init.benchmark({ providers: [provider] })
    }
    case 'discard':
      return api.init.discard({ id: name })
    case 'watch':
      return api.init.watchArrival({ folder })
    case 'forget':
      return api.init.forgetArrival({ folder })
    case 'add':
      return api.init.addArrived({ folder })
    default:
      return undefined
  }
}

/** `init`: makes PoS data for a new identity, and shows what is being made. */
export async function init(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, INIT)
  if (refused !== undefined) return refused
  const [verb, name] = words.plain
  return withRunning(cli, async (api) => {
    if (verb === undefined) {
      const state = await api.init.state()
      if (!state.ok) return refuse(cli, words, 'What is being made is not known', state.fault)
      if (words.has('json')) cli.out(json(state.value))
      else for (const line of initLines(state.value)) say(cli, line)
      return state.value.jobs.some(({ stage }) => stage.is === 'failed') ? EXIT.failed : EXIT.done
    }
    if (verb === 'options') {
      const options = await api.init.options()
      if (!options.ok) return refuse(cli, words, 'What can be made here is not known', options.fault)
      if (words.has('json')) cli.out(json(options.value))
      else for (const line of optionLines(options.value)) say(cli, line)
      return EXIT.done
    }
    if (verb === 'new' || verb === 'public' || verb === 'existing') return make(cli, api, words)
    if (name === undefined) return refuseUse(cli, 'Which one?', INIT)
    return steer(cli, api, words, verb, name)
  })
}
