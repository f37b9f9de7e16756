import os from 'node:os'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { importArchive, inspectBinaries } from '../../programs/index.ts'
import type { Alerting } from '../alerting.ts'
import { expandPath } from '../expand.ts'
import type { CallContext } from './context.ts'

export function historyCalls(context: CallContext): AppHandlers['history'] {
  return {
    proofs: (ask) => ok(context.session()?.history?.proofs(ask) ?? []),
    entries: (ask) => ok(context.session()?.history?.entries(ask) ?? []),
  }
}

export function binaryCalls(context: CallContext): AppHandlers['binaries'] {
  const isMainnet = (): boolean => {
    const setup = context.session()?.setup()
    return setup === undefined || resolveNetwork(setup.network).isMainnet
  }
  return {
    inspect: ({ path }) => inspectBinaries(expandPath(path, os.homedir()), { isMainnet: isMainnet() }),
    async accept({ path }) {
      const session = context.session()
      if (session === undefined) return fail('binary/missing', 'nothing is set up yet')
      const accepted = session.binaries.accept(expandPath(path, os.homedir()))
      if (!accepted.ok) return fail('binary/missing', accepted.fault.detail)
      await session.replaceSetup(session.setup())
      return ok(undefined)
    },
    importArchive: ({ path }) =>
      importArchive(expandPath(path, os.homedir()), { programs: `${context.home.root}/programs`, isMainnet: isMainnet() }),
  }
}

export function alertCalls(alerting: () => Alerting | undefined): AppHandlers['alerts'] {
  return {
    async test() {
      const running = alerting()
      return running === undefined ? fail('internal', 'nothing is set up yet', { retry: 'user' }) : ok(await running.test())
    },
    pause({ untilMs }) {
      alerting()?.pause(untilMs)
      return ok(undefined)
    },
  }
}
