import type { KeyConflict } from '../../../shared/domain/guard.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import type { Need } from './needs.ts'

/**
 * A scan as `scan --json` prints it. Documented in docs/cli.md: fields are added, never renamed. What other programs are
 * started with is left out, because it is theirs.
 */
export function scanJson(inventory: Inventory, conflicts: readonly KeyConflict[], needs: readonly Need[]) {
  return {
    startedAt: inventory.startedAt,
    finishedAt: inventory.finishedAt,
    isWhole: inventory.isWhole,
    needs,
    conflicts,
    identities: inventory.identities,
    keys: inventory.keys,
    posFolders: inventory.posFolders,
    nodes: inventory.nodes.map(({ dataFolder, genesisId, identities, mode, starters, local }) => ({
      dataFolder,
      genesisId,
      identities,
      mode,
      starters,
      local: { is: local.is, ...('schema' in local ? { schema: local.schema } : {}), ...('text' in local ? { sentence: local.text } : {}) },
    })),
    processes: inventory.processes.map(({ pid, program, owner, ownerLabel, user, startedAt, folder }) => ({
      pid,
      program,
      owner,
      ownerLabel,
      user,
      startedAt,
      folder,
    })),
    setups: inventory.setups.map(({ kind, owner, label, file, isAutomatic, problems, walletFiles, services, node }) => ({
      kind,
      owner,
      label,
      file,
      isAutomatic,
      problems,
      walletFiles,
      dataFolder: node?.dataFolder,
      posFolders: services.flatMap(({ posFolder }) => posFolder ?? []),
    })),
    volumes: inventory.volumes,
  }
}
