import { mkdirSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Server as TcpServer } from 'node:net'
import { status } from '@grpc/grpc-js'
import { parseAddress } from './bech32.ts'
import type { NodeConfig } from './config.ts'
import { layerStreamPanic, panic } from './crash.ts'
import { openLocal, openState, verifyUpgrade } from './databases.ts'
import { eventBus } from './events.ts'
import { StartError, Stopped } from './exits.ts'
import { checkGenesis, goldenAtxOf } from './genesis.ts'
import { runElsewhere } from './elsewhere.ts'
import { runIdentity } from './identity-builder.ts'
import { loadIdentities, type LoadedKey } from './keys.ts'
import { listen, listenMetrics, listenP2p, routesOf, type Listener, type ListenerName } from './listeners.ts'
import { localDb } from './local-db.ts'
import { takeLock } from './lock.ts'
import { nodeLog, type NodeLog } from './log.ts'
import { makeNode, type Node } from './node.ts'
import { poetNetwork, runPoetLines, type PoetOptions } from './poet.ts'
import { servePoetRest } from './poet-rest.ts'
import { PostHub } from './post-hub.ts'
import { Fatal } from './registration.ts'
import { RpcError, type Serving } from './rpc.ts'
import { scriptReader, type ScriptReader } from './script.ts'
import { afterPoetLines, identifyLines, serviceLines, startLines, warmupLines } from './start-lines.ts'
import { stateDb } from './state-db.ts'
import type { NodeVersion } from './versions.ts'
import { nodeTime, type World } from './world.ts'

export interface AppOptions {
  readonly config: NodeConfig
  readonly version: NodeVersion
  readonly scale: number
  readonly scriptFile: string | undefined
}

const POET_ASK_LIMIT_MS = 30_000
const CLEAN_UP_LIMIT_MS = 30_000
const CLOSE_SERVER_MS = 1000

/** One run of the simulated node, from lock to exit code. */
export class App {
  private readonly options: AppOptions
  private readonly log: NodeLog
  private readonly script: ScriptReader
  private readonly stop = new AbortController()
  private readonly sockets: TcpServer[] = []
  private readonly listeners: Listener[] = []
  private hub: PostHub | undefined
  private asked = false
  private isAskingPoets = false
  private wake: (() => void) | undefined

  constructor(options: AppOptions) {
    this.options = options
    this.script = scriptReader(options.scriptFile)
    const { jsonLog, levels } = options.config
    this.log = nodeLog({ json: jsonLog, levels, now: () => Date.now() + (this.script.now().clockOffsetMs ?? 0) })
  }

  /** SIGTERM or SIGINT. During the questions to the PoETs it is heard only when all are through. */
  terminate(): void {
    if (this.asked) return
    this.asked = true
    if (!this.isAskingPoets) this.stop.abort()
    this.wake?.()
  }

  /** Runs until told to stop. @returns the exit code @throws StartError */
  async run(): Promise<number> {
    const { config, version } = this.options
    mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
    takeLock(config.lockFile)
    checkGenesis(config, this.log)
    const goldenAtx = goldenAtxOf(config)
    identifyLines(this.log, version.name, goldenAtx.slice(0, 40))
    const keys = loadIdentities(config.dataFolder, this.log)
    let isSlowExit = false
    try {
      try {
        verifyUpgrade(config.dataFolder)
      } catch (cause: unknown) {
        if (cause instanceof StartError && !version.is18) this.log('ERROR', 'node', 'app failed', { errmsg: cause.message, name: '' })
        throw cause
      }
      startLines(this.log, config, Date.now())
      const world = this.openWorld(goldenAtx)
      isSlowExit = true
      await this.start(world, keys)
      return await this.untilStopped()
    } catch (cause: unknown) {
      if (cause instanceof Stopped) return this.cleanUp()
      if (cause instanceof StartError) return this.failed(cause, isSlowExit)
      throw cause
    }
  }

  private openWorld(goldenAtx: string): World {
    const { config, version, scale } = this.options
    const { log, script } = this
    try {
      const state = openState(config.dataFolder, version, config.allowDrift, log)
      const time = nodeTime({ config, script, stop: this.stop.signal, scale })
      warmupLines(log, time.epoch())
      const local = openLocal(config.dataFolder, version, config.allowDrift, log)
      const coinbase = parseAddress(config.smeshing.coinbase, config.hrp)
      const poetOptions: PoetOptions = {
        config,
        log,
        script,
        time,
        genesisId: goldenAtx.slice(0, 40),
        askLimitMs: version.is18 ? POET_ASK_LIMIT_MS : undefined,
      }
      return {
        config,
        version,
        log,
        time,
        script,
        events: eventBus(() => time.now()),
        local: localDb(local),
        state: stateDb(state),
        poet: poetNetwork(poetOptions),
        coinbase: 'bytes' in coinbase ? coinbase.bytes : undefined,
        genesisId: goldenAtx.slice(0, 40),
        goldenAtx,
      }
    } catch (cause: unknown) {
      if (cause instanceof StartError) log('ERROR', 'node', 'failed to start App', { errmsg: cause.message, name: '' })
      throw cause
    }
  }

  private async start(world: World, keys: readonly LoadedKey[]): Promise<void> {
    const { config, log } = world
    try {
      const p2p = await listenP2p(config.listeners.p2p)
      if (p2p !== undefined) this.sockets.push(p2p)
      serviceLines(world, keys)
      if (config.smeshing.coinbase === '') {
        log('WARN', 'node', 'coinbase account is not set, connections from remote post services will be rejected')
      }
      await this.askPoets(world)
      const node = makeNode(world, keys)
      for (const id of node.ids) {
        log('INFO', 'node.atxBuilder', 'registered signing key', { id: id.slice(0, 6) })
        node.states.set(id, 'idle')
      }
      afterPoetLines(world)
      await this.checkSmeshing(world, keys)
      if (config.metricsPort !== undefined) {
        const metrics = await listenMetrics(config.metricsPort, log)
        if (metrics !== undefined) this.sockets.push(metrics)
      }
      const slow = world.script.now().slowStartMs ?? 0
      if (slow > 0) await world.time.until(world.time.now() + slow)
      const hub = await this.openApi(world, node)
      log('INFO', 'node', 'app started')
      this.live(world, node, hub)
    } catch (cause: unknown) {
      if (cause instanceof StartError) log('ERROR', 'node', 'failed to start App', { errmsg: cause.message, name: '' })
      throw cause
    }
  }

  private async askPoets({ config, log, poet }: World): Promise<void> {
    this.isAskingPoets = true
    for (const server of config.poets) {
      log('INFO', 'node.poet', 'created poet client', {
        url: server.address,
        pubkey: server.pubkey,
        'default max retries': config.poet.retries,
        'submit challenge max retries': 9223372036854775807n.toString(),
        'min retry wait': `${config.poet.retryMs / 1000}s`,
        'max retry wait': `${(2 * config.poet.retryMs) / 1000}s`,
      })
      await poet.ask(server)
    }
    this.isAskingPoets = false
    if (this.asked) {
      this.stop.abort()
      throw new Stopped('context canceled')
    }
  }

  private async checkSmeshing({ config, log }: World, keys: readonly LoadedKey[]): Promise<void> {
    const { start, coinbase } = config.smeshing
    const isRemote = keys.length > 1 || keys[0]?.filename !== 'local.key'
    const parsed = parseAddress(coinbase, config.hrp)
    if (coinbase !== '' && 'complaint' in parsed) {
      throw new StartError(`start services: parse CoinbaseAccount address on start \`${coinbase}\`: ${parsed.complaint}`, false)
    }
    if (start && isRemote) {
      log('ERROR', 'node', 'supervised smeshing cannot be started in a remote or multi-smeshing setup')
      log('ERROR', 'node', 'if you run a supervised node ensure your key file is named local.key and try again')
      throw new StartError('smeshing enabled in remote setup', false)
    }
    if (start && coinbase === '') throw new StartError('smeshing enabled but no coinbase account provided', false)
    if (!isRemote) log('INFO', 'node', 'smeshing not started, waiting to be triggered via smesher api')
  }

  private async openApi(world: World, node: Node): Promise<PostHub> {
    const serving = servingOf(world)
    const hub = new PostHub(world.log, serving, () => node.coinbase() !== undefined)
    this.hub = hub
    const routes = routesOf({ node, hub, serving, panic: layerStreamPanic })
    for (const name of ['public', 'private', 'post'] satisfies ListenerName[]) {
      const address = world.config.listeners[name]
      if (address === '') continue
      this.listeners.push(await listen({ name, address, routes: routes[name], serving, log: world.log }))
    }
    return hub
  }

  private live(world: World, node: Node, hub: PostHub): void {
    const { config, log, script, time } = world
    log('INFO', 'node.sync', 'sync state change', { 'from state': 'notSynced', 'to state': 'synced' })
    const jobs = [node.chain.run(node.ids), watchScript(world, node), runElsewhere(world)]
    if (world.coinbase !== undefined) jobs.push(...node.ids.map((id) => runIdentity(world, hub, node.states, id)))
    if (config.standalone) {
      const poetOptions: PoetOptions = { config, log, script, time, genesisId: world.genesisId, askLimitMs: undefined }
      jobs.push(runPoetLines(poetOptions, world.poet))
      for (const poet of config.poets) {
        const rest = servePoetRest(poetOptions, poet)
        if (rest !== undefined) this.sockets.push(rest)
      }
    }
    for (const job of jobs) job.catch((cause: unknown) => this.jobEnded(cause))
  }

  private jobEnded(cause: unknown): void {
    if (cause instanceof Stopped) return
    // A FATAL line ends the real node at once; its reason is in the log only.
    if (cause instanceof Fatal) process.exit(1)
    writeSync(2, `panic: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
    process.exit(2)
  }

  private untilStopped(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.wake = () => {
        this.cleanUp().then(resolve, reject)
      }
      if (this.asked) this.wake()
    })
  }

  private async pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms * this.options.scale))
  }

  private async cleanUp(): Promise<number> {
    const { log } = this
    if (this.options.version.is18) log('INFO', 'node', 'app stopped', { errmsg: 'context canceled', name: '' })
    await this.closeAll()
    log('INFO', 'node', 'app cleanup completed')
    return 0
  }

  private async closeAll(): Promise<void> {
    const { log } = this
    log('INFO', 'node', 'app cleanup starting...')
    for (const name of ['public', 'private', 'post'] satisfies ListenerName[]) {
      const listener = this.listeners.find((l) => l.name === name)
      if (listener === undefined) continue
      log('INFO', 'node', `stopping ${name === 'post' ? 'local' : name} grpc service`)
      if (name === 'post') this.hub?.closeAll(this.options.version.is18)
      // Streams that end now still get their last bytes out.
      await this.pause(CLOSE_SERVER_MS)
      await listener.close()
    }
    log('INFO', 'node', 'stopping updater')
    log('INFO', 'node.beacon', 'closing beacon protocol')
    this.stop.abort()
    log('INFO', 'node.atxBuilder', 'atx builder stopped')
    log('DEBUG', 'node', 'beacon results watcher exited')
    log('INFO', 'node.hare', 'stopped')
    log('INFO', 'node.fetcher', 'stopping fetch')
    log('INFO', 'node.sync', 'stopping sync to shutdown')
    for (const socket of this.sockets) socket.close()
  }

  /** After services were started the real node needs its whole clean-up limit before it ends. */
  private async failed(cause: StartError, isSlowExit: boolean): Promise<number> {
    const { log } = this
    const began = performance.now()
    if (this.options.version.is18) log('ERROR', 'node', 'app failed', { errmsg: cause.message, name: '' })
    if (isSlowExit) {
      await this.closeAll()
      await this.pause(Math.max(0, CLEAN_UP_LIMIT_MS - (performance.now() - began) / this.options.scale))
      log('ERROR', 'node', 'app failed to clean up in time')
    } else log('INFO', 'node', 'app cleanup starting...')
    log('INFO', 'node', 'app cleanup completed')
    throw cause
  }
}

function servingOf({ log, script, time }: World): Serving {
  return {
    gate() {
      const { apiDownUntil, apiGarbageUntil } = script.now()
      if ((apiDownUntil ?? 0) > time.now()) return new RpcError(status.UNAVAILABLE, 'the practice script says: down')
      return (apiGarbageUntil ?? 0) > time.now() ? 'garbage' : undefined
    },
    failed(path, error) {
      const [, service = '', method = ''] = path.split('/')
      const level = [status.UNKNOWN, status.UNIMPLEMENTED, status.INTERNAL, status.DATA_LOSS].includes(error.code) ? 'ERROR' : 'WARN'
      if ([status.INVALID_ARGUMENT, status.NOT_FOUND, status.CANCELLED].includes(error.code)) return
      const code = status[error.code].toLowerCase().replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase())
      log(level, 'node.grpc', `finished unary call with code ${code}`, {
        'grpc.start_time': `${new Date(time.now()).toISOString().slice(0, 19)}Z`,
        system: 'grpc',
        'span.kind': 'server',
        'grpc.service': service,
        'grpc.method': method,
        error: `rpc error: code = ${code} desc = ${error.details}`,
        'grpc.code': code,
      })
    },
  }
}

const SCRIPT_LOOK_MS = 500

/** Does what the script orders at a moment: bans, crashes, cancelled streams. */
async function watchScript(world: World, node: Node): Promise<void> {
  let cancelled = 0
  for (;;) {
    const { banned, banKind, crash, cancelEvents } = world.script.now()
    for (const smesher of banned ?? []) node.ban({ smesher, kind: banKind ?? (world.version.is18 ? 'v2' : 'legacy') })
    if ((cancelEvents ?? 0) > cancelled) {
      cancelled = cancelEvents ?? 0
      node.cancelEvents()
    }
    if (crash !== undefined && crash.at <= world.time.now()) {
      if (crash.how === 'segfault') process.kill(process.pid, 'SIGSEGV')
      if (crash.how === 'fatal') {
        world.log('FATAL', 'node.nipostBuilder', 'failed to create poet service', { poet: world.config.poets[0]?.address ?? '' })
        process.exit(1)
      }
      panic('github.com/spacemeshos/go-spacemesh/activation.(*nipostBuilder).BuildNIPost', 'go-spacemesh/activation/nipost.go:310')
    }
    await world.time.until(world.time.now() + SCRIPT_LOOK_MS)
  }
}
