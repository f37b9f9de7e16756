/** Which release the simulated node plays. */
export interface NodeVersion {
  readonly name: 'v1.7.6' | 'v1.8.3'
  /** `--config` is mandatory and always JSON; other error wording; PoET question limited to 30 s; v2beta1. */
  readonly is18: boolean
  readonly localSchema: number
  readonly stateSchema: number
}

export const VERSIONS: Readonly<Record<NodeVersion['name'], NodeVersion>> = {
  'v1.7.6': { name: 'v1.7.6', is18: false, localSchema: 9, stateSchema: 25 },
  'v1.8.3': { name: 'v1.8.3', is18: true, localSchema: 9, stateSchema: 26 },
}

/** The release named in SMESHKEEPER_PRACTICE_VERSION; v1.8.3 when it names none that we play. */
export function versionFrom(name: string | undefined): NodeVersion {
  return name === 'v1.7.6' ? VERSIONS['v1.7.6'] : VERSIONS['v1.8.3']
}
