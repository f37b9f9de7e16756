import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { BackupState } from '../../../shared/domain/backup.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { parseSetup } from '../../../shared/setup/parse.ts'
import { findProcesses, systemInterop, systemProcesses } from '../../interop/index.ts'
import { systemFiles } from '../../lib/files.ts'
import type { PlanContext } from '../../operations/index.ts'
import { nameOf, ownPids, type CustodyContext } from '../custody/context.ts'
import type { KeyDesk } from '../custody/key-desk.ts'
import { restartWindow } from '../custody/release.ts'

export interface PlanSources {
  readonly context: CustodyContext
  readonly inventory: () => Inventory | undefined
  readonly keys: KeyDesk
  readonly backup: () => BackupState | undefined
}

/** Everything that the keeper knows and a planner needs, at this moment. */
export async function planContext({ context, inventory, keys, backup }: PlanSources): Promise<PlanContext> {
  const { home, clock } = context
  const found = inventory()
  const platform = systemInterop()
  const processes = await findProcesses({
    source: systemProcesses(platform),
    files: systemFiles,
    platform,
    own: new Set(ownPids(context)),
  })
  const snapshot = context.session()?.snapshot()
  const state = backup()
  const newest = state?.entries.find(({ drills }) => drills[0]?.is !== 'failed')
  const listed = context.setup()?.identities ?? []
  const ids = [
    ...new Set([
      ...listed.map(({ id }) => id),
      ...(found?.identities ?? []).map(({ id }) => id),
      ...(snapshot?.identities ?? []).map(({ id }) => id),
    ]),
  ]
  return {
    now: clock.now(),
    random: randomBytes(2).toString('hex'),
    setUp: setUpOf(context),
    quarantine: home.quarantine,
    operations: path.join(home.state, 'operations'),
    setups: found?.setups ?? [],
    nodes: found?.nodes ?? [],
    posFolders: found?.posFolders ?? [],
    processes,
    names: Object.fromEntries(ids.map((id) => [id, nameOf(context, id as never)])),
    safeWindow: restartWindow(context),
    statuses: Object.fromEntries(
      (snapshot?.identities ?? []).map(({ id, status }) => [id, { kind: status.kind, sentence: status.sentence }]),
    ),
    armedElsewhere: await keys.armedElsewhere(),
    verdicts: await keys.verdicts(),
    backup: { isGreen: state?.summary.is === 'good', holds: newest?.identities ?? [], at: newest?.madeAt ?? null },
    diskSpeeds: context.diskSpeeds(),
    version: context.version,
    hostname: os.hostname(),
    homedir: os.homedir(),
    platform: process.platform,
  }
}

function setUpOf(context: CustodyContext): PlanContext['setUp'] {
  const expanded = context.setup()
  const file = path.join(context.home.config, 'setup.json')
  if (expanded === undefined) return null
  try {
    const text = readFileSync(file, 'utf8')
    const parsed = parseSetup(text)
    return parsed.ok ? { file, text, setup: parsed.value, expanded } : null
  } catch {
    return null // the last good copy is in use: an operation would change another one than is shown
  }
}
