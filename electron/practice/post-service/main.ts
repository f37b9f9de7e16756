import { readFileSync } from 'node:fs'
import type { ServiceContext } from './context.ts'
import { availableParallelism } from 'node:os'
import { parseArguments, type ServiceArguments } from './arguments.ts'
import { FatalStart, serviceLog, type ServiceLog } from './log.ts'
import type { LinkOptions } from './link.ts'
import { loadMetadata, osError } from './metadata.ts'
import { attendNode } from './node-client.ts'
import { openOperator } from './operator.ts'
import type { ServiceVersion } from './option-table.ts'
import { readPace, Script } from './pace.ts'
import { seededRandom } from './random.ts'
import { ProvingService } from './service.ts'
import { lookAtPid } from './watch-pid.ts'

const version: ServiceVersion = process.env['SMESHKEEPER_PRACTICE_POST_VERSION'] === '0.7.13' ? '0.7.13' : '0.8.5'
const isNew = version === '0.8.5'
const stderr = (text: string): void => void process.stderr.write(text)
const log = serviceLog(stderr, () => Date.now())
const sleep = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2_147_483_647)))

function die(code: number, text: string): never {
  stderr(text)
  return process.exit(code)
}

function announceSettings(args: ServiceArguments, log: ServiceLog): void {
  const { minNumUnits, maxNumUnits, k1, k2, powDifficulty, scrypt, threads, pinnedCores } = args
  const say = (text: string): void => log('INFO', 'post_service', text)
  const network = { min_num_units: minNumUnits, max_num_units: maxNumUnits, k1, k2, pow_difficulty: powDifficulty, scrypt }
  say(`POST network parameters: ${JSON.stringify(network)}`)
  const cores = { threads, pinned_cores: pinnedCores ?? null }
  say(`POST proving settings: ${JSON.stringify({ cores, nonces: args.nonces, randomx_mode: args.randomxMode })}`)
  if (args.remoteK2pow !== undefined) say(`remote k2pow uri: ${args.remoteK2pow.uri}`)
  if (pinnedCores !== undefined) say(`using ${pinnedCores.length} threads, pinned to cores: [${pinnedCores.join(', ')}]`)
  else say(threads === 0 ? 'using all available cores' : `using ${threads} cores`)
}

function readTls(args: ServiceArguments): LinkOptions['tls'] {
  const { tls } = args
  if (tls === undefined) {
    log('INFO', 'post_service', 'not configuring TLS')
    return undefined
  }
  const client = `client: (cert: ${tls.cert}, key: ${tls.key})`
  log('INFO', 'post_service', `configuring TLS: server: (CA cert: ${tls.caCert}, domain: ${String(tls.domain)}), ${client}`)
  try {
    const read = (file: string): string => readFileSync(file, 'utf8')
    return { ca: read(tls.caCert), cert: read(tls.cert), key: read(tls.key), domain: tls.domain }
  } catch (cause: unknown) {
    throw new FatalStart(osError(cause), 'service/src/main.rs:295:19')
  }
}

function orderly(fatal: FatalStart): FatalStart {
  log('INFO', 'post_service::service', 'shutting down post service')
  return fatal
}

function checkUnits({ numUnits }: { numUnits: number }, { minNumUnits: least, maxNumUnits: most }: ServiceArguments): void {
  if (numUnits >= least && numUnits <= most) return
  const text = `number of units in the POST data is out of range: ${numUnits} not in ${least}..=${most}`
  throw orderly(new FatalStart(text, `service/src/main.rs:${isNew ? '371:20' : '343:20'}`))
}

/** The operator API. The newer service goes on silently without it when the port is taken. */
async function startOperator(args: ServiceArguments, service: ProvingService): Promise<() => void> {
  if (args.operatorAddress === undefined) return () => {}
  try {
    const operator = await openOperator(args.operatorAddress, async () => service.status())
    log('INFO', 'post_service::operator', `running operator service on ${operator.address}`)
    return () => operator.close()
  } catch (cause: unknown) {
    if (isNew) return () => {}
    const isBusy = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    const text = isBusy ? 'Address already in use (os error 98)' : osError(cause)
    throw orderly(new FatalStart(text, 'service/src/main.rs:277:24'))
  }
}

/** Ends with the watched process; while a proof is being made the real service stays behind without its doors. */
function watch(pid: number, context: ServiceContext, service: ProvingService, close: () => void): void {
  log('INFO', 'post_service', `watching PID ${pid}`)
  const timer = setInterval(() => {
    const found = lookAtPid(pid)
    if (found === undefined) return
    clearInterval(timer)
    log('INFO', 'post_service', found === 'not found' ? `PID ${pid} not found` : `PID ${pid} died (status: ${found})`)
    log('INFO', 'post_service', 'PID watcher exited: Ok(())')
    log('INFO', 'post_service::service', 'shutting down post service')
    close()
    leaveWhenIdle(service, context.pace.secondMs)
  }, context.pace.secondMs)
}

function leaveWhenIdle(service: ProvingService, everyMs: number): void {
  if (!service.isProving) process.exit(0)
  setTimeout(() => leaveWhenIdle(service, everyMs), everyMs)
}

async function run(args: ServiceArguments): Promise<void> {
  announceSettings(args, log)
  const metadata = loadMetadata(args.dir)
  checkUnits(metadata, args)
  const pace = readPace(process.env['SMESHKEEPER_PRACTICE_PACE'])
  const id = Buffer.from(metadata.nodeId).toString('hex')
  const context: ServiceContext = {
    version,
    args,
    metadata,
    pace,
    script: new Script(process.env['SMESHKEEPER_PRACTICE_SCRIPT'], id),
    randomFor: (challenge) => seededRandom(pace.seed ^ Number.parseInt(id.slice(0, 8), 16) ^ Buffer.from(challenge).readUInt32LE(0)),
    log,
    sleep,
    monotonic: () => performance.now(),
    die,
  }
  const service = new ProvingService(context, availableParallelism())
  const tls = readTls(args)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(args.address)?.[1]?.toLowerCase()
  if (isNew && scheme === 'https' && tls === undefined) {
    throw orderly(new FatalStart('client protocol set to https but tls configuration not provided', 'service/src/client.rs:104:32'))
  }
  const closeOperator = await startOperator(args, service)
  if (isNew && scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw orderly(new FatalStart('unknown client protocol', 'service/src/client.rs:76:24'))
  }
  const gone = new AbortController()
  if (args.watchPid !== undefined) {
    watch(args.watchPid, context, service, () => {
      closeOperator()
      gone.abort()
    })
  }
  await attendNode(context, service, { tls, gone: gone.signal }).catch((cause: unknown) => {
    throw cause instanceof FatalStart ? orderly(cause) : cause
  })
}

const parsed = parseArguments(process.argv.slice(2), version)
if ('exit' in parsed) {
  process.stdout.write(parsed.exit.stdout ?? '')
  die(parsed.exit.code, parsed.exit.stderr ?? '')
}
run(parsed.run).catch((cause: unknown) => {
  if (cause instanceof FatalStart) die(1, cause.text())
  throw cause
})
