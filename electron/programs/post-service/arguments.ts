import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { Network } from '../../../shared/setup/network.ts'
import type { SetupService } from '../../../shared/setup/schema.ts'
import { atLeast } from '../binaries/version.ts'

export type ServiceArgumentsFault =
  'service/no-scheme' | 'service/https-without-tls' | 'service/no-threads' | 'service/k2pow-too-old' | 'service/watch-pid'

/**
 * The command line of one post-service. All parameters of the network are passed: the service cannot ask for them and
 * a proof made with others is thrown away.
 *
 * @param version of the binary, `undefined` when it was not asked yet
 * @source facts/post-service.md §1
 */
export function serviceArguments(service: SetupService, network: Network, version?: string): Result<string[], ServiceArgumentsFault> {
  const wrong = refuse(service, version)
  if (wrong !== undefined) return wrong
  const { post } = network
  const pairs: readonly (readonly [string, string | number])[] = [
    ['--dir', service.posFolder],
    ['--address', service.nodeAddress],
    ['--min-num-units', post.minNumUnits],
    ['--max-num-units', post.maxNumUnits],
    ['--k1', post.k1],
    ['--k2', post.k2],
    ['--pow-difficulty', post.powDifficulty],
    ['-n', post.scrypt.n],
    ['-r', post.scrypt.r],
    ['-p', post.scrypt.p],
    ['--nonces', service.nonces],
    ['--randomx-mode', service.randomx],
    ['--operator-address', service.operator],
  ]
  return ok([
    ...pairs.flatMap(([option, value]) => [option, String(value)]),
    ...cores(service),
    ...tls(service),
    ...remotePow(service),
    ...service.extraArgs,
  ])
}

/** `RUST_LOG` is all that post-service reads. */
export const serviceEnvironment = (service: SetupService): Readonly<Record<string, string>> => ({ RUST_LOG: service.rustLog })

function refuse(service: SetupService, version: string | undefined): Result<never, ServiceArgumentsFault> | undefined {
  if (!/^https?:\/\//.test(service.nodeAddress)) {
    return fail('service/no-scheme', `address "${service.nodeAddress}" has no http:// or https://: post-service would never connect`)
  }
  if (service.nodeAddress.startsWith('https:') && service.tls === null) {
    return fail('service/https-without-tls', 'an https address needs a CA certificate, a client certificate and its key')
  }
  if (service.threads === undefined && service.pinnedCores === undefined) {
    return fail('service/no-threads', 'give threads or pinned cores: post-service refuses to start without')
  }
  if (service.remoteK2pow !== null && version !== undefined && !atLeast(version, '0.8.0')) {
    return fail('service/k2pow-too-old', `remote k2pow needs post-service 0.8.0 or newer, this is ${version}`)
  }
  if (service.extraArgs.some((arg) => /^--watch-pid(=|$)/.test(arg))) {
    return fail('service/watch-pid', '--watch-pid is not used: it leaves a computing process behind when the watched one ends')
  }
  return undefined
}

function cores(service: SetupService): string[] {
  if (service.pinnedCores !== undefined) return ['--pinned-cores', service.pinnedCores.join(',')]
  return ['--threads', String(service.threads ?? 1)]
}

function tls({ tls: material }: SetupService): string[] {
  if (material === null) return []
  const domain = material.domain === undefined ? [] : ['--domain', material.domain]
  return ['--ca-cert', material.caCert, '--cert', material.cert, '--key', material.key, ...domain]
}

function remotePow({ remoteK2pow, k2powParallelism }: SetupService): string[] {
  if (remoteK2pow === null) return []
  return ['--remote-k2pow', remoteK2pow, ...(k2powParallelism === null ? [] : ['--remote-k2pow-parallelism', String(k2powParallelism)])]
}
