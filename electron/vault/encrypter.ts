import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { textOf } from '../../shared/domain/fault.ts'
import type { OpenSecret } from './age-reader.ts'
import type { Opener } from './format.ts'
import type { MakeJob } from './make.ts'

/** A recipient that age does not take; the text says which and what to do. */
export class RecipientError extends Error {
  override readonly name = 'RecipientError'
}

/**
 * A file for recipients gets one more, made for this run: we hold no identity of the user's, and what was never decrypted
 * is not known to open. Its secret is forgotten with this process.
 */
export async function encrypterFor(
  job: Pick<MakeJob, 'passphrase' | 'recipients'>,
  opener: Opener,
  workFactor: number | undefined,
): Promise<{ readonly encrypter: Encrypter; readonly secret: OpenSecret }> {
  const encrypter = new Encrypter()
  if (opener === 'passphrase') {
    const passphrase = job.passphrase ?? ''
    encrypter.setPassphrase(passphrase)
    if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor)
    return { encrypter, secret: { passphrase } }
  }
  for (const recipient of job.recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw new RecipientError(whyNot(recipient, cause), { cause })
    }
  }
  const own = await generateX25519Identity()
  encrypter.addRecipient(await identityToRecipient(own))
  return { encrypter, secret: { identities: [own] } }
}

/** Only what is public is quoted: people paste the wrong line. */
function whyNot(recipient: string, cause: unknown): string {
  const again = 'copy the line that begins with age1 from age-keygen’s output'
  if (/^AGE-SECRET-KEY-/i.test(recipient)) return `what was given as a recipient is the secret key itself: ${again}`
  if (!recipient.startsWith('age1')) return `what was given as a recipient is no age recipient: ${again}`
  return `${recipient.slice(0, 20)}… is no age recipient (${textOf(cause)}): ${again}`
}

/** Pulls as the other side reads; giving up on it gives up on its source. */
export function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const each = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await each.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await each.return?.()
    },
  })
}
