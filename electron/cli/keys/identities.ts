import path from 'node:path'
import { moment } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { declined } from './confirm.ts'
import { asSentence, EXIT, json, refuse, refusedWords, refuseUse, say, warn, withKeeper, type KeysApi, type KeysCli } from './context.ts'
import { backupText, knownIdentities, type KnownIdentity } from './known.ts'
import { identityNamed, titleOf } from './names.ts'

export const IDENTITIES: VerbWords = {
  usage: [
    'identities [--base64] [--json]',
    'identities conflicts [--json]',
    'identities disarm ID PATH [--yes] [--json]',
    'identities release ID [--typed LAST-8] [--yes] [--json]',
  ].join('\n'),
  switches: ['json', 'base64', 'yes'],
  options: ['typed'],
  plain: 3,
}

/** What each form takes of that. */
const FORMS: ReadonlyMap<string, Omit<VerbWords, 'usage'>> = new Map([
  ['list', { switches: ['json', 'base64'], options: [], plain: 0 }],
  ['conflicts', { switches: ['json'], options: [], plain: 1 }],
  ['disarm', { switches: ['json', 'yes'], options: [], plain: 3 }],
  ['release', { switches: ['json', 'yes'], options: ['typed'], plain: 2 }],
])

function linesOf(one: KnownIdentity, isBase64: boolean, now: number): string[] {
  const { key, data, hold, sentence, copies, posFolders } = one
  const place = copies[0]?.path ?? ''
  const until = hold?.until === undefined ? '' : ` Until ${moment(hold.until, now)} nothing arms it by itself.`
  return [
    `${titleOf(one)}${one.isInSetup ? '' : ', not in the set-up'}`,
    `  id      ${isBase64 ? one.idBase64 : one.id}`,
    `  key     ${key}${place === '' ? '' : `: ${place}`}${copies.length > 1 ? ` and ${copies.length - 1} more` : ''}`,
    `  data    ${data}${posFolders.length === 0 ? '' : `: ${posFolders.join(', ')}`}`,
    `  backup  ${backupText(one.backup, now)}`,
    ...(hold === undefined ? [] : [`  held    ${asSentence(hold.reason)}${until}`]),
    ...(sentence === undefined ? [] : [`  ${asSentence(sentence)}`]),
  ]
}

async function list(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const known = await knownIdentities(api)
  if (!known.ok) return refuse(cli, words, 'The identities are not known', known.fault)
  if (words.has('json')) {
    cli.out(json(known.value))
    return EXIT.done
  }
  const { identities, searchedAt, backup } = known.value
  for (const one of identities) for (const line of linesOf(one, words.has('base64'), cli.now())) say(cli, line)
  if (identities.length === 0) say(cli, 'No identity is known.')
  if (searchedAt === undefined) say(cli, 'This machine was not searched yet: `smeshkeeper scan` does it.')
  say(cli, asSentence(backup.sentence))
  return EXIT.done
}

async function conflicts(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const listed = await api.keys.conflicts()
  if (!listed.ok) return refuse(cli, words, 'Whether a key could run twice is not known', listed.fault)
  const asked = await api.keys.blindSpots()
  if (!asked.ok) return refuse(cli, words, 'Whether every other node could be looked into is not known', asked.fault)
  const unseen = asked.value
  if (words.has('json')) cli.out(json({ conflicts: listed.value, blindSpots: unseen }))
  else {
    if (listed.value.length === 0)
      say(cli, unseen.length === 0 ? 'No key here could run twice.' : 'No key that can be read here could run twice.')
    for (const line of unseen) say(cli, asSentence(line))
    for (const { identity, grade, here, there, by, pid, sentence, overriddenAt } of listed.value) {
      say(cli, asSentence(sentence))
      say(cli, `  identity  ${identity}`)
      say(cli, `  here      ${here}`)
      say(cli, `  there     ${there} (${by}${pid === undefined ? '' : `, pid ${pid}`}${grade === 'running' ? ', runs' : ''})`)
      if (overriddenAt !== undefined) say(cli, '  You have said that this is safe.')
    }
  }
  return listed.value.every(({ overriddenAt }) => overriddenAt !== undefined) ? EXIT.done : EXIT.failed
}

/** Told with the id as it is shown, never as it was given. */
async function named(cli: KeysCli, api: KeysApi, text: string): Promise<string | undefined> {
  const known = await knownIdentities(api)
  const id = identityNamed(text, known.ok ? known.value.identities : [])
  if (id === undefined) warn(cli, 'No identity is called so, or several are. `smeshkeeper identities` lists them; give the whole id.')
  return id
}

async function disarm(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const [, name, place] = words.plain
  if (name === undefined || place === undefined) return refuseUse(cli, 'Which identity, and which of its key files?', IDENTITIES)
  const identity = await named(cli, api, name)
  if (identity === undefined) return EXIT.failed
  const input = { identity, path: path.resolve(cli.folder, place) }
  const what = 'Nothing was disarmed'
  await api.keys.conflicts() // a keeper that has just begun knows of none before it has looked
  const stop = await declined(cli, api, words, { call: 'keys.disarm', input, what })
  if (stop !== undefined) return stop
  const done = await api.keys.disarm(input)
  if (!done.ok) return refuse(cli, words, what, done.fault)
  if (words.has('json')) cli.out(json({ identity, quarantined: done.value.quarantined }))
  else say(cli, `Disarmed. The key file is kept here: ${done.value.quarantined}`)
  return EXIT.done
}

async function release(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const [, name] = words.plain
  if (name === undefined) return refuseUse(cli, 'Which identity?', IDENTITIES)
  const identity = await named(cli, api, name)
  if (identity === undefined) return EXIT.failed
  const what = 'It stays held'
  const asked = words.value('typed')
  const first = asked === undefined ? { identity } : { identity, typed: asked }
  const stop = await declined(cli, api, words, { call: 'keys.release', input: first, what })
  if (stop !== undefined) return stop
  let done = await api.keys.release(first)
  // Its window has not passed: a yes is not enough.
  if (!done.ok && done.fault.code === 'keys/not-typed' && asked === undefined && cli.terminal.canAsk) {
    warn(cli, asSentence(done.fault.detail))
    const typed = await cli.terminal.ask('The last eight characters of its id (hex): ', { isHidden: false })
    if (typed === undefined) return EXIT.interrupted
    done = await api.keys.release({ identity, typed: typed.trim() })
  }
  if (!done.ok) {
    const code = refuse(cli, words, what, done.fault)
    return done.fault.code === 'keys/not-typed' ? EXIT.unconfirmed : code
  }
  const { placed, needsRestart } = done.value
  if (words.has('json')) cli.out(json({ identity, placed, needsRestart }))
  else say(cli, `Armed: ${placed}.${needsRestart ? ' The node takes it up at its next start.' : ''}`)
  return EXIT.done
}

/** `identities`: every identity that is known here; its forms tell of conflicts and settle them. */
export async function identities(cli: KeysCli, words: Words): Promise<number> {
  const [what = 'list'] = words.plain
  const form = FORMS.get(what)
  if (form === undefined) return refuseUse(cli, 'There is no such form.', IDENTITIES)
  const refused = refusedWords(cli, words, { usage: IDENTITIES.usage, ...form })
  if (refused !== undefined) return refused
  return withKeeper(cli, (api) => {
    switch (what) {
      case 'conflicts':
        return conflicts(cli, api, words)
      case 'disarm':
        return disarm(cli, api, words)
      case 'release':
        return release(cli, api, words)
      default:
        return list(cli, api, words)
    }
  })
}
