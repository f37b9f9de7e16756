import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ok } from '../../../shared/domain/fault.ts'
import { diskSystem } from '../../../electron/hardware/index.ts'
import { systemFiles } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import { moveRules, planMoveData, systemBulkFiles, type MoveDeps } from '../../../electron/operations/move/index.ts'
import { fileRules, sha256Of } from '../../../electron/operations/steps/write-file.ts'
import type { Draft } from '../../../electron/operations/types.ts'

export const MOVE_ID = 'move-data-20261128-120000-abcd'

export interface MoveMachine {
  readonly home: string
  readonly from: string
  readonly to: string
}

export const setUpFile = ({ home }: MoveMachine): string => path.join(home, 'setup.json')
export const operations = ({ home }: MoveMachine): string => path.join(home, 'operations')

/** A home with a set-up that names the old folder. */
export function writeHome(machine: MoveMachine): void {
  mkdirSync(operations(machine), { recursive: true })
  writeFileSync(setUpFile(machine), JSON.stringify({ posFolder: machine.from }))
}

export function identityIn(folder: string): string {
  const { NodeId } = JSON.parse(readFileSync(path.join(folder, 'postdata_metadata.json'), 'utf8')) as { NodeId: string }
  return Buffer.from(NodeId, 'base64').toString('hex')
}

export function planOn(machine: MoveMachine): Promise<Draft> {
  const { from, to } = machine
  const system = diskSystem()
  const id = identityIn(from)
  return planMoveData(
    { identity: id, to },
    {
      id: MOVE_ID,
      now: Date.now(),
      identity: { id, name: 'Amber' },
      from,
      owner: 'smeshkeeper',
      others: [],
      system: { platform: process.platform, mounts: system.mounts(), resolve: (folder) => system.resolve(folder) },
      bulk: systemBulkFiles,
      speeds: {},
      need: { is: 'needed-at', at: Date.now() + 86_400_000 },
      setUp: {
        file: setUpFile(machine),
        before: sha256Of(readFileSync(setUpFile(machine))),
        text: JSON.stringify({ posFolder: to }),
        mode: 0o600,
      },
    },
  )
}

export function engineOn(machine: MoveMachine, deps: Partial<MoveDeps> = {}): Engine {
  const { home } = machine
  return createEngine({
    files: systemFiles,
    folder: operations(machine),
    quarantine: path.join(home, 'quarantine'),
    temporary: path.join(home, 'temporary'),
    rules: {
      ...moveRules({ bulk: systemBulkFiles, mayUse: () => Promise.resolve(), chunkBytes: 1024 ** 2, blockBytes: 256 * 1024, ...deps }),
      ...fileRules,
    },
    hold: () => Promise.resolve(ok({ release: () => undefined })),
    log: silentLogger,
    now: () => Date.now(),
    monotonic: () => performance.now(),
  })
}

/** Begins the move unless that was done, and finishes it. @returns `done`, or why not */
export async function moveOn(machine: MoveMachine, deps: Partial<MoveDeps> = {}): Promise<string> {
  const engine = engineOn(machine, deps)
  if (!existsSync(path.join(operations(machine), MOVE_ID))) {
    const begun = engine.begin(await planOn(machine))
    if (!begun.ok) return `${begun.fault.code}: ${begun.fault.detail}`
  }
  const result = await engine.finish(MOVE_ID)
  return result.ok ? result.value.state : result.fault.detail
}
