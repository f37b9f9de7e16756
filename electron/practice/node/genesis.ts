import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { blake3 } from '../../lib/blake3.ts'
import type { NodeConfig } from './config.ts'
import { StartError } from './exits.ts'
import { goTime } from './go-time.ts'
import type { NodeLog } from './log.ts'

const textOf = (value: unknown, name: string): string => String(Reflect.get(Object(value), name) ?? '')

/** 64 hex characters: the golden ATX; its first 40 are the genesis id. */
export function goldenAtxOf(config: Pick<NodeConfig, 'genesisMs' | 'genesisExtra'>): string {
  const input = `${Math.floor(config.genesisMs / 1000)}${config.genesisExtra}`
  const hash = blake3(Buffer.from(input))
  if (hash === undefined) throw new RangeError('the extra data of a genesis has at most a thousand bytes')
  return Buffer.from(hash).toString('hex')
}

/** Writes `genesis.json` at the first start and refuses another genesis at every later one. @throws StartError */
export function checkGenesis(config: NodeConfig, log: NodeLog): void {
  const file = path.join(config.dataFolder, 'genesis.json')
  const time = `${new Date(config.genesisMs).toISOString().slice(0, 19)}Z`
  if (!existsSync(file)) {
    writeFileSync(file, JSON.stringify({ GenesisTime: time, ExtraData: config.genesisExtra, Accounts: {} }), { mode: 0o600 })
    return
  }
  const stored: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const was = { time: textOf(stored, 'GenesisTime'), extra: textOf(stored, 'ExtraData') }
  if (Date.parse(was.time) === Date.parse(time) && was.extra === config.genesisExtra) return
  const row = (name: string, before: string, after: string): string =>
    before === after ? `\u00a0\u00a0\t${name} ${before},\n` : `-\u00a0\t${name} ${before},\n+\u00a0\t${name} ${after},\n`
  const times = row('GenesisTime:', `s"${goTime(Date.parse(was.time))}"`, `s"${goTime(config.genesisMs)}"`)
  const extras = row('ExtraData:  ', JSON.stringify(was.extra), JSON.stringify(config.genesisExtra))
  const diff = `\u00a0\u00a0&config.GenesisConfig{\n${times}${extras}\u00a0\u00a0\tAccounts:    {},\n\u00a0\u00a0}\n`
  log(
    'ERROR',
    'node',
    `genesis config updated after node initialization, if this update is required delete config at ${file}.\ndiff:\n${diff}`,
  )
  throw new StartError('initializing app: genesis config updated after node initialization', true)
}
