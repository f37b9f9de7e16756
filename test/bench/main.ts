// `npm run bench [name…] [--json] [--minutes N]`. Figures are ratios within one run, or resources: see README.md.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { CannotRun, type Bench, type BenchResult, type Figure } from './types.ts'

const HELPERS = ['main.ts', 'types.ts']

interface Ran extends BenchResult {
  readonly name: string
  readonly problem?: string
}

const args = process.argv.slice(2)
const isJson = args.includes('--json')
/** Set on the process that was started inside a display of its own. */
const isInside = args.includes('--inside')
const minutesAt = args.indexOf('--minutes')
const minutes = minutesAt < 0 ? undefined : Number(args[minutesAt + 1])
const names = args.filter((arg, i) => !arg.startsWith('--') && !(minutesAt >= 0 && i === minutesAt + 1))
const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function benches(): Promise<Bench[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !HELPERS.includes(file))
  const all: Bench[] = []
  for (const file of files.toSorted()) all.push((await import(path.join(import.meta.dirname, file))) as Bench)
  return all
}

const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0

/** A window is drawn on a display of its own, so that nothing of the user's desktop is in the figures. */
async function runInDisplay(bench: Bench): Promise<Ran> {
  const missing = ['xvfb-run', 'dbus-run-session'].filter((command) => !has(command))
  if (missing.length > 0) return { name: bench.name, figures: [], problem: `${missing.join(' and ')} needed (Debian: xvfb, dbus)` }
  const inner = [process.execPath, import.meta.filename, bench.name, '--json', '--inside']
  const rest = minutes === undefined ? [] : ['--minutes', String(minutes)]
  const child = spawn('xvfb-run', ['-a', '-s', '-screen 0 1440x900x24', 'dbus-run-session', '--', ...inner, ...rest], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  await new Promise((resolve) => child.once('close', resolve))
  const last = text.trim().split('\n').at(-1) ?? ''
  try {
    const [ran] = (JSON.parse(last) as { benches: Ran[] }).benches
    if (ran !== undefined) return ran
  } catch {
    say(text)
  }
  return { name: bench.name, figures: [], problem: 'it ended without figures' }
}

async function runOne(bench: Bench): Promise<Ran> {
  if (bench.needs === 'window' && process.platform === 'linux' && !isInside) return runInDisplay(bench)
  try {
    const result = await bench.run({ say: (line) => say(`  ${bench.name}: ${line}`), ...(minutes === undefined ? {} : { minutes }) })
    return { name: bench.name, ...result }
  } catch (cause: unknown) {
    const problem =
      cause instanceof CannotRun
        ? `cannot run here: ${cause.message}`
        : cause instanceof Error
          ? (cause.stack ?? cause.message)
          : String(cause)
    return { name: bench.name, figures: [], problem }
  }
}

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1))

function table(ran: readonly Ran[]): string {
  const rows = ran.flatMap(({ name, figures }) =>
    figures.map((one: Figure) => [
      name,
      one.name,
      shown(one.value),
      one.unit,
      one.limit ?? '',
      one.ok === undefined ? '' : one.ok ? 'ok' : 'MISSED',
    ]),
  )
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) => row.map((cell, i) => (i === 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  '))
    .join('\n')
}

const all = await benches()
const unknown = names.filter((name) => !all.some((bench) => bench.name === name))
if (unknown.length > 0 || args.includes('--help')) {
  say(`npm run bench [name…] [--json] [--minutes N]\n\n${all.map((bench) => `  ${bench.name.padEnd(10)} ${bench.describe}`).join('\n')}`)
  process.exit(unknown.length > 0 ? 64 : 0)
}
const ran: Ran[] = []
for (const bench of all.filter((one) => names.length === 0 || names.includes(one.name))) {
  if (!isInside) say(`${bench.name}: ${bench.describe}`)
  ran.push(await runOne(bench))
}
if (isJson) process.stdout.write(`${JSON.stringify({ benches: ran })}\n`)
else {
  process.stdout.write(`${table(ran)}\n`)
  for (const { name, notes, problem } of ran) {
    for (const note of notes ?? []) process.stdout.write(`${name}: ${note}\n`)
    if (problem !== undefined) process.stdout.write(`${name}: ${problem}\n`)
  }
}
const isMissed = ran.some((one) => one.problem !== undefined || one.figures.some((figure) => figure.ok === false))
process.stdout.write('', () => process.exit(isMissed ? 1 : 0))
