import { createRegistry, fromBinary, toBinary, toJson, type DescMessage, type Message } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { allServices } from '../../../electron/node-api/services.ts'
import { grpcFiles, messagesOf, schemaOf } from './recordings.ts'

/** Messages of which we describe only a part, with the reason; in them unknown fields are allowed. None was recorded. */
const NEWER: ReadonlySet<string> = new Set<string>()

const registry = createRegistry(...allServices)

/** Paths of unknown fields at any depth. */
function unknownFields(schema: DescMessage, message: Message, at: string): string[] {
  const found = NEWER.has(schema.typeName) ? [] : (message.$unknown ?? []).map((field) => `${at}.${field.no}`)
  const values = message as unknown as Record<string, unknown>
  const inner = (desc: DescMessage, value: unknown, name: string): string[] => unknownFields(desc, value as Message, `${at}.${name}`)
  for (const field of schema.fields) {
    const member = field.oneof === undefined ? values[field.localName] : oneofValue(values[field.oneof.localName], field.localName)
    if (member === undefined || field.message === undefined) continue
    const list = field.fieldKind === 'list' ? (member as unknown[]) : field.fieldKind === 'map' ? Object.values(member as object) : [member]
    for (const value of list) found.push(...inner(field.message, value, field.name))
  }
  return found
}

function oneofValue(group: unknown, name: string): unknown {
  const { case: set, value } = group as { case?: string; value?: unknown }
  return set === name ? value : undefined
}

describe('recorded gRPC messages', () => {
  const files = grpcFiles()

  it('are all there', () => {
    const counts = files.map((file) => messagesOf(file).length)
    expect(files.filter((file) => file.includes('/grpc')).length).toBe(105)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(4200)
  })

  it.each(files)('%s: known to the last field, equal to the recorded JSON, encoded again byte for byte', (file) => {
    for (const recorded of messagesOf(file)) {
      const where = `${file}:${recorded.line} ${recorded.rpc}`
      const schema = schemaOf(recorded)
      const message = fromBinary(schema, recorded.bytes)
      expect(unknownFields(schema, message, where)).toEqual([])
      const json = toJson(schema, message, { useProtoFieldName: true, registry })
      // The recordings' note: paths were changed, in this one place in the JSON only.
      expect(JSON.parse(JSON.stringify(json).replaceAll('/usr/local/go/', '$GOROOT/')), where).toEqual(recorded.json)
      const again = toBinary(schema, message)
      expect(fromBinary(schema, again), where).toEqual(message)
      if (isCanonical(schema, recorded.bytes)) expect(Buffer.from(again).equals(Buffer.from(recorded.bytes)), where).toBe(true)
      else expect(again.length, where).toBe(recorded.bytes.length)
    }
  })
})

/** Go writes the entries of a map in random order, and the recorder wrote two of its own requests out of order. */
function isCanonical(schema: DescMessage, bytes: Uint8Array): boolean {
  if (hasMap(schema)) return false
  const reader = new BinaryReader(bytes)
  for (let last = 0; reader.pos < reader.len;) {
    const [field, wireType] = reader.tag()
    if (field < last) return false
    last = field
    reader.skip(wireType, field)
  }
  return true
}

const hasMap = (schema: DescMessage): boolean =>
  schema.fields.some((field) => field.fieldKind === 'map' || (field.message !== undefined && hasMap(field.message)))

describe('the proto files', () => {
  it('describe v2beta1 exactly as v2alpha1, but for the package name', () => {
    const folder = path.resolve(import.meta.dirname, '../../../proto/spacemesh')
    const names = readdirSync(path.join(folder, 'v2alpha1')).sort()
    expect(readdirSync(path.join(folder, 'v2beta1')).sort()).toEqual(names)
    for (const name of names) {
      const alpha = readFileSync(path.join(folder, 'v2alpha1', name), 'utf8')
      expect(readFileSync(path.join(folder, 'v2beta1', name), 'utf8'), name).toBe(alpha.replaceAll('v2alpha1', 'v2beta1'))
    }
  })
})
