import { parseArgs } from 'node:util'
import { newFigures } from './referee.ts'
import { simulate } from './simulate.ts'
import { summary } from './summary.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '40' },
    from: { type: 'string', default: '1' },
    epochs: { type: 'string' },
    network: { type: 'string', default: 'mainnet' },
    trace: { type: 'boolean', default: false },
    observed: { type: 'boolean', default: false },
  },
})
const network = values.network === 'compressed' ? 'compressed' : 'mainnet'
const epochs = values.epochs === undefined ? {} : { epochs: Number(values.epochs) }
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function one(seed: number): void {
  const report = simulate({
    seed,
    network,
    ...epochs,
    ...(values.trace ? { trace: say } : {}),
    ...(values.observed ? { observed: say } : {}),
  })
  for (const { rule, atMs, text } of report.violations) say(`seed ${seed} ${rule} at ${Math.round(atMs)} ms: ${text}`)
  say(summary(report.figures))
  process.exitCode = report.violations.length > 0 ? 1 : 0
}

if (values.seed !== undefined) one(Number(values.seed))
else {
  const figures = newFigures()
  const from = Number(values.from)
  let failing = 0
  for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
    const { violations } = simulate({ seed, network, figures, ...epochs })
    const first = violations[0]
    if (first === undefined) continue
    failing += 1
    const kinds = [...new Set(violations.map(({ rule }) => rule))].join(', ')
    const replay = `npm run campaign -- --network ${network} --seed ${seed} --trace`
    say(`seed ${seed}: ${kinds} (${violations.length})\n  ${first.text}\n  ${replay}`)
  }
  say(summary(figures))
  process.exitCode = failing > 0 ? 1 : 0
}
