import { parseArgs } from 'node:util'
import { campaignOfKeys } from '../campaigns/keys.ts'
import { campaignOfOperations } from '../campaigns/operations.ts'
import { runSeeds } from './run-seeds.ts'
import { simulate } from './simulate.ts'
import { summary } from './summary.ts'

const { values } = parseArgs({
  options: {
    /** One world, with what it broke; `--trace` tells its story, `--observed` also everything that the keeper saw. */
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    epochs: { type: 'string' },
    /** `mainnet` (two weeks an epoch) or `compressed` (four minutes). */
    network: { type: 'string', default: 'mainnet' },
    trace: { type: 'boolean', default: false },
    observed: { type: 'boolean', default: false },
    /** Instead: power cuts (`--seeds`) and kills (`--kills`) while keys are moved, backed up and restored. */
    keys: { type: 'boolean', default: false },
    /** Instead: the same while operations run, are finished, rolled back and undone. */
    operations: { type: 'boolean', default: false },
    kills: { type: 'string' },
  },
})
const network = values.network === 'compressed' ? 'compressed' : 'mainnet'
const epochs = values.epochs === undefined ? {} : { epochs: Number(values.epochs) }
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const seedsOr = (standard: number): number => Number(values.seeds ?? standard)
const killsOr = (standard: number): number => Number(values.kills ?? standard)

function one(seed: number): number {
  const tell = { ...(values.trace ? { trace: say } : {}), ...(values.observed ? { observed: say } : {}) }
  const { violations, figures } = simulate({ seed, network, ...epochs, ...tell })
  for (const { rule, atMs, text } of violations) say(`seed ${seed} ${rule} at ${Math.round(atMs)} ms: ${text}`)
  say(summary(figures))
  return violations.length
}

function many(): number {
  const report = runSeeds({ from: Number(values.from), count: seedsOr(20), network, ...epochs })
  for (const line of report.failing) say(line)
  say(summary(report.figures))
  return report.failing.length
}

const keys = (): Promise<number> => campaignOfKeys({ kills: killsOr(2000), seeds: seedsOr(20), from: Number(values.from), say })
const operations = (): Promise<number> =>
  campaignOfOperations({ kills: killsOr(300), from: Number(values.from), say, seeds: values.seeds === undefined ? undefined : seedsOr(1) })
const worlds = (): number => (values.seed === undefined ? many() : one(Number(values.seed)))
const broken = values.keys ? await keys() : values.operations ? await operations() : worlds()
process.exitCode = broken > 0 ? 1 : 0
