import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { DescMessage, DescMethod } from '@bufbuild/protobuf'
import { allServices } from '../../../electron/node-api/services.ts'

export const RECORDINGS = path.resolve(import.meta.dirname, '../../fixtures/recordings')

/** A message as it was on the wire. */
export interface RecordedMessage {
  readonly file: string
  readonly line: number
  readonly atMs: number
  readonly rpc: string
  /** From the server to the client. */
  readonly isAnswer: boolean
  readonly bytes: Uint8Array
  readonly json: unknown
}

interface Line {
  readonly t_ms: number
  readonly rpc: string
  readonly dir: string
  readonly b64?: string
  readonly json?: unknown
}

/** Every file that holds wire bytes of gRPC messages. */
export function grpcFiles(): string[] {
  return readdirSync(RECORDINGS, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter(
      (file) =>
        file.endsWith('.jsonl') &&
        (/(^|\/)(grpc(-[A-Z])?)\//.test(file) || file.endsWith('Register.jsonl') || file.startsWith('post-service/')),
    )
    .sort()
}

export function messagesOf(file: string): RecordedMessage[] {
  const found: RecordedMessage[] = []
  const lines = readFileSync(path.join(RECORDINGS, file), 'utf8').split('\n')
  for (const [index, text] of lines.entries()) {
    if (!text.includes('"b64"')) continue
    const line = JSON.parse(text) as Line
    if (line.b64 === undefined) continue
    found.push({
      file,
      line: index + 1,
      atMs: line.t_ms,
      rpc: line.rpc.replace(/^\//, ''),
      isAnswer: ['in', 'server->client', 'node->service'].includes(line.dir),
      bytes: new Uint8Array(Buffer.from(line.b64, 'base64')),
      json: line.json,
    })
  }
  return found
}

const methods = new Map<string, DescMethod>(
  allServices.flatMap((service) => service.methods.map((method) => [`${service.typeName}/${method.name}`, method] as const)),
)

export function schemaOf(message: RecordedMessage): DescMessage {
  const method = methods.get(message.rpc)
  if (method === undefined) throw new Error(`${message.file}:${message.line}: no method ${message.rpc} in our protos`)
  return message.isAnswer ? method.output : method.input
}
