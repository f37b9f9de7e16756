/** A set-up while it is edited: any JSON, valid or not, reached by dotted places such as `services.2.threads`. */
export type Draft = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

export function readAt(draft: unknown, at: string): unknown {
  return at.split('.').reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)]
    return isRecord(value) ? value[key] : undefined
  }, draft)
}

/** The text at that place; '' for anything that is no text. */
export const textAt = (draft: unknown, at: string): string => {
  const value = readAt(draft, at)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function put(value: unknown, keys: readonly string[], next: unknown): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return next
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])]
    copy[Number(key)] = put(copy[Number(key)], rest, next)
    return copy
  }
  const copy: Record<string, unknown> = isRecord(value) ? { ...value } : {}
  const inner = put(copy[key], rest, next)
  if (inner === undefined) delete copy[key]
  else copy[key] = inner
  return copy
}

/** A copy with the value at that place; `undefined` takes the key away. */
export const writeAt = (draft: Draft, at: string, value: unknown): Draft => put(draft, at.split('.'), value) as Draft

export const listAt = (draft: Draft, at: string): readonly unknown[] => {
  const value = readAt(draft, at)
  return Array.isArray(value) ? value : []
}

/** The first port of a list that nobody in the draft uses yet. */
export function freePort(draft: Draft, from: number): number {
  const text = JSON.stringify(draft)
  let port = from
  while (text.includes(`:${port}`)) port += 1
  return port
}

export const newManagedNode = (): Draft => ({
  mode: 'managed',
  owner: 'smeshkeeper',
  binary: '',
  dataFolder: '',
  configFile: '',
  listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
})

export const newAttachedNode = (): Draft => ({
  mode: 'attached',
  owner: 'someone',
  public: '127.0.0.1:9092',
  private: '127.0.0.1:9093',
  post: '127.0.0.1:9094',
})

export const newSetup = (): Draft => ({
  version: 1,
  network: { preset: 'mainnet' },
  node: newManagedNode(),
  identities: [],
  services: [],
  alerts: { desktop: true },
  onQuit: 'ask',
})

/** A service for an identity, with an operator address of its own and the node's post listener. */
export function newService(draft: Draft, identity: string): Draft {
  const post = textAt(draft, 'node.listeners.post') || textAt(draft, 'node.post') || '127.0.0.1:9094'
  return {
    identity,
    owner: 'smeshkeeper',
    binary: readAt(draft, 'services.0.binary') ?? '',
    posFolder: '',
    nonces: 288,
    threads: 4,
    randomx: 'fast',
    operator: `127.0.0.1:${freePort(draft, 50_051)}`,
    nodeAddress: `http://${post}`,
    policy: 'always',
  }
}

/** How many places differ, for the bar that waits. */
export function countChanges(before: unknown, after: unknown): number {
  if (Object.is(before, after)) return 0
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length)
    return Array.from({ length }, (_, i) => countChanges(before[i], after[i])).reduce((sum, n) => sum + n, 0)
  }
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].reduce((sum, key) => sum + countChanges(before[key], after[key]), 0)
  }
  return 1
}
