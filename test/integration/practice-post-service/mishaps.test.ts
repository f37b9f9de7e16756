import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { create } from '@bufbuild/protobuf'
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { servedBy, v1 } from '../../../electron/node-api/index.ts'
import { createPracticePosData } from '../../../electron/practice/pos-data.ts'
import {
  GenProofStatus,
  NodeRequestSchema,
  type NodeRequest,
  type Proof,
  type ServiceResponse,
} from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { practiceProgram } from '../../conform/programs.ts'
import { freePort } from '../../conform/post-service/node-side.ts'
import { until } from '../../conform/wait.ts'

const CHALLENGE = new Uint8Array(32).fill(0x11)
const identity = new Uint8Array(32).fill(7)

/** A node that asks for one challenge for ever and keeps what it gets. */
async function anAskingNode(): Promise<{ port: number; proofs: Proof[]; errors: () => number; stop: () => void }> {
  const proofs: Proof[] = []
  let errors = 0
  const attend = (call: ServerDuplexStream<ServiceResponse, NodeRequest>): void => {
    const ask = (): boolean => call.write(create(NodeRequestSchema, { kind: { case: 'genProof', value: { challenge: CHALLENGE } } }))
    let timer: ReturnType<typeof setTimeout> | undefined
    call.on('data', ({ kind }: ServiceResponse) => {
      if (kind.case === 'genProof' && kind.value.proof !== undefined) proofs.push(kind.value.proof)
      if (kind.case === 'genProof' && kind.value.status === GenProofStatus.ERROR) errors += 1
      timer = setTimeout(ask, 30)
    })
    for (const end of ['error', 'end', 'cancelled']) call.on(end, () => clearTimeout(timer))
    call.write(create(NodeRequestSchema, { kind: { case: 'metadata', value: {} } }))
  }
  const server = new Server()
  server.addService(...servedBy(v1.PostService, { register: attend }))
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (cause, bound) => (cause === null ? resolve(bound) : reject(cause)))
  })
  return { port, proofs, errors: () => errors, stop: () => server.forceShutdown() }
}

const status = async (port: number, timeoutMs: number): Promise<string> =>
  new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/status', timeout: timeoutMs, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve(body))
    })
    request.on('timeout', () => request.destroy(new Error('silent')))
    request.on('error', (cause) => resolve(cause.message))
  })

describe('the practice post-service on demand', () => {
  let root = ''
  let node: Awaited<ReturnType<typeof anAskingNode>>
  let child: ChildProcess | undefined
  let log = ''
  let operator = 0

  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'smeshkeeper-mishaps-'))
    await createPracticePosData(path.join(root, 'pos'), {
      identity,
      commitmentAtxId: new Uint8Array(32).fill(9),
      numUnits: 1,
      labelsPerUnit: 4096,
      maxFileSize: 32_768,
      seed: 5,
    })
    node = await anAskingNode()
    operator = await freePort()
    log = ''
  })
  afterEach(() => {
    child?.kill('SIGKILL')
    node.stop()
    rmSync(root, { recursive: true, force: true })
  })

  const script = (mishaps: object): void => writeFileSync(path.join(root, 'script.json'), JSON.stringify({ services: { '*': mishaps } }))

  const start = (more: object = {}): Promise<string> => {
    const { command, args, env } = practiceProgram('post-service')
    const network = ['--min-num-units', '1', '--threads', '1', '--nonces', '128']
    const own = [
      '--dir',
      path.join(root, 'pos'),
      '--address',
      `http://127.0.0.1:${node.port}`,
      '--operator-address',
      `127.0.0.1:${operator}`,
    ]
    const pace = { randomxMs: 20, powMs: 40, bytesPerSecond: 400_000, passSuccess: 1, verifyMs: 20, secondMs: 20, seed: 1, ...more }
    const practice = { SMESHKEEPER_PRACTICE_PACE: JSON.stringify(pace), SMESHKEEPER_PRACTICE_SCRIPT: path.join(root, 'script.json') }
    const started = spawn(command, [...args, ...own, ...network], { env: { ...env, ...practice }, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    started.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
    return new Promise((resolve) => started.on('close', (code, signal) => resolve(String(signal ?? code))))
  }
  const says = async (text: string | RegExp): Promise<void> => {
    expect(await until(() => (typeof text === 'string' ? log.includes(text) : text.test(log)), 15_000), log).toBe(true)
  }

  it('delivers a valid proof: its pow is even', async () => {
    script({})
    void start()
    expect(await until(() => node.proofs.length > 0, 15_000), log).toBe(true)
    expect(Number(node.proofs[0]?.pow ?? 1n) % 2).toBe(0)
  })

  it('delivers one invalid proof, with an odd pow, then a valid one', async () => {
    script({ invalidProofs: 1 })
    void start()
    expect(await until(() => node.proofs.length > 1, 15_000), log).toBe(true)
    expect(node.proofs.slice(0, 2).map(({ pow }) => Number(pow % 2n))).toEqual([1, 0])
    expect(log).toContain('proof is valid')
  })

  it('fails one proof for good, and proves after a restart', async () => {
    script({ failNextProofs: 1 })
    const first = start()
    await says('failed to generate proof: proof generation failed: creating prover')
    expect(await until(() => node.errors() > 2, 15_000)).toBe(true)
    expect(await status(operator, 2000)).toBe('"DoneProving"')
    child?.kill('SIGTERM')
    expect(await first).toBe('SIGTERM')
    void start()
    expect(await until(() => node.proofs.length > 0, 15_000), log).toBe(true)
  })

  it('needs a second pass', async () => {
    script({ secondPass: true })
    void start()
    await says(/calculating proof of work for nonces 128\.\.256[^]*found proof/)
  })

  it('crashes once in the middle of the proof', async () => {
    script({ crashAt: 'reading' })
    expect(await start()).toBe('101')
    void start()
    expect(await until(() => node.proofs.length > 0, 15_000), log).toBe(true)
  })

  it('stops answering and answers again when the script changes', async () => {
    script({ hangStatus: true })
    void start({ powMs: 60_000 })
    await says('calculating proof of work')
    expect(await status(operator, 150)).toBe('silent')
    script({})
    expect(await status(operator, 5000)).toContain('"Proving"')
  })

  it('feels a disk that goes away while it reads, and goes on for ever', async () => {
    script({})
    void start({ bytesPerSecond: 60_000 })
    await says('Reading file')
    rmSync(path.join(root, 'pos', 'postdata_0.bin'))
    await says(/ERROR post::reader\] failed to read file '.*postdata_0\.bin' @ \d+\/32768: No such file or directory \(os error 2\)/)
    await says('calculating proof of work for nonces 128..256')
    expect(node.proofs).toHaveLength(0)
  })
})
