import path from 'node:path'
import type { Secret } from '../../../shared/ipc/keys-contract.ts'
import type { Words } from '../arguments.ts'
import { EXIT, warn, type KeysApi, type KeysCli } from './context.ts'
import { passphraseFromFile, passphraseFromVariable, unfit } from './passphrase.ts'

/** An answer, or the exit code of a refusal that was told already. */
export type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: number }

const refused = (code: number): { readonly ok: false; readonly code: number } => ({ ok: false, code })
const given = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

const WAYS = '--passphrase-file FILE, --passphrase-env NAME'
/** Shorter ones are guessed by whoever has the file, at leisure. */
const LEAST_CHARACTERS = 12

/** The passphrase of a file or a variable, when one of them is named. */
async function namedPassphrase(cli: KeysCli, words: Words): Promise<Asked<string> | undefined> {
  const name = words.value('passphrase-env')
  const file = words.value('passphrase-file')
  if (name !== undefined) {
    const read = passphraseFromVariable(name, cli.env)
    if (read.ok) return given(read.value)
    warn(cli, `No passphrase: ${read.fault.detail}.`)
    return refused(EXIT.usage)
  }
  if (file === undefined) return undefined
  const read = await passphraseFromFile(path.resolve(cli.folder, file))
  if (!read.ok) {
    // Its name is not repeated: it may be the passphrase itself.
    warn(cli, `No passphrase: the file that --passphrase-file names ${read.fault.detail}.`)
    return refused(EXIT.usage)
  }
  if (read.value.isOpen) warn(cli, `Other users of this machine can read ${file}: \`chmod 600\` it.`)
  return given(read.value.passphrase)
}

/** Which of the ways to open a backup are named; one is enough. */
function tooMany(cli: KeysCli, words: Words, ways: readonly string[]): boolean {
  const named = ways.filter((way) => words.has(way))
  if (named.length < 2) return false
  warn(cli, `${named.map((way) => `--${way}`).join(' and ')} are two answers to one question. Give one.`)
  return true
}

async function typed(cli: KeysCli, question: string): Promise<Asked<string>> {
  const line = await cli.terminal.ask(question, { isHidden: true })
  if (line === undefined) return refused(EXIT.interrupted)
  const why = unfit(line)
  if (why === undefined) return given(line)
  warn(cli, `The passphrase ${why}.`)
  return refused(EXIT.failed)
}

export const SECRET_OPTIONS = ['passphrase-file', 'passphrase-env', 'identity-file']
export const SECRET_SWITCHES = ['remembered']
export const SECRET_USAGE = '[--passphrase-file FILE | --passphrase-env NAME | --identity-file FILE | --remembered]'

/**
 * What opens a backup. Without a word about it: typed on a terminal, else the remembered one where there is one.
 * A passphrase that nobody typed proves only the file, and the keeper is told so.
 */
export async function openingSecret(cli: KeysCli, words: Words, isRemembered: boolean): Promise<Asked<Secret>> {
  if (tooMany(cli, words, [...SECRET_OPTIONS, ...SECRET_SWITCHES])) return refused(EXIT.usage)
  const identityFile = words.value('identity-file')
  if (identityFile !== undefined) return given({ identityFile: path.resolve(cli.folder, identityFile), useRemembered: false })
  if (words.has('remembered')) return given({ useRemembered: true })
  const named = await namedPassphrase(cli, words)
  if (named !== undefined) return named.ok ? given({ passphrase: named.value, useRemembered: false, isTyped: false }) : named
  if (cli.terminal.canAsk) {
    const line = await typed(cli, 'Passphrase of this backup: ')
    return line.ok ? given({ passphrase: line.value, useRemembered: false, isTyped: true }) : line
  }
  if (isRemembered) return given({ useRemembered: true })
  warn(cli, `What opens it? There is no terminal to ask on: add ${WAYS} or --identity-file FILE.`)
  return refused(EXIT.usage)
}

/** Shows a passphrase of random words and has it typed, so that it is on paper before it protects anything. */
async function suggested(cli: KeysCli, api: KeysApi): Promise<Asked<string>> {
  const { terminal } = cli
  if (!terminal.canAsk) {
    warn(cli, '--suggest shows a passphrase: that needs a terminal, because anything else would keep it.')
    return refused(EXIT.usage)
  }
  const answer = await api.backup.suggest()
  if (!answer.ok) {
    warn(cli, `No passphrase could be made up: ${answer.fault.detail}.`)
    return refused(EXIT.failed)
  }
  const { passphrase, bits } = answer.value
  terminal.write(`Write this down, on paper and not on this machine (${Math.round(bits)} bits):\n\n    ${passphrase}\n\n`)
  for (let tries = 0; tries < 3; tries += 1) {
    const line = await terminal.ask('Type it from the paper: ', { isHidden: true })
    if (line === undefined) return refused(EXIT.interrupted)
    if (line === passphrase) return given(passphrase)
    warn(cli, 'That is not it.')
  }
  return refused(EXIT.failed)
}

async function typedTwice(cli: KeysCli): Promise<Asked<string>> {
  const first = await typed(cli, 'Passphrase for this backup: ')
  if (!first.ok) return first
  const second = await typed(cli, 'The same once more: ')
  if (!second.ok) return second
  if (first.value === second.value) return first
  warn(cli, 'These are two different passphrases. Nothing was made.')
  return refused(EXIT.failed)
}

/**
 * What protects a new backup; `undefined` when age recipients do, or the keeper uses the remembered passphrase.
 * Nobody can open a backup whose passphrase was typed wrong once, so it is typed twice.
 */
export async function newPassphrase(
  cli: KeysCli,
  api: KeysApi,
  words: Words,
  known: { readonly hasRecipients: boolean; readonly isRemembered: boolean },
): Promise<Asked<string | undefined>> {
  if (tooMany(cli, words, ['passphrase-file', 'passphrase-env', 'suggest'])) return refused(EXIT.usage)
  const chosen = (await namedPassphrase(cli, words)) ?? (words.has('suggest') ? await suggested(cli, api) : undefined)
  if (chosen === undefined && (known.hasRecipients || (known.isRemembered && !cli.terminal.canAsk))) return given(undefined)
  if (chosen === undefined && !cli.terminal.canAsk) {
    warn(cli, `What protects it? There is no terminal to ask on: add ${WAYS} or --recipient AGE1….`)
    return refused(EXIT.usage)
  }
  const passphrase = chosen ?? (await typedTwice(cli))
  if (passphrase.ok && passphrase.value.length < LEAST_CHARACTERS)
    warn(cli, 'This passphrase is short: whoever has the file can try as many as he likes. --suggest makes up a strong one.')
  return passphrase
}

/** The passphrase of a file that somebody else sealed. */
export async function sealedPassphrase(cli: KeysCli, words: Words): Promise<Asked<string>> {
  if (tooMany(cli, words, ['passphrase-file', 'passphrase-env'])) return refused(EXIT.usage)
  const named = await namedPassphrase(cli, words)
  if (named !== undefined) return named
  if (cli.terminal.canAsk) return typed(cli, 'Passphrase of this file: ')
  warn(cli, `What opens it? There is no terminal to ask on: add ${WAYS}.`)
  return refused(EXIT.usage)
}

const RECIPIENT = /^age1[02-9ac-hj-np-z]{20,2000}$/

/** Why these are no age recipients. Their text is not repeated: it may be a secret key. */
export function unfitRecipient(recipients: readonly string[]): string | undefined {
  if (recipients.some((one) => /^age-secret-key-/i.test(one)))
    return 'That is a secret key, not a recipient: it must never stand on a command line. A recipient begins with age1 (`age-keygen -y FILE` prints it).'
  return recipients.every((one) => RECIPIENT.test(one)) ? undefined : 'An age recipient begins with age1 and is written in small letters.'
}
