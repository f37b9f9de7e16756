import os from 'node:os'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { PlanContext } from '../context.ts'
import { serviceOptions } from '../plans/convert.ts'
import type { SetUpEdit } from '../plans/plan-parts.ts'

/** Folder of an identity's PoS data: that of our set-up, else as the last search found it; the first of several. */
export function posFolderOf({ posFolders, setUp }: Pick<PlanContext, 'posFolders' | 'setUp'>, identity: string): string | undefined {
  const own = setUp?.expanded.services.find((one) => one.identity === identity)?.posFolder
  return own ?? posFolders.find(({ state }) => state.is === 'present' && state.identity === identity)?.path
}

/**
 * A service for each identity that has none and whose PoS data is known: with the nonces and threads with which somebody
 * proved from this folder before, else with those of our other services, else with a node's own.
 */
export function servicesFor(setup: Setup, ids: readonly string[], context: PlanContext): SetUpEdit['services'] {
  const model = setup.services[0]
  return ids.flatMap((identity) => {
    const posFolder = posFolderOf(context, identity)
    if (posFolder === undefined || setup.services.some((one) => one.identity === identity)) return []
    const found = context.setups.flatMap(({ services }) => services).find((one) => one.posFolder === posFolder)
    const nonces = found?.nonces ?? model?.nonces
    const threads = found?.threads ?? model?.threads
    const randomx = found?.randomx ?? model?.randomx
    const options = {
      ...(nonces === undefined ? {} : { nonces }),
      ...(threads === undefined ? {} : { threads }),
      ...(randomx === undefined ? {} : { randomx }),
    }
    return [{ identity, posFolder, ...serviceOptions(options, os.cpus().length) }]
  })
}

/** What serves now is what serves the others too. */
export function serviceBinary(setup: Setup, { setups }: PlanContext): string | undefined {
  return setup.services[0]?.binary ?? setups.flatMap(({ services }) => services).find(({ binary }) => binary !== undefined)?.binary
}
