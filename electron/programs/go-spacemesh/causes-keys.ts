import type { CauseRule } from '../causes.ts'

const consequence = 'The node cannot start; no identity is lost by that.'
const RESTORE = 'Put the file back from a backup.'

/** Key files, smeshing mode and coinbase. @source facts/failure-modes.md §1, facts/identity-and-keys.md §3, §4 */
export const KEY_CAUSES: readonly CauseRule[] = [
  {
    code: 'node/key-size',
    pattern: /failed to construct identity ([^\n:]*): invalid key size (\d+)\/(\d+)/,
    say: ([, file, bytes]) => ({
      cause: `The key file ${file ?? ''} has the wrong length (${bytes ?? ''} bytes instead of 64).`,
      consequence,
      action: `${RESTORE} A line end or byte order mark put there by an editor has the same effect.`,
    }),
  },
  {
    code: 'node/key-not-hex',
    pattern: /decoding private key in ([^\n:]*): encoding\/hex: ([^\n]*)/,
    say: ([, file]) => ({
      cause: `The key file ${file ?? ''} holds something that is not hexadecimal, for example a line end.`,
      consequence,
      action: `${RESTORE} Do not edit it by hand.`,
    }),
  },
  {
    code: 'node/key-mismatch',
    pattern: /failed to construct identity ([^\n:]*): private and public do not match/,
    say: ([, file]) => ({ cause: `The two halves of the key in ${file ?? ''} do not belong together.`, consequence, action: RESTORE }),
  },
  {
    code: 'node/key-unreadable',
    pattern: /failed to open identity file at ([^\n:]*(?::\\[^\n:]*)?): ([^\n]*)/,
    say: ([, file]) => ({
      cause: `The key file ${file ?? ''} may not be read.`,
      consequence,
      action: 'Give the user that runs the node the right to read it.',
    }),
  },
  {
    code: 'node/key-duplicate',
    pattern: /duplicate key found in identity files/,
    say: () => ({
      cause: 'Two files in the identities folder hold the same key.',
      consequence,
      action: 'Move one of them away; the log names both.',
    }),
  },
  {
    code: 'node/local-key-beside-others',
    pattern: /supervised key found in remote smeshing mode/,
    say: () => ({
      cause: 'The identities folder holds local.key beside other keys.',
      consequence,
      action: 'If the node made it by itself and it has no PoS data, move it away; if it is a real identity, give it another name.',
    }),
  },
  {
    code: 'node/local-key-exists',
    pattern: /save identity file ([^\n:]*): file already exists/,
    say: ([, file]) => ({
      cause: `The node wanted to make a new key, but ${file ?? 'one'} is there already. A link that points nowhere is the usual reason.`,
      consequence,
      action: 'Remove the bad link from the identities folder.',
    }),
  },
  {
    code: 'node/identities',
    pattern: /loading identities: ([^\n]*)/,
    say: ([, why]) => ({ cause: `The node cannot read its keys (${why ?? ''}).`, consequence, action: RESTORE }),
  },
  {
    code: 'node/smeshing-start-remote',
    pattern: /smeshing enabled in remote setup|supervised smeshing cannot be started in a (?:remote or )?multi-smeshing setup/,
    say: () => ({
      cause: 'smeshing-start is on, but the keys are for services of their own.',
      consequence,
      action: 'Set smeshing-start to false.',
    }),
  },
  {
    code: 'node/no-coinbase',
    pattern: /smeshing enabled but no coinbase account provided/,
    say: () => ({ cause: 'Smeshing is on without a coinbase.', consequence, action: 'Set the account that shall receive the rewards.' }),
  },
  {
    code: 'node/bad-coinbase',
    pattern: /parse CoinbaseAccount address on start `([^`\n]*)`: ([^\n]*)/,
    say: ([, address, why]) => ({
      cause: `The coinbase ${address ?? ''} is not an address of this network (${why ?? ''}).`,
      consequence,
      action: 'Copy the address again from the wallet.',
    }),
  },
]
