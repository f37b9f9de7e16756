import { describe, expect, it } from 'vitest'
import { serviceArguments, serviceEnvironment } from '../../../../electron/programs/index.ts'
import { aService, mainnet } from '../builders.ts'
import { recording } from '../recordings.ts'

const argsOf = (more: Record<string, unknown> = {}, version?: string): string[] => {
  const made = serviceArguments(aService(more), mainnet, version)
  if (!made.ok) throw new Error(made.fault.detail)
  return made.value
}
const faultOf = (service: ReturnType<typeof aService>, version?: string): string => {
  const made = serviceArguments(service, mainnet, version)
  return made.ok ? 'none' : made.fault.code
}

describe('the command line of a post-service', () => {
  it('passes every parameter of the network, the folder as one argument', () => {
    expect(argsOf().join('|')).toBe(
      '--dir|/mnt/north/post amber|--address|http://127.0.0.1:9094' +
        '|--min-num-units|4|--max-num-units|4294967295|--k1|26|--k2|37' +
        '|--pow-difficulty|000dfb23b0979b4b000000000000000000000000000000000000000000000000' +
        '|-n|8192|-r|1|-p|1|--nonces|288|--randomx-mode|fast|--operator-address|127.0.0.1:50051|--threads|6',
    )
  })

  it('knows only options that both versions know, but for remote k2pow', () => {
    const tls = { caCert: '/a', cert: '/b', key: '/c', domain: 'node' }
    const made = argsOf({ tls, nodeAddress: 'https://10.0.0.2:9094', remoteK2pow: 'http://k2:3000', k2powParallelism: 8 }, '0.8.5')
    const options = made.filter((arg) => /^--?[a-z]/.test(arg))
    const known = (version: string) => new Set(recording(`help/post-service-${version}.txt`).match(/(?<=[\s,])--?[a-z][\w-]*/g))
    for (const option of options) expect(known('0.8.5')).toContain(option)
    for (const option of options.filter((one) => !one.startsWith('--remote-k2pow'))) expect(known('0.7.13')).toContain(option)
  })

  it('pins cores instead of threads, and puts extra arguments last', () => {
    const made = argsOf({ threads: undefined, pinnedCores: [2, 3], extraArgs: ['--max-retries', '3'] })
    expect(made.slice(-4)).toEqual(['--pinned-cores', '2,3', '--max-retries', '3'])
    expect(made).not.toContain('--threads')
  })

  it('passes 0 threads (all cores) as it is', () => {
    expect(argsOf({ threads: 0 }).slice(-2)).toEqual(['--threads', '0'])
  })

  it('refuses what would never work, with the reason', () => {
    expect(faultOf({ ...aService(), nodeAddress: '127.0.0.1:9094' })).toBe('service/no-scheme')
    expect(faultOf(aService({ nodeAddress: 'https://127.0.0.1:9094' }))).toBe('service/https-without-tls')
    expect(faultOf({ ...aService(), threads: undefined })).toBe('service/no-threads')
    expect(faultOf(aService({ remoteK2pow: 'http://k2:3000' }), '0.7.13')).toBe('service/k2pow-too-old')
    expect(faultOf(aService({ remoteK2pow: 'http://k2:3000' }), '0.8.0')).toBe('none')
    expect(faultOf(aService({ extraArgs: ['--watch-pid=1'] }))).toBe('service/watch-pid')
  })

  it('gives only RUST_LOG', () => {
    expect(serviceEnvironment(aService({ rustLog: 'info,post=debug' }))).toEqual({ RUST_LOG: 'info,post=debug' })
  })
})
