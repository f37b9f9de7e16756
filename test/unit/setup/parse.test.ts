import { describe, expect, it } from 'vitest'
import { MAINNET } from '../../../shared/domain/network.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { checkSetup, nearestKey, parseSetup } from '../../../shared/setup/parse.ts'

const id = (n: number): string => n.toString(16).padStart(64, '0')
const service = (n: number) => ({
  identity: id(n),
  binary: '/opt/post-service',
  posFolder: `/mnt/${n}`,
  threads: 2,
  operator: `127.0.0.1:${50000 + n}`,
  nodeAddress: 'http://127.0.0.1:9094',
})
const setup = (more: object = {}) => ({
  version: 1,
  network: { preset: 'mainnet' },
  node: { mode: 'attached', public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
  identities: [{ id: id(1) }, { id: id(2) }],
  services: [service(1), service(2)],
  ...more,
})

describe('a set-up', () => {
  it('is accepted with its defaults filled in', () => {
    const read = parseSetup(JSON.stringify(setup()))
    expect(read.ok && read.value.services[0]?.nonces).toBe(288)
    expect(read.ok && read.value.services[0]?.wanted).toBe('up')
    expect(read.ok && resolveNetwork(read.value.network).genesisMs).toBe(MAINNET.genesisMs)
  })

  it('names an unknown key and the nearest known one', () => {
    const read = checkSetup(setup({ services: [{ ...service(1), thread: 4 }] }))
    expect(read.ok).toBe(false)
    expect(read.issues?.[0]).toMatchObject({ at: 'services.0.thread', message: expect.stringContaining("'threads'") })
    expect(nearestKey('posFoldr')).toBe('posFolder')
    expect(nearestKey('zzzzzzzzzzzz')).toBeUndefined()
  })

  it('of a newer version is refused as newer, not as invalid', () => {
    const read = parseSetup(JSON.stringify(setup({ version: 7, whatever: true })))
    expect(!read.ok && read.fault.code).toBe('setup/newer')
  })

  it.each([
    ['', 'empty'],
    ['{"version": 1, "netw', 'not JSON'],
    ['[]', ''],
    ['null', ''],
    ['"text"', ''],
  ])('that is damaged (%s) is a fault with a reason', (text, why) => {
    const read = parseSetup(text)
    expect(!read.ok && read.fault.code).toBe('setup/invalid')
    expect(!read.ok && read.fault.detail).toContain(why)
  })

  it('never has two services for one identity, one operator address or one folder', () => {
    const double = { ...service(1), posFolder: '/mnt/other', operator: '127.0.0.1:50009' }
    expect(checkSetup(setup({ services: [service(1), double] })).issues?.[0]?.message).toContain('second service')
    expect(checkSetup(setup({ services: [service(1), { ...service(2), operator: '127.0.0.1:50001' }] })).issues?.[0]?.at).toBe(
      'services.1.operator',
    )
    expect(checkSetup(setup({ services: [service(1), { ...service(2), posFolder: '/mnt/1' }] })).issues?.[0]?.at).toBe(
      'services.1.posFolder',
    )
  })

  it('wants exactly one of threads and pinned cores', () => {
    expect(checkSetup(setup({ services: [{ ...service(1), pinnedCores: [1] }] })).ok).toBe(false)
    const { threads: _none, ...bare } = service(1)
    expect(checkSetup(setup({ services: [bare] })).ok).toBe(false)
    expect(checkSetup(setup({ services: [{ ...bare, pinnedCores: [1, 2] }] })).ok).toBe(true)
  })

  it('warns when a service would connect to another port than the post listener', () => {
    const read = checkSetup(setup({ services: [{ ...service(1), nodeAddress: 'http://127.0.0.1:9092' }] }))
    expect(read.ok).toBe(true)
    expect(read.issues?.[0]).toMatchObject({ severity: 'warning', at: 'services.0.nodeAddress' })
  })

  it.each(['localhost:50051', '50051', '127.0.0.1'])('refuses %s as operator address, as post-service does', (operator) => {
    expect(checkSetup(setup({ services: [{ ...service(1), operator }] })).ok).toBe(false)
  })
})
