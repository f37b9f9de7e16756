import type { FileCell, VerifyState } from '../../../shared/domain/initialization.ts'
import { bytes } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, refusedWords, refuseUse, say, type KeysApi, type KeysCli } from '../keys/context.ts'
import { ourIdentity, withRunning } from './running.ts'

export const VERIFY: VerbWords = {
  usage: [
    'verify [--json]',
    'verify begin NAME [--fraction PERCENT] [--file N]… [--json]',
    'verify pause NAME | resume NAME | cancel NAME | map NAME | rehearse NAME [--json]',
  ].join('\n'),
  switches: ['json'],
  options: ['fraction', 'file'],
  repeated: ['file'],
  plain: 2,
}

/** Everything that is verified and rehearsed. Exit 1 when one of them found something bad. */
async function list(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const state = await api.verify.state()
  if (!state.ok) return refuse(cli, words, 'What is verified is not known', state.fault)
  if (words.has('json')) cli.out(json(state.value))
  else for (const line of verifyLines(state.value)) say(cli, line)
  const { runs, rehearsals } = state.value
  const isBad = runs.some(({ badFiles, is }) => badFiles.length > 0 || is === 'failed') || rehearsals.some(({ is }) => is === 'failed')
  return isBad ? EXIT.failed : EXIT.done
}

export function verifyLines({ runs, rehearsals }: VerifyState): string[] {
  if (runs.length === 0 && rehearsals.length === 0) return ['Nothing was verified or rehearsed yet: `smeshkeeper verify begin NAME`.']
  return [
    ...runs.map(({ sentence, badFiles }) => `${badFiles.length === 0 ? ' ' : '!'} ${asSentence(sentence)}`),
    ...rehearsals.map(({ sentence, is }) => `${is === 'failed' ? '!' : ' '} ${asSentence(sentence)}`),
  ]
}

export const cellLine = ({ index, is, sizeBytes, text }: FileCell): string =>
  `${is === 'good' || is === 'unchecked' ? ' ' : '!'} postdata_${index}.bin: ${is}${sizeBytes === undefined ? '' : `, ${bytes(sizeBytes)}`}${text === undefined ? '' : `. ${asSentence(text)}`}`

async function map(cli: KeysCli, api: KeysApi, words: Words, identity: string): Promise<number> {
  const shown = await api.verify.map({ identity })
  if (!shown.ok) return refuse(cli, words, 'Its files are not known', shown.fault)
  if (words.has('json')) cli.out(json(shown.value))
  else for (const cell of shown.value.files) say(cli, cellLine(cell))
  return shown.value.files.every(({ is }) => !['bad', 'missing', 'short'].includes(is)) ? EXIT.done : EXIT.failed
}

/** @returns whole numbers of files, or `undefined` when one is none */
function fileNumbers(words: Words): number[] | undefined {
  const files = words.values('file').map(Number)
  return files.every((file) => Number.isSafeInteger(file) && file >= 0) ? files : undefined
}

function told(cli: KeysCli, words: Words, identity: string, text: string): number {
  if (words.has('json')) cli.out(json({ identity, text }))
  else say(cli, text)
  return EXIT.done
}

async function begin(cli: KeysCli, api: KeysApi, words: Words, identity: string): Promise<number> {
  const fraction = words.value('fraction')
  const percent = fraction === undefined ? 0.1 : Number(fraction)
  if (!(percent > 0 && percent <= 100)) return refuseUse(cli, '--fraction is a share of the labels in percent, up to 100.', VERIFY)
  const files = fileNumbers(words)
  if (files === undefined) return refuseUse(cli, '--file is the number of a file.', VERIFY)
  const begun = await api.verify.begin({ identity, fractionPercent: percent, ...(files.length === 0 ? {} : { files }) })
  if (!begun.ok) return refuse(cli, words, 'Nothing is verified', begun.fault)
  return told(cli, words, identity, 'It is verified in the background, between gaps; `smeshkeeper verify` shows how far it is.')
}

async function steer(cli: KeysCli, api: KeysApi, words: Words, verb: string, identity: string): Promise<number> {
  switch (verb) {
    case 'begin':
      return begin(cli, api, words, identity)
    case 'map':
      return map(cli, api, words, identity)
    case 'rehearse': {
      const begun = await api.verify.rehearse({ identity })
      return begun.ok
        ? told(cli, words, identity, 'The rehearsal has begun; `smeshkeeper verify` shows how it went.')
        : refuse(cli, words, 'Nothing is rehearsed', begun.fault)
    }
    case 'pause':
    case 'resume':
    case 'cancel': {
      const done = await api.verify[verb]({ identity })
      return done.ok ? told(cli, words, identity, WORDS[verb]) : refuse(cli, words, 'Nothing was changed', done.fault)
    }
    default:
      return refuseUse(cli, 'That is no word of this verb.', VERIFY)
  }
}

const WORDS = { pause: 'Paused.', resume: 'It goes on.', cancel: 'Cancelled; what was found is kept.' } as const

/** `verify`: samples PoS data, shows its files, rehearses a proof. */
export async function verify(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, VERIFY)
  if (refused !== undefined) return refused
  const [verb, name] = words.plain
  return withRunning(cli, async (api) => {
    if (verb === undefined) return list(cli, api, words)
    if (name === undefined) return refuseUse(cli, 'Which identity?', VERIFY)
    const identity = await ourIdentity(cli, api, name)
    return identity === undefined ? EXIT.failed : steer(cli, api, words, verb, identity)
  })
}
