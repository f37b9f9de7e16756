import { readSync, readdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { readPace } from '../post-service/pace.ts'
import { parseFlags, usageText, type CliFlags } from './flags.ts'
import { fileCount, initialize } from './initialize.ts'
import { Exit, goPanic, voices, type Voices } from './output.ts'
import { prepare } from './prepare.ts'
import { configText, providersText, type Gpu } from './print.ts'
import { searchForNonce, verify } from './verify.ts'

const stdout = (text: string): void => void process.stdout.write(text)
const stderr = (text: string): void => void process.stderr.write(text)
const pace = readPace(process.env['SMESHKEEPER_PRACTICE_PACE'])
/** `1`: an OpenCL platform without a GPU; `good,wrong,lost`: one with such cards; without it there is none at all. */
const opencl = process.env['SMESHKEEPER_PRACTICE_OPENCL'] ?? ''
const hasOpenCl = opencl !== ''
const gpus = opencl.split(',').filter((word): word is Gpu => word === 'good' || word === 'wrong' || word === 'lost')
const sleep = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** One line from stdin, byte by byte: nothing behind it is taken. */
function readAnswer(): string | undefined {
  const byte = Buffer.alloc(1)
  let line = ''
  try {
    while (readSync(0, byte, 0, 1, null) === 1) {
      if (byte[0] === 10) return line
      line += byte.toString('latin1')
    }
  } catch {
    // A closed stdin is an answer as well.
    return undefined
  }
  return line === '' ? undefined : line
}

async function printProviders(say: Voices): Promise<void> {
  if (hasOpenCl) {
    say.print(providersText(gpus))
    return
  }
  await sleep(20 * pace.secondMs)
  say.log('failed to get OpenCL providers failed to fetch providers')
  throw new Exit(1)
}

function reset(flags: CliFlags, say: Voices): void {
  for (const name of readdirSync(flags.datadir)) {
    if (/^postdata_(\d+\.bin|metadata\.json)$/.test(name)) rmSync(path.join(flags.datadir, name))
  }
  say.log('cli: reset completed')
}

async function sanityProof(say: Voices): Promise<void> {
  say.log('cli: generating proof as a sanity test')
  await sleep(pace.randomxMs + pace.powMs)
  say.log('cli: proof is valid')
}

async function initializeFolder(flags: CliFlags, given: ReadonlySet<string>, say: Voices): Promise<void> {
  const metadata = prepare(flags, given, { voices: say, ask: readAnswer, panic: (text) => goPanic(say, stderr, text) })
  if (flags.reset) {
    reset(flags, say)
    return
  }
  let isStopped = false
  process.on('SIGINT', () => (isStopped = true))
  const end = await initialize(flags, metadata, {
    voices: say,
    sleep,
    secondMs: pace.secondMs,
    bytesPerSecond: pace.bytesPerSecond,
    hasOpenCl,
    gpus,
    isStopped: () => isStopped,
  })
  if (end.at === 'completed') {
    say.log('cli: initialization completed')
    if (flags.genproof) await sanityProof(say)
  }
  // An error is said and still counts as success: so does the real program.
  else if (end.at === 'error') say.log(`cli: initialization error ${end.why}`)
  else {
    say.log('cli: initialization interrupted')
    throw new Exit(1)
  }
}

async function run(flags: CliFlags, given: ReadonlySet<string>): Promise<void> {
  const say = voices(stdout, stderr, flags.logLevel === 'debug')
  if (flags.printProviders) return printProviders(say)
  if (flags.printNumFiles) return say.log(String(fileCount(flags)))
  if (flags.printConfig) return say.print(configText(flags))
  if (flags.verify) return verify(flags, say)
  if (flags.searchForNonce) return searchForNonce(flags, say)
  return initializeFolder(flags, given, say)
}

async function main(): Promise<number> {
  const parsed = parseFlags(process.argv.slice(2), homedir())
  if ('complaint' in parsed) {
    const head = parsed.complaint === '' ? '' : `${parsed.complaint}\n`
    stderr(`${head}${usageText(process.argv[1] ?? 'postcli', homedir())}\n`)
    return parsed.complaint === '' ? 0 : 2
  }
  try {
    await run(parsed.flags, parsed.given)
    return 0
  } catch (cause: unknown) {
    if (cause instanceof Exit) return cause.code
    throw cause
  }
}

process.exitCode = await main()
