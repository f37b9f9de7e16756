import { hopeless, type CauseRule } from '../causes.ts'

const RESTART_NOTE = 'The other identities are not affected.'

const RULES: readonly CauseRule[] = [
  {
    code: 'service/affinity-failed',
    pattern: /failed to set core affinity for thread to (\d+)/,
    say: ([, core]) => ({
      cause: `Processor core ${core ?? ''} cannot be used by the PoST service.`,
      consequence: 'It ends whenever a proof begins.',
      action: 'Choose other pinned cores, or a number of threads instead.',
    }),
  },
  {
    code: 'service/metadata-missing',
    pattern: /loading POST metadata[\s\S]{0,200}?(?:No such file or directory|os error [23]\b|cannot find the (?:file|path))/,
    say: () => ({
      cause: 'There is no postdata_metadata.json in the PoS folder.',
      consequence: 'This service cannot start.',
      action: 'Choose the folder that holds this identity’s PoS data; if its drive is not there, connect it.',
    }),
  },
  {
    code: 'service/metadata-unreadable',
    pattern: /loading POST metadata[\s\S]{0,200}?(?:[Pp]ermission denied|os error (?:5|13)\b|Input\/output error)/,
    say: () => ({
      cause: 'The file postdata_metadata.json cannot be read.',
      consequence: 'This service cannot start.',
      action: 'Check the rights of the PoS folder and the health of its disk.',
    }),
  },
  {
    code: 'service/metadata-invalid',
    pattern: /loading POST metadata\s+(?:\d+:\s*)?([^\n]{0,200})/,
    say: ([, why]) => ({
      cause: `The file postdata_metadata.json is damaged (${why ?? ''}).`,
      consequence: 'This service cannot start; the PoS data itself may be whole.',
      action: 'Put the file back from a backup. Do not initialise again into this folder.',
    }),
  },
  {
    code: 'service/units-out-of-range',
    pattern: /number of units in the POST data is out of range: (\d+) not in (\d+)\.\.=(\d+)/,
    say: ([, units, least, most]) => ({
      cause: `The PoS data has ${units ?? ''} Space Units, the network takes ${least ?? ''} to ${most ?? ''}.`,
      consequence: 'This service cannot start.',
      action: 'Check that the set-up names the right network and the right PoS folder.',
    }),
  },
  {
    code: 'service/operator-port-in-use',
    pattern: /^Error: (?:Address already in use|Only one usage of each socket address)/m,
    say: () => ({
      cause: 'The operator port of this service is used by another program.',
      consequence: 'The service cannot start.',
      action: 'Give it another operator port, or stop the program that uses this one.',
    }),
  },
  {
    code: 'service/https-without-certificates',
    pattern: /client protocol set to https but tls configuration not provided/,
    say: () => ({
      cause: 'The node’s address begins with https, but no certificates are given.',
      consequence: 'This service cannot start.',
      action: 'Give CA certificate, client certificate and key, or use http.',
    }),
  },
  {
    code: 'service/bad-address',
    pattern: /unknown client protocol|invalid uri|invalid value '([^']*)' for '--address/i,
    say: () => ({
      cause: 'The node’s address is not one that a PoST service understands.',
      consequence: 'This service cannot start.',
      action: 'Write it as http://host:port with the node’s PoST listener.',
    }),
  },
  {
    code: 'service/max-retries',
    pattern: /max retries \((\d+)\) reached/,
    say: ([, n]) => ({
      cause: `The service gave up after ${n ?? ''} attempts to reach the node.`,
      consequence: 'Nothing can be proved until it runs again.',
      action: 'Start the node, check its PoST listener, and take --max-retries out of the extra arguments.',
    }),
  },
  {
    code: 'service/operator-address-invalid',
    pattern: /invalid value '([^']*)' for '--operator-address/,
    say: ([, value]) => ({
      cause: `“${value ?? ''}” is not an address that the operator API can use.`,
      consequence: 'This service cannot start.',
      action: 'Write a literal address and port, for example 127.0.0.1:50051.',
    }),
  },
  {
    code: 'service/nonces-invalid',
    pattern: /invalid value '([^']*)' for '--nonces[^:]*: ([^\n]*)/,
    say: ([, value, why]) => ({
      cause: `${value ?? ''} nonces are refused: ${why ?? ''}.`,
      consequence: 'This service cannot start.',
      action: 'Choose a multiple of 16 up to 4096.',
    }),
  },
  {
    code: 'service/arguments-missing',
    pattern: /required arguments were not provided:\s*([\s\S]{0,300}?)(?:\n\s*\n|\nUsage|$)/,
    say: ([, which]) => ({
      cause: `The command line lacks ${which ?? 'an argument'}.`,
      consequence: 'This service cannot start.',
      action: 'Complete the service’s settings; threads or pinned cores must be given.',
    }),
  },
  {
    code: 'service/argument-invalid',
    pattern: /^error: ([^\n]{0,300})/m,
    say: ([, why]) => ({
      cause: `The PoST service refuses its command line: ${why ?? ''}.`,
      consequence: 'It cannot start.',
      action: 'Check the extra arguments and that the program’s version knows them.',
    }),
  },
  {
    code: 'service/out-of-memory',
    pattern:
      /memory allocation of \d+ bytes failed|[Ff]ailed to allocate|RandomX[^\n]{0,80}(?:alloc|memory)|CreationError|Cannot allocate memory/,
    say: () => ({
      cause: 'The PoST service did not get the memory that RandomX needs.',
      consequence: 'Its proof is lost and begins anew after a restart.',
      action: 'Let fewer services prove at once, or use light mode (270 MiB instead of 2,400 MiB).',
    }),
  },
  {
    code: 'service/panic',
    pattern: /thread '[^']*'(?: \(\d+\))? panicked at ([^\n]{0,300})/,
    say: ([, where]) => ({
      cause: `The PoST service crashed (${where ?? ''}).`,
      consequence: `A proof that was running is lost. ${RESTART_NOTE}`,
      action: 'It is started again; if this repeats, look at its log.',
    }),
  },
  {
    code: 'service/library-missing',
    pattern: /error while loading shared libraries: ([^:\s]+)|GLIBC_([\d.]+)' not found|Library not loaded: (\S+)/,
    say: ([, library, glibc, dylib]) => ({
      cause:
        (glibc ?? '') === '' ? `The system lacks ${library || (dylib ?? '')}.` : `The system’s C library is older than ${glibc ?? ''}.`,
      consequence: 'The PoST service cannot start.',
      action: (library ?? '').includes('OpenCL')
        ? 'Install the OpenCL loader (package ocl-icd-libopencl1 or ocl-icd).'
        : 'Install it or use a newer system.',
    }),
  },
  {
    code: 'service/start-error',
    pattern: /^Error: ([^\n]{1,300})/m,
    say: ([, why]) => ({ cause: `The PoST service ended with: ${why ?? ''}.`, consequence: 'It does not run.' }),
  },
]

/** A drive may come back, a port become free, memory be there again; a wrong command line stays wrong. */
const MAY_PASS = new Set([
  'service/metadata-missing',
  'service/metadata-unreadable',
  'service/operator-port-in-use',
  'service/max-retries',
  'service/out-of-memory',
  'service/panic',
  'service/start-error',
])

/**
 * Everything known that ends or stops a post-service, most particular first.
 * @source facts/post-service.md §1, §5, §6; facts/failure-modes.md §5; recordings post-service
 */
export const SERVICE_CAUSES: readonly CauseRule[] = hopeless(RULES, (code) => !MAY_PASS.has(code))
