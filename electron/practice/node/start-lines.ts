import { hostname } from 'node:os'
import type { NodeConfig } from './config.ts'
import { goDuration } from './go-time.ts'
import type { LoadedKey } from './keys.ts'
import type { NodeLog } from './log.ts'
import type { World } from './world.ts'

/** The lines before anything is opened. */
export function identifyLines(log: NodeLog, version: string, genesisId: string): void {
  const os = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  log('INFO', 'node', `App version: ${version}. Git:  -  . Go Version: go1.26.8. OS: ${os} . Genesis ${genesisId}`)
  log('INFO', 'node', 'Welcome to Spacemesh. Spacemesh full node is starting...')
}

export function startLines(log: NodeLog, config: NodeConfig, now: number): void {
  const iso = (ms: number): string => new Date(ms).toISOString()
  const genesis = iso(config.genesisMs)
  log('INFO', 'node', 'starting spacemesh', {
    'data-dir': config.dataFolder,
    'post-dir': config.smeshing.dataDir,
    hostname: hostname(),
    name: '',
  })
  log('INFO', 'node.clock', 'converting genesis time to local time', { genesis, local: genesis })
  log('INFO', 'node', 'initializing p2p services')
  log('INFO', 'node.clock', 'starting global clock', {
    now: iso(now),
    genesis,
    layer_duration: goDuration(config.layerMs),
    tick_interval: '1s',
  })
}

export function warmupLines(log: NodeLog, epoch: number): void {
  log('INFO', 'node', 'starting cache warmup')
  log('INFO', 'node.warmup', 'Reading ATXs from DB', { 'from epoch': 0, 'to epoch': epoch })
  log('INFO', 'node.warmup', 'Finished reading ATXs. Starting reading malfeasance', { duration: '96.343µs' })
  log('INFO', 'node.warmup', 'Finished reading malfeasance', { duration: '20.711µs' })
  log('INFO', 'node', 'cache warmup', { duration: '529.355µs', name: '' })
  log('INFO', 'node.cachedDB', 'initialized datastore', { config: { ATXSize: 1000, MalfeasanceSize: 1000 } })
}

function sign(log: NodeLog, logger: string, keys: readonly LoadedKey[], field = 'id'): void {
  for (const key of keys) log('INFO', logger, 'registered signing key', { [field]: key.id.slice(0, 6) })
}

/** The lines of the parts that every node builds, up to the PoETs. The order differs a little between the releases. */
export function serviceLines(world: World, keys: readonly LoadedKey[]): void {
  const { log, config, version } = world
  const newest = version.is18
  const versions = Number.isFinite(config.atxV2From) ? ['vV1 from epoch 0', `vV2 from epoch ${config.atxV2From}`] : ['vV1 from epoch 0']
  const committee = (): void =>
    log(newest ? 'DEBUG' : 'WARN', 'node', 'certificate committee size is not set, defaulting to hare committee size', {
      size: 800,
      name: '',
    })
  const oracle = (): void =>
    log('INFO', 'node.hareOracle', 'hare oracle initialized', { 'epoch size': config.layersPerEpoch, 'confidence param': 2 })
  const store = (): void => log('INFO', 'node.proposalStore', 'proposals store created', { capacity: 3, evicted: 0 })
  const pruning = (): void => log('INFO', 'node.mesh', 'db pruning launched', { dist: 2, 'active set epoch': 0, interval: '30m0s' })
  log('INFO', 'node.nipostValidator', 'scaling post verifier', { current: 0, new: 1 })
  sign(log, 'node.beacon', keys, 'node_id')
  log('INFO', 'node', 'initializing tortoise')
  log('INFO', 'node', 'tortoise initialized', { duration: '2.138911ms', name: '' })
  if (newest) {
    store()
    pruning()
    oracle()
    committee()
    sign(log, 'node.blockCert', keys)
    log('INFO', 'node.atxHandler', 'atx handler created', { 'supported ATX versions': versions })
  } else {
    log('INFO', 'node.atxHandler', 'atx handler created', { 'supported ATX versions': versions })
    sign(log, 'node.atxHandler', keys)
    oracle()
    committee()
    sign(log, 'node.blockCert', keys)
    store()
  }
  sign(log, 'node.hare', keys)
  log('INFO', 'node.hare', 'started', { enabled: true, 'enabled layer': 0, 'disabled layer': 4294967295, committee: 800, leaders: 5 })
  sign(log, 'node.proposalBuilder', keys)
}

export function afterPoetLines({ log, config, genesisId, time, events }: World): void {
  log('INFO', 'node.sync', 'starting syncer loop')
  log('INFO', 'node.sync', 'starting syncer layer processing loop')
  log('INFO', 'node.beacon', 'starting beacon protocol', { config: { Kappa: 40, RoundsNumber: 4 } })
  log('INFO', 'node', 'no need to preserve data after recovery')
  if (!config.standalone) return
  const epoch = Math.max(2, time.epoch())
  const beacon = genesisId.slice(0, 8)
  log('WARN', 'node', 'using standalone mode for bootstrapping beacon', { epoch, beacon, name: '' })
  log('INFO', 'node.beacon', 'using fallback beacon', { epoch, beacon })
  events.emit({ case: 'beacon', value: { epoch, beacon: Buffer.from(beacon, 'hex') } })
  log.poet('INFO', '', 'loaded private key from environment')
}
