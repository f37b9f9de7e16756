import { MAINNET } from '../../../shared/domain/network.ts'
import type { Network } from '../../../shared/setup/network.ts'
import { managedNodeSchema, serviceSchema, type ManagedNode, type SetupService } from '../../../shared/setup/schema.ts'

export const mainnet: Network = { ...MAINNET, isMainnet: true }

export const aService = (more: Record<string, unknown> = {}): SetupService =>
  serviceSchema.parse({
    identity: '91b8'.repeat(16),
    binary: '/opt/post-service',
    posFolder: '/mnt/north/post amber',
    threads: 6,
    operator: '127.0.0.1:50051',
    nodeAddress: 'http://127.0.0.1:9094',
    ...more,
  })

export const aNode = (more: Record<string, unknown> = {}): ManagedNode =>
  managedNodeSchema.parse({
    mode: 'managed',
    binary: '/opt/go-spacemesh',
    dataFolder: '/data/spacemesh',
    configFile: '/home/u/config.json',
    coinbase: 'sm1qqqqqq',
    listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
    ...more,
  })
