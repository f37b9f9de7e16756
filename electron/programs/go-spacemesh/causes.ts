import { hopeless, type CauseRule } from '../causes.ts'
import { CONFIG_CAUSES } from './causes-config.ts'
import { DATABASE_CAUSES } from './causes-database.ts'
import { KEY_CAUSES } from './causes-keys.ts'

const DOWN = 'The node does not run; PoST services go on and deliver later.'
const NOT_STARTED = 'The node cannot start.'

/** What stops a node besides config, keys and databases. @source facts/failure-modes.md §3, §4, §5, §11 */
const RUNTIME_CAUSES: readonly CauseRule[] = [
  {
    code: 'node/poets-mismatch',
    pattern: /None of the poets listed in the config matches the existing registrations/,
    say: () => ({
      cause: 'The config lists none of the PoETs at which an identity is registered.',
      consequence: 'The whole node ended, with all its identities.',
      action: 'Put the former list of PoETs back until the ATX is published.',
    }),
  },
  {
    code: 'node/poet-phase-shift',
    pattern: /failed to create poet service|FATAL[^\n]*failed to submit challenge|phase shift[^\n]*(?:differ|match)/,
    say: () => ({
      cause: 'A PoET in the list runs with another phase shift than the config says.',
      consequence: 'The whole node ended.',
      action: 'Take that PoET out of the list, or correct poet.phase-shift.',
    }),
  },
  {
    code: 'node/poet-local-port-in-use',
    pattern: /init poet server: failed to listen/,
    say: () => ({
      cause: 'Another standalone network runs on this machine and holds the port of the built-in PoET.',
      consequence: NOT_STARTED,
      action: 'Stop the other one.',
    }),
  },
  {
    code: 'node/standalone-poets',
    pattern: /to launch in a standalone mode provide single local address for poet/,
    say: () => ({
      cause: 'A standalone network takes exactly one PoET with a local address.',
      consequence: NOT_STARTED,
      action: 'Leave one entry in main.poet-servers.',
    }),
  },
  {
    code: 'node/p2p-port-in-use',
    pattern: /p2p: can't listen: (?:[^\n]{0,300}? )?([\d.:[\]a-fA-F]{1,60}:\d{1,5})?: bind: (?:address already in use|Only one usage)/,
    say: ([, address]) => ({
      cause: `The node’s p2p port ${address ?? ''} is used by another program, most likely a second node.`,
      consequence: NOT_STARTED,
      action: 'Stop the other program, or give p2p.listen another port.',
    }),
  },
  {
    code: 'node/port-in-use',
    pattern: /listen tcp (\S+): bind: (?:address already in use|Only one usage of each socket address)/,
    say: ([, address]) => ({
      cause: `Port ${address ?? ''} is used by another program.`,
      consequence: NOT_STARTED,
      action: 'Stop the other program, or choose another port for this listener.',
    }),
  },
  {
    code: 'node/port-not-allowed',
    pattern: /listen tcp (\S+): bind: (?:permission denied|cannot assign requested address|[^\n]*forbidden)/,
    say: ([, address]) => ({
      cause: `The node may not listen at ${address ?? ''}.`,
      consequence: NOT_STARTED,
      action: 'Use an address of this machine and a port above 1024.',
    }),
  },
  {
    code: 'node/lock-held',
    pattern: /only one spacemesh instance should be running \(locking file ([^)\n]*)\)/,
    say: ([, file]) => ({
      cause: 'Another node already runs with the same lock file (perhaps in Smapp).',
      consequence: NOT_STARTED,
      action: `Stop the other node. Do not delete ${file || 'the lock file'}: it protects against a ban.`,
    }),
  },
  {
    code: 'node/lock-unusable',
    pattern: /getting exclusive file lock: (?:creating dir|flock) ([^\n]*)/,
    say: ([, why]) => ({
      cause: `The lock file cannot be made (${why ?? ''}).`,
      consequence: NOT_STARTED,
      action: 'Check that the data folder is there and writable, or choose another lock file.',
    }),
  },
  {
    code: 'node/wrong-network',
    pattern: /genesis config updated after node initialization/,
    say: () => ({
      cause: 'The data folder belongs to another network than the config.',
      consequence: NOT_STARTED,
      action: 'Use the right config or another data folder. Never delete the identities.',
    }),
  },
  {
    code: 'node/clock-off',
    pattern: /peers are not time synced: drift = (\S+)/,
    say: ([, drift]) => ({
      cause: `The clock of this machine is off by ${drift ?? 'more than 10 seconds'}.`,
      consequence: 'The node ended itself.',
      action: 'Let the system set its clock from the network, then start the node again.',
    }),
  },
  {
    code: 'node/layer-stream-crash',
    pattern: /v2(?:alpha|beta)1\.toLayer/,
    say: () => ({
      cause: 'A program asked the node for its stream of layers; this crashes every node.',
      consequence: DOWN,
      action: 'Find the program that calls LayerStreamService and stop it. The node is started again.',
    }),
  },
  {
    code: 'node/empty-poet-key',
    pattern: /slice bounds out of range \[:5\][\s\S]{0,2000}PoetDb/,
    say: () => ({
      cause: 'A PoET in the config has no public key.',
      consequence: 'The node crashes when the second identity fetches its proof.',
      action: 'Complete main.poet-servers.',
    }),
  },
  {
    code: 'node/post-service-exited',
    pattern: /post service exited/,
    say: () => ({
      cause: 'The PoST service that this node runs itself has ended.',
      consequence: 'The node ended with it.',
      action: 'See the service’s lines in the node’s log.',
    }),
  },
  {
    code: 'node/post-service-missing',
    pattern: /stat post service binary ([^\n:]*)/,
    say: ([, file]) => ({
      cause: `The node looks for its own post-service at ${file ?? ''} and does not find it.`,
      consequence: NOT_STARTED,
      action: 'Put post-service beside go-spacemesh, or set smeshing-start to false to use services of your own.',
    }),
  },
  {
    code: 'node/pos-data-of-another-key',
    pattern: /NodeId` config mismatch; expected: ([^,\n]*), found: ([^,\n]*)/,
    say: () => ({
      cause: 'The PoS folder belongs to another identity than the key.',
      consequence: 'The node ended itself.',
      action: 'Put the right key back. Never use this folder with a new key.',
    }),
  },
  {
    code: 'node/initialization-failed',
    pattern: /preparing POST initializer failed|initialization failed/,
    say: () => ({
      cause: 'Making PoS data failed (disk full, or the graphics card).',
      consequence: 'The node ended itself.',
      action: 'Look at the lines before it in the log.',
    }),
  },
  {
    code: 'node/library-missing',
    pattern: /error while loading shared libraries: ([^:\s]+)|GLIBC_([\d.]+)' not found|Library not loaded: (\S+)/,
    say: ([, library, glibc, dylib]) => ({
      cause:
        (glibc ?? '') === '' ? `The system lacks ${library || (dylib ?? '')}.` : `The system’s C library is older than ${glibc ?? ''}.`,
      consequence: NOT_STARTED,
      action: (library ?? '').includes('OpenCL')
        ? 'Install the OpenCL loader (package ocl-icd-libopencl1 or ocl-icd).'
        : 'Install it, or use a newer system.',
    }),
  },
  {
    code: 'node/out-of-memory',
    pattern: /fatal error: runtime: (?:out of memory|cannot allocate memory)|Cannot allocate memory/,
    say: () => ({ cause: 'The node ran out of memory.', consequence: DOWN, action: 'Let fewer services prove at once.' }),
  },
]

/** The last resort, after everything particular. */
const GENERAL_CAUSES: readonly CauseRule[] = [
  {
    code: 'node/panic',
    pattern: /^(?:panic|fatal error): ([^\n]{0,300})/m,
    say: ([, why]) => ({ cause: `The node crashed (${why ?? ''}).`, consequence: DOWN, action: 'It is started again; keep its log.' }),
  },
  {
    code: 'node/error',
    pattern: /^Error: ([^\n]{1,300})/m,
    say: ([, why]) => ({ cause: `The node ended with: ${why ?? ''}.`, consequence: 'It does not run.' }),
  },
]

/** Another program, disk or clock may be better in a minute; all the rest of what stops a start stays as it is. */
const MAY_PASS = new Set([
  'node/port-in-use',
  'node/p2p-port-in-use',
  'node/poet-local-port-in-use',
  'node/lock-held',
  'node/lock-unusable',
  'node/disk-full',
  'node/database-busy',
  'node/database-not-opened',
  'node/clock-off',
  'node/layer-stream-crash',
  'node/post-service-exited',
  'node/out-of-memory',
  'node/panic',
  'node/error',
])

/** Everything known that ends a node, most particular first. */
export const NODE_CAUSES: readonly CauseRule[] = hopeless(
  [...CONFIG_CAUSES, ...KEY_CAUSES, ...DATABASE_CAUSES, ...RUNTIME_CAUSES, ...GENERAL_CAUSES],
  (code) => !MAY_PASS.has(code),
)
