import { spawn, type ChildProcess } from 'node:child_process'
import { get } from 'node:http'
import { fromBinary } from '@bufbuild/protobuf'
import { ServiceResponseSchema } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { collapse, type Run, type Transcript } from '../scenario.ts'
import { until } from '../wait.ts'
import { recordedFolder } from './folders.ts'
import { freePort, holdPort, httpServer, NodeSide, wordOf, wrongListener } from './node-side.ts'
import { channelsOf, isSubsequence, statusWord, statusWords } from './normalise.ts'

export type Event = Readonly<Record<string, unknown>>

export interface ReplayCase {
  readonly name: string
  readonly version: string
  readonly events: readonly Event[]
  readonly env: Readonly<Record<string, string>>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const isService = (event: Event): boolean => event['src'] === 'post-service'

/** The recording as a transcript: the same words as the driver makes of what it sees. */
export function recordedTranscript(given: ReplayCase, upTo = given.events.length): Transcript {
  const events = given.events.slice(0, upTo)
  const lines = linesOf(events)
  // An entry that is still being written says nothing yet.
  const next = linesOf(given.events.slice(upTo))[0]
  if (next !== undefined && isContinuation(next)) while (isContinuation(lines.pop() ?? '[')) continue
  const rules = statusRules(given)
  const words = events.filter((event) => event['src'] === 'status').map((event) => statusWord(event, rules))
  const exits = events
    .filter((event) => isService(event) && event['ev'] === 'exit')
    .map((event) => exitWord(event['code'], event['signal']))
  return { ...channelsOf(lines), status: statusWords(words), exits, wire: recordedWire(events) }
}

const CHANNELS = ['service', 'prover', 'beside', 'wire'] as const

interface Milestone {
  readonly lengths: Record<(typeof CHANNELS)[number], number>
  readonly status: readonly string[]
}

/** How much of each channel the recorder had seen at each event; a repeat that is not complete yet does not count. */
function milestones(given: ReplayCase): readonly Milestone[] {
  const made = given.events.map((_, i) => recordedTranscript(given, i + 1))
  const found: Milestone[] = made.map((transcript) => {
    const length = (channel: string): number => transcript[channel]?.length ?? 0
    return {
      lengths: { service: length('service'), prover: length('prover'), beside: length('beside'), wire: length('wire') },
      status: transcript['status'] ?? [],
    }
  })
  for (let i = found.length - 2; i >= 0; i -= 1) {
    for (const channel of CHANNELS) {
      const [here, later] = [found[i]?.lengths, found[i + 1]?.lengths]
      if (here !== undefined && later !== undefined) here[channel] = Math.min(here[channel], later[channel])
    }
  }
  return found
}

const linesOf = (events: readonly Event[]): string[] =>
  events.filter((event) => isService(event) && event['line'] !== undefined).map((event) => text(event['line']))

const isContinuation = (line: string): boolean => line.startsWith('    ')

/** The recorder wrote some causes after their effects: a killed node stands before the broken connection. */
export function causesFirst(events: readonly Event[]): readonly Event[] {
  const ordered = [...events]
  const kill = ordered.findIndex((event) => text(event['ev']).startsWith('node-side ended'))
  if (kill < 0) return ordered
  const effect = ordered.findIndex((event) => text(event['line']).includes('error reading a body from connection'))
  if (effect >= 0 && effect < kill) ordered.splice(effect, 0, ...ordered.splice(kill, 1))
  return ordered
}

/** What the service answered to the node, in the words of `NodeSide`. */
function recordedWire(events: readonly Event[]): string[] {
  const words: string[] = []
  for (const event of events) {
    if (event['dir'] !== 'service->node' || typeof event['b64'] !== 'string') continue
    words.push(wordOf(fromBinary(ServiceResponseSchema, new Uint8Array(Buffer.from(event['b64'], 'base64')))))
  }
  return collapse(words)
}

const exitWord = (code: unknown, signal: unknown): string => (typeof signal === 'string' ? `signal ${signal}` : `code ${Number(code)}`)
const statusRules = (given: ReplayCase) => ({
  isSilenceSeen: given.name.startsWith('fast-randomx-0.8'),
  isZeroSeen: given.version === '0.7.13',
})

const PRACTICE = { askMs: 100, pollMs: 12, pollTimeoutMs: 200, waitMs: 15_000 }
// Proof of work has no upper bound: the recorded two minutes were ten on a busy machine.
const REAL = { askMs: 2000, pollMs: 250, pollTimeoutMs: 2000, waitMs: 1_800_000 }

/** Plays one recording again: starts, asks, kills when the recorder did, after having seen what it had seen. */
export class Replay {
  readonly #run: Run
  readonly #case: ReplayCase
  readonly #pace: typeof PRACTICE
  readonly #milestones: readonly Milestone[]
  readonly #lines: string[] = []
  readonly #words: (string | undefined)[] = []
  readonly #exits: string[] = []
  readonly #closers: (() => void)[] = []
  #child: ChildProcess | undefined
  #node: NodeSide | undefined
  #operatorPort = 0
  #nodePort = 0
  #target: { pid: number; end: () => void } | undefined
  #isPolling = true

  constructor(run: Run, given: ReplayCase) {
    this.#run = run
    this.#case = given
    this.#milestones = milestones(given)
    this.#pace = run.program.isReal ? REAL : PRACTICE
  }

  async play(): Promise<Transcript> {
    try {
      await this.#prepare()
      for (const [i, event] of this.#case.events.entries()) if (!(await this.#step(event, i))) break
    } finally {
      this.#isPolling = false
      if (this.#child?.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
      this.#node?.kill()
      this.#target?.end()
      for (const close of this.#closers) close()
    }
    return this.#transcript()
  }

  #transcript(): Transcript {
    const expected = recordedTranscript(this.#case)
    const seen = { ...channelsOf(this.#lines), wire: this.#wire() }
    // The recorder stopped at some point; what comes after it in a running service is not part of the case.
    const cut = (channel: (typeof CHANNELS)[number]): readonly string[] => {
      const wanted = expected[channel] ?? []
      const isCut = this.#exits.at(-1) === 'signal SIGKILL'
      return isCut ? seen[channel].slice(0, Math.max(wanted.length, 1)) : seen[channel]
    }
    return {
      service: cut('service'),
      prover: cut('prover'),
      beside: seen.beside,
      status: statusWords(this.#words),
      exits: this.#exits,
      wire: cut('wire'),
    }
  }

  /** Empty where the recorder's node was a real one: what it received was not recorded. */
  #wire(): string[] {
    const isRecorded = this.#case.events.some((event) => event['src'] === 'node-side')
    return isRecorded ? collapse(this.#node?.answers ?? []) : []
  }

  async #prepare(): Promise<void> {
    const { name, events } = this.#case
    this.#nodePort = await freePort()
    this.#operatorPort = await freePort()
    const isAsked = events.some((event) => event['src'] === 'node-side')
    const isRealNode = name.startsWith('real-node')
    if (name.startsWith('real-node-wrong-listener')) this.#closers.push(await wrongListener(this.#nodePort))
    else if (name.startsWith('wrong-listener-http')) this.#closers.push(await httpServer(this.#nodePort, () => ({ status: 400, body: '' })))
    else if (isAsked || isRealNode) {
      this.#node = new NodeSide(
        this.#nodePort,
        this.#pace.askMs,
        async () => this.#look(),
        name.includes('duplicate') ? 'post service already registered' : undefined,
      )
      await this.#node.start()
    }
    if (name.startsWith('operator-port-busy')) this.#closers.push(await holdPort(this.#operatorPort))
  }

  async #step(event: Event, index: number): Promise<boolean> {
    const ev = text(event['ev'])
    if (event['src'] === 'ctl') return this.#control(ev, event)
    if (event['src'] === 'node-side' && ev.startsWith('control: ')) {
      const challenge = ev.slice('control: '.length)
      this.#node?.ask(challenge === '' ? undefined : new Uint8Array(Buffer.from(challenge, 'hex')))
      return true
    }
    if (isService(event) && ev === 'exit') return this.#end(event)
    if (isService(event) && /PID \d+ (not found|died)/.test(text(event['line']))) this.#target?.end()
    if (!isService(event) && event['src'] !== 'status' && event['dir'] !== 'service->node') return true
    return this.#seen(index)
  }

  async #control(ev: string, event: Event): Promise<boolean> {
    if (ev.startsWith('start ')) return this.#start(text(event['cmd']))
    if (ev.startsWith('send SIG')) this.#child?.kill(ev.split(' ')[1] as NodeJS.Signals)
    else if (ev.startsWith('node-side ended')) this.#node?.kill()
    else if (ev === 'node started again') await this.#node?.start()
    else if (ev.startsWith('still running')) return this.#exits.length === 0
    return true
  }

  /** Waits for everything that the recorder had seen up to this event. */
  async #seen(index: number): Promise<boolean> {
    const wanted = this.#milestones[index]
    if (wanted === undefined) return true
    const isThere = (): boolean => {
      const seen = { ...channelsOf(this.#lines), wire: this.#wire() }
      return (
        CHANNELS.every((channel) => seen[channel].length >= wanted.lengths[channel]) &&
        isSubsequence(wanted.status, statusWords(this.#words))
      )
    }
    return until(isThere, this.#pace.waitMs)
  }

  async #end(event: Event): Promise<boolean> {
    const count = this.#case.events
      .slice(0, this.#case.events.indexOf(event))
      .filter((each) => isService(each) && each['ev'] === 'exit').length
    const hasEnded = (): boolean => this.#exits.length > count
    if (event['signal'] === 'SIGKILL' && !hasEnded()) this.#child?.kill('SIGKILL')
    return until(hasEnded, this.#pace.waitMs)
  }

  async #start(command: string): Promise<boolean> {
    const args = await this.#mapped(command)
    const { program } = this.#run
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.#run.folder, ...program.env, ...(program.isReal ? {} : this.#case.env) }
    const child = spawn(program.command, [...program.args, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    let rest = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      this.#lines.push(...lines)
    })
    child.on('close', (code, signal) => this.#exits.push(exitWord(code, signal)))
    if (this.#case.events.some((event) => event['src'] === 'status')) void this.#poll(child)
    return true
  }

  async #mapped(command: string): Promise<string[]> {
    const words = command.split(' ').slice(1)
    const args: string[] = []
    for (const [i, word] of words.entries()) args.push(await this.#argument(words[i - 1] ?? '', word))
    return args
  }

  async #argument(option: string, word: string): Promise<string> {
    if (option === '--dir') return recordedFolder(word.replace('$HOME/spacemesh/', ''), this.#case.name, this.#run.shared)
    if (option === '--address') return word.replace(/:\d+$/, `:${this.#nodePort}`)
    if (option === '--operator-address' && /^127\.0\.0\.1:[1-9]/.test(word)) return `127.0.0.1:${this.#operatorPort}`
    if (option === '--remote-k2pow') return this.#remoteK2pow()
    if (option === '--watch-pid') return String(await this.#watched())
    return word
  }

  async #remoteK2pow(): Promise<string> {
    const port = await freePort()
    if (this.#case.name.includes('down')) return `http://127.0.0.1:${port}`
    const asked = new Set<string>()
    const answer = (url: string): { status: number; body: string } => {
      if (asked.has(url)) return { status: 200, body: '1' }
      asked.add(url)
      return { status: 201, body: '' }
    }
    this.#closers.push(await httpServer(port, (request) => answer(request.url ?? '')))
    return `http://127.0.0.1:${port}`
  }

  /** A process to watch; in the idle case nobody reaps it, as with the recorder. */
  async #watched(): Promise<number> {
    const isZombie = this.#case.events.some((event) => text(event['line']).includes('Zombie'))
    const script = isZombie ? 'sleep 600 & echo $!; exec sleep 600' : 'echo $$; exec sleep 600'
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    const pid = await new Promise<number>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))))
    let isOver = false
    const end = (): void => {
      if (!isOver) process.kill(pid, 'SIGKILL')
      isOver = true
    }
    this.#closers.push(() => child.kill('SIGKILL'))
    this.#target = { pid, end }
    return pid
  }

  async #poll(child: ChildProcess): Promise<void> {
    while (this.#isPolling && child === this.#child) {
      await this.#look()
      await new Promise((resolve) => setTimeout(resolve, this.#pace.pollMs))
    }
  }

  /** One look at the operator; whether the data are being read. */
  async #look(): Promise<boolean> {
    if (!this.#case.events.some((event) => event['src'] === 'status')) return false
    const answer = await askStatus(this.#operatorPort, this.#pace.pollTimeoutMs)
    const word = statusWord(answer, statusRules(this.#case))
    this.#words.push(word)
    return word?.endsWith(' reading') === true
  }
}

const askStatus = async (port: number, timeoutMs: number): Promise<{ body?: string; error?: string }> =>
  new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/status', agent: false, timeout: timeoutMs }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve(response.statusCode === 200 ? { body } : { error: `http ${response.statusCode ?? 0}` }))
      response.on('error', (cause) => resolve({ error: cause.message }))
    })
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', (cause) => resolve({ error: 'code' in cause && cause.code === 'ECONNREFUSED' ? 'refused' : cause.message }))
  })
