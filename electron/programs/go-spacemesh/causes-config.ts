import type { CauseRule } from '../causes.ts'

const consequence = 'The node cannot start.'

/** Config and command line. @source facts/node-config-and-cli.md §1, §10; failure-modes.md §3, §11 */
export const CONFIG_CAUSES: readonly CauseRule[] = [
  {
    code: 'node/no-config',
    pattern: /opening config file: open : /,
    say: () => ({
      cause: 'The node was started without --config; from version 1.8 it must have one.',
      consequence,
      action: 'Give it a JSON file; one that holds just {} means mainnet.',
    }),
  },
  {
    code: 'node/config-missing',
    pattern:
      /(?:opening config file: open ([^\n:]*(?::\\[^\n:]*)?)|can't load config at ([^\n:]*(?::\\[^\n:]*)?): open [^\n]*): (?:no such file|The system cannot find)/,
    say: ([, newer, older]) => ({
      cause: `There is no config file at ${newer || (older ?? '')}.`,
      consequence,
      action: 'Choose the right file in the settings.',
    }),
  },
  {
    code: 'node/config-unreadable',
    pattern: /(?:opening config file|can't load config)[^\n]*(?:permission denied|Access is denied|is a directory)/,
    say: () => ({ cause: 'The config file may not be read.', consequence, action: 'Check its rights.' }),
  },
  {
    code: 'node/config-format',
    pattern: /Unsupported Config Type "([^"\n]*)"/,
    say: ([, kind]) => ({
      cause: `The config’s name ends in .${kind ?? ''}, which this version cannot read.`,
      consequence,
      action: 'Use a .json file.',
    }),
  },
  {
    code: 'node/config-invalid',
    pattern: /While parsing config: ([^\n]*)/,
    say: ([, why]) => ({
      cause: `The config file is not valid JSON (${why ?? ''}).`,
      consequence,
      action: 'Correct it; from version 1.8 only JSON is read, not YAML or TOML.',
    }),
  },
  {
    code: 'node/config-deprecated-key',
    pattern:
      /error decoding '([^'\n]*)': use of deprecated config field|The 'poet-server' is deprecated|'main' has invalid keys: poet-server\b(?!s)/,
    say: ([, key]) => ({
      cause: `The config holds ${key || 'main.poet-server'}, which is no longer used.`,
      consequence,
      action: 'Write main.poet-servers instead: a list of { address, pubkey }.',
    }),
  },
  {
    code: 'node/config-unknown-key',
    pattern: /'([^'\n]*)' has invalid keys: ([^\n]*)/,
    say: ([, section, keys]) => ({
      cause: `The config holds a key that this version does not know: ${[section, keys].filter((part) => part !== '').join('.')}.`,
      consequence,
      action: 'Remove it; it belongs to another version or to Smapp.',
    }),
  },
  {
    code: 'node/config-bad-value',
    pattern: /(?:cannot parse|error decoding) '([^'\n]*)'(?: as \w+)?: ([^\n]*)/,
    say: ([, key, why]) => ({
      cause: `The config’s ${key ?? ''} has a value that cannot be used (${why ?? ''}).`,
      consequence,
      action: 'Correct it.',
    }),
  },
  {
    code: 'node/config-bad-value',
    pattern: /loading config: unmarshal config: ([^\n]*(?:\n+[^\n]+)?)/,
    say: ([, why]) => ({ cause: `The config cannot be used (${why ?? ''}).`, consequence, action: 'Correct it.' }),
  },
  {
    code: 'node/unknown-preset',
    pattern: /preset (\S*) is not registered\. select one from the options \[([^\]\n]*)\]/,
    say: ([, preset, known]) => ({
      cause: `The node knows no preset “${preset ?? ''}” (it knows ${known ?? ''}).`,
      consequence,
      action: preset === 'mainnet' ? 'Leave the preset out: mainnet is what the node does without one.' : 'Choose one of these.',
    }),
  },
  {
    code: 'node/testnet-build',
    pattern: /testnet-only build not intended for mainnet/,
    say: () => ({ cause: 'This program was built for test networks only.', consequence, action: 'Use an official release.' }),
  },
  {
    code: 'node/unknown-flag',
    pattern: /unknown (?:shorthand )?(?:flag|command)[: ]+([^\n]*)/,
    say: ([, flag]) => ({
      cause: `The node does not know ${flag ?? 'an argument'}.`,
      consequence,
      action: 'Remove it from the extra arguments.',
    }),
  },
]
