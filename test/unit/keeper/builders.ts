import type { AppSnapshot, IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'

export const AMBER = 'a'.repeat(64)
export const BIRCH = 'b'.repeat(64)

/** A valid set-up with two services of ours. */
export function aSetup(change: Partial<Setup> = {}): Setup {
  const setup = setupSchema.parse({
    version: 1,
    network: { preset: 'mainnet' },
    node: {
      mode: 'managed',
      binary: '/opt/go-spacemesh',
      dataFolder: '/data/node',
      configFile: '/data/config.json',
      coinbase: 'sm1qqqqqq',
      listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
    },
    identities: [
      { id: AMBER, nickname: 'Amber' },
      { id: BIRCH, nickname: 'Birch' },
    ],
    services: [AMBER, BIRCH].map((identity, i) => ({
      identity,
      binary: '/opt/post-service',
      posFolder: `/data/pos-${i}`,
      threads: 1,
      operator: `127.0.0.1:${50_051 + i}`,
      nodeAddress: 'http://127.0.0.1:9094',
    })),
  })
  return { ...setup, ...change }
}

export function anIdentity(change: Partial<IdentitySnapshot> = {}): IdentitySnapshot {
  return {
    id: AMBER,
    name: 'Amber',
    colour: 1,
    status: { kind: 'waiting', phase: 'next-epoch', timing: 'on-time', sentence: 'Waits for the next epoch.', since: 0 },
    evidence: [],
    ...change,
  }
}

export function aSnapshot(change: Partial<AppSnapshot> = {}): AppSnapshot {
  return {
    revision: 1,
    at: Date.UTC(2026, 0, 5, 2, 42),
    mode: 'real',
    headline: '2 of 2 on time.',
    node: {
      mode: 'managed',
      owner: 'smeshkeeper',
      kind: 'synced',
      sentence: 'Node in sync, layer 248,756, 42 peers, v1.8.3.',
      evidence: [],
    },
    identities: [anIdentity(), anIdentity({ id: BIRCH, name: 'Birch' })],
    alarms: [],
    host: { kind: 'headless', pid: 1, version: '0.1.0', childrenIn: 'session' },
    ...change,
  }
}
