import { describe, expect, it } from 'vitest'
import { allowList } from '../../../electron/node-api/allowed.ts'
import { CHANNEL_OPTIONS, dialAddress } from '../../../electron/node-api/connection.ts'
import { allServices, v1 } from '../../../electron/node-api/services.ts'

describe('the list of calls', () => {
  it('holds no method that harms a node, and none that we did not describe', () => {
    const known = new Set(allServices.flatMap((service) => service.methods.map((method) => `/${service.typeName}/${method.name}`)))
    const paths = [...allowList().keys()]
    expect(paths.length).toBeGreaterThan(20)
    for (const path of paths) {
      expect(known).toContain(path)
      expect(path).not.toMatch(/LayerStreamService|StopSmeshing|StartSmeshing|SetCoinbase|Recover|Checkpoint|ErrorStream|Register|Submit/)
    }
  })

  it('cannot be made with the call that kills the node, in any version', () => {
    for (const version of ['v2alpha1', 'v2beta1']) {
      const method = {
        ...v1.AdminService.method.eventsStream,
        name: 'Stream',
        parent: { typeName: `spacemesh.${version}.LayerStreamService` },
      }
      expect(() => allowList([[method as never, 'private', 1_000]])).toThrow(/kills the node/)
    }
    expect(allServices.some((service) => service.typeName.includes('LayerStream'))).toBe(false)
  })

  it('cannot be made with calls that change the node', () => {
    expect(() => allowList([[v1.SmesherService.method.setCoinbase, 'private', 1_000]])).toThrow(/changes the node/)
    expect(() => allowList([[v1.PostService.method.register, 'post', 1_000]])).toThrow(/changes the node/)
  })
})

describe('the channel', () => {
  it('pings less often than the node bears, and never without a call', () => {
    expect(CHANNEL_OPTIONS['grpc.keepalive_time_ms']).toBeGreaterThan(60_000)
    expect(CHANNEL_OPTIONS['grpc.keepalive_permit_without_calls']).toBe(0)
    expect(CHANNEL_OPTIONS['grpc.enable_http_proxy']).toBe(0)
    expect(CHANNEL_OPTIONS['grpc.max_receive_message_length']).toBe(10_485_760)
  })

  it.each([
    ['0.0.0.0:9092', '127.0.0.1:9092'],
    [':9092', '127.0.0.1:9092'],
    ['[::]:9092', '[::1]:9092'],
    ['127.0.0.1:9093', '127.0.0.1:9093'],
    ['[fe80::1]:9093', '[fe80::1]:9093'],
    ['node.example:9093', 'node.example:9093'],
    ['10.0.0.0:9092', '10.0.0.0:9092'],
  ])('dials %s as %s', (address, dialled) => {
    expect(dialAddress(address)).toBe(dialled)
  })
})
