import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import type { Owner } from '../../../shared/domain/process.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { systemInterop } from '../../interop/index.ts'
import { systemFiles } from '../../lib/files.ts'
import { nodeProcess, serviceProcess, type ProcessPlan } from '../../programs/index.ts'
import type { PlanContext } from '../context.ts'
import { planHandOver } from '../foreign/plan-hand-over.ts'
import { planTakeOver } from '../foreign/plan-take-over.ts'
import { systemManagers } from '../foreign/system-managers.ts'
import { nameIn, ownNode, setUpWrite } from '../planning.ts'
import { planId } from '../plans/plan-parts.ts'
import type { Draft } from '../types.ts'

/** What is not ours to plan without a set-up. */
export type ForeignPlanFault = 'operation/unreadable'

const managers = ({ processes }: PlanContext): ReturnType<typeof systemManagers> =>
  systemManagers({
    files: systemFiles,
    platform: systemInterop(),
    own: () => new Set(processes.flatMap(({ owner, pid }) => (owner === 'smeshkeeper' ? [pid] : []))),
  })

const noNode = { name: 'Node', folder: '', version: '', identities: [] }

/** Everything of our set-up that this foreign manager runs becomes ours. */
function owned(setup: Setup, found: FoundSetup | undefined, owner: Owner): Setup {
  const folders = new Set((found?.services ?? []).map(({ posFolder }) => posFolder))
  const isNode = setup.node.dataFolder !== undefined && setup.node.dataFolder === found?.node?.dataFolder
  return {
    ...setup,
    node: isNode && setup.node.mode === 'managed' ? { ...setup.node, owner } : setup.node,
    services: setup.services.map((one) => (folders.has(one.posFolder) ? { ...one, owner } : one)),
  }
}

export function planTakeOverHere(request: { readonly label: string }, context: PlanContext): Promise<Draft> {
  const found = context.setups.find(({ label }) => label === request.label)
  return planTakeOver(request, {
    id: planId('take-over', context),
    now: context.now,
    setups: context.setups,
    processes: context.processes,
    managers: managers(context),
    files: systemFiles,
    node: ownNode(context) ?? noNode,
    setUp: setUpWrite(context, (setup) => owned(setup, found, 'smeshkeeper')),
    window: context.safeWindow,
    canAdopt: false,
  })
}

/** The command line that we run ourselves; nothing is written for it. */
function programOf(setup: Setup, what: string, configFolder: string): Result<{ readonly program: ProcessPlan; readonly folder: string }> {
  const common = {
    network: resolveNetwork(setup.network),
    paths: { logs: path.join(path.dirname(configFolder), 'logs'), config: configFolder },
    launcher: (binary: string) => ({ file: binary, prefixArgs: [], env: {} }),
    version: undefined,
  }
  if (what === 'node') {
    if (setup.node.mode !== 'managed')
      return fail('foreign/not-ours', 'Somebody else runs this node already: there is nothing to hand over.')
    const program = nodeProcess({
      ...common,
      node: setup.node,
      files: { read: (file) => readFileSync(file, 'utf8'), write: () => {} },
    })
    return program.ok ? ok({ program: program.value, folder: setup.node.dataFolder }) : program
  }
  const service = setup.services.find(({ identity }) => identity === what)
  if (service === undefined) return fail('foreign/unknown', 'This identity has no service here. Add it first.')
  const program = serviceProcess({ ...common, service })
  return program.ok ? ok({ program: program.value, folder: service.posFolder }) : program
}

export async function planHandOverHere(request: { readonly what: string }, context: PlanContext): Promise<Result<Draft>> {
  const { setUp } = context
  if (setUp === null) return fail('operation/unreadable', 'Nothing is set up yet, so there is nothing to hand over.')
  const named = programOf(setUp.expanded, request.what, path.dirname(setUp.file))
  if (!named.ok) return named
  const { program, folder } = named.value
  if (program.file.startsWith('practice:'))
    return fail('operation/unreadable', 'The practice network is no work for systemd: hand over a real node or service.')
  const platform = systemInterop()
  const own = ownNode(context) ?? noNode
  return ok(
    await planHandOver(request, {
      id: planId('hand-over', context),
      now: context.now,
      managers: managers(context),
      files: systemFiles,
      unitFolder: path.join(platform.env['XDG_CONFIG_HOME'] ?? path.join(platform.home, '.config'), 'systemd', 'user'),
      userName: platform.userName,
      program,
      folder,
      node: request.what === 'node' ? own : { ...own, name: nameIn(context, request.what), folder },
      setUp: setUpWrite(context, (setup) =>
        request.what === 'node'
          ? { ...setup, node: setup.node.mode === 'managed' ? { ...setup.node, owner: 'systemd' } : setup.node }
          : { ...setup, services: setup.services.map((one) => (one.identity === request.what ? { ...one, owner: 'systemd' } : one)) },
      ),
      window: context.safeWindow,
    }),
  )
}
