import type { NodeConfig, Poet } from './config.ts'
import { goDuration } from './go-time.ts'
import type { NodeLog } from './log.ts'
import { concerns, type ScriptReader } from './script.ts'
import { digest, type NodeTime } from './world.ts'

export interface PoetProof {
  /** 32 bytes: reference of the proof and challenge of the PoST. */
  readonly ref: Uint8Array
  readonly leaves: number
  readonly ticks: number
}

/** The PoETs of the configuration, played inside the node: only their timing is real. */
export interface PoetNetwork {
  /** Asked once at start, before anything opens. */
  ask(poet: Poet): Promise<void>
  submit(id: string, address: string): 'ok' | 'conflict' | 'refused'
  /** Undefined while the round has no published proof. */
  proof(address: string, round: number): PoetProof | undefined
  isDown(address: string): boolean
  /** PoET round r runs [start, end). */
  roundStart(round: number): number
  roundEnd(round: number): number
}

export interface PoetOptions {
  readonly config: NodeConfig
  readonly log: NodeLog
  readonly script: ScriptReader
  readonly time: NodeTime
  readonly genesisId: string
  /** From 1.8 on a PoET gets at most 30 s. */
  readonly askLimitMs: number | undefined
}

const hostPort = (address: string): string => address.replace(/^https?:\/\//, '')

export const refusedText = (address: string, route: string): string =>
  `Get "${address}${route}": dial tcp ${hostPort(address)}: connect: connection refused`

/** Waits for ever unless the node stops. */
async function hang(time: NodeTime): Promise<never> {
  for (;;) await time.sleep(60_000)
}

export function poetNetwork({ config, log, script, time, genesisId, askLimitMs }: PoetOptions): PoetNetwork {
  const behaviour = (address: string): 'refusing' | 'silent' | undefined => {
    const { poet, poetsConcerned } = script.now()
    return poetsConcerned === undefined || concerns(poetsConcerned, address) ? poet : undefined
  }
  const roundStart = (round: number): number => time.epochStart(round) + config.poet.shiftMs
  const roundEnd = (round: number): number => time.epochStart(round + 1) + config.poet.shiftMs - config.poet.gapMs

  /** Retries with growing pauses, as the node's HTTP client does. */
  const askRefused = async (poet: Poet): Promise<void> => {
    const url = `${poet.address}/v1/info`
    const deadline = askLimitMs === undefined ? Number.POSITIVE_INFINITY : time.now() + askLimitMs
    for (let remaining = config.poet.retries; ; remaining -= 1) {
      log('ERROR', 'node.poet', 'request failed', { error: refusedText(poet.address, '/v1/info'), method: 'GET', url })
      const pause = config.poet.retryMs * (1 + 2 * ((config.poet.retries - remaining + 1) / (config.poet.retries + 1)))
      if (remaining === 0 || time.now() + pause > deadline) break
      log('DEBUG', 'node.poet', 'retrying request', { request: `GET ${url}`, timeout: goDuration(pause), remaining })
      await time.until(time.now() + pause)
    }
    const attempts = `giving up after ${config.poet.retries + 1} attempt(s)`
    const error = `getting poet info: getting poet info: doing request: GET ${url} ${attempts}: ${refusedText(poet.address, '/v1/info')}`
    log('WARN', 'node.poet', 'failed to fetch poet phase shift', { poet: poet.address, error })
  }

  return {
    roundStart,
    roundEnd,
    isDown: (address) => behaviour(address) !== undefined,
    async ask(poet) {
      const url = `${poet.address}/v1/info`
      log('DEBUG', 'node.poet', 'performing request', { method: 'GET', url })
      const how = behaviour(poet.address)
      // The in-process PoET of a standalone network is not up yet at this moment, so it always refuses.
      if (how === 'refusing' || (how === undefined && config.standalone)) return askRefused(poet)
      if (how === undefined) return log('DEBUG', 'node.poet', 'response received', { url, status: 200 })
      if (askLimitMs === undefined) return hang(time)
      await time.sleep(askLimitMs)
      const error = 'getting poet info: getting poet info: doing request: context deadline exceeded'
      log('WARN', 'node.poet', 'failed to fetch poet phase shift', { poet: poet.address, error })
    },
    submit(id, address) {
      if (behaviour(address) !== undefined) return 'refused'
      const { conflictingRegistration, elsewhere } = script.now()
      return concerns(conflictingRegistration, id) || concerns(elsewhere, id) ? 'conflict' : 'ok'
    },
    proof(address, round) {
      if (behaviour(address) !== undefined || time.now() < roundEnd(round) + (script.now().poetLateMs ?? 0)) return undefined
      const ref = digest('poet', genesisId, address, round)
      const leaves = 1_200_000 + (ref.readUInt32BE(0) % 200_000)
      return { ref, leaves, ticks: Math.max(1, Math.floor(leaves / Math.max(1, config.tickSize))) }
    },
  }
}

/** The console lines that the in-process PoET writes between the node's JSON lines. */
export async function runPoetLines({ config, log, time }: PoetOptions, poet: PoetNetwork): Promise<void> {
  const base64 = (...words: readonly (string | number)[]): string => digest(...words).toString('base64')
  let round = Math.max(0, time.epoch())
  if (time.now() > poet.roundStart(round)) round += 1
  const waiting = (): void => {
    const wait = goDuration(Math.max(0, poet.roundStart(round) - time.now()))
    log.poet('INFO', 'registration', 'waiting for execution to start', { 'wait time': wait, epoch: round })
  }
  log.poet('INFO', '', 'opened round', { epoch: round, members: 0 })
  log.poet('INFO', '', 'starting registration service')
  log.poet('INFO', '', 'starting PoSW worker service')
  waiting()
  for (const listen of config.poets) log.poet('INFO', '', `REST proxy starts listening on ${hostPort(listen.address)}`)
  for (; ; round += 1) {
    await time.until(poet.roundStart(round))
    const root = base64('root', round)
    const end = new Date(poet.roundEnd(round)).toISOString()
    log.poet('INFO', 'registration', 'closing round', { epoch: round, root, members: 0 })
    log.poet('INFO', 'worker', 'received round to execute', { epoch: round, root })
    log.poet('INFO', 'worker', 'executing round', { epoch: round, end, statement: root })
    log.poet('INFO', 'worker', 'generating proof', { epoch: round, end, nextLeafID: 0 })
    log.poet('INFO', 'registration', 'opened round', { epoch: round + 1, members: 0 })
    await time.until(poet.roundEnd(round))
    log.poet('INFO', 'worker', 'publishing new proof', { epoch: round })
    log.poet('INFO', 'registration.on-proof', 'received new proof', { epoch: round })
  }
}
