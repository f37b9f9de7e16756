import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Fault } from '../../../../shared/domain/fault.ts'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { mergeDraft, planMerge, readMergeFacts, type MergeInput } from '../../../../electron/operations/plans/merge.ts'
import type { MergeFacts } from '../../../../electron/operations/plans/merge-facts.ts'
import type { Draft } from '../../../../electron/operations/types.ts'
import { makeNodeFolder, type MadeNodeFolder, type NodeFolderSpec } from '../../../builders/node-folder.ts'

export interface Asked {
  readonly names?: Readonly<Record<string, string>>
  readonly input?: Partial<MergeInput>
}

/** Data folders under one temporary folder, and plans over them. */
export interface MergeWorld {
  readonly folder: string
  at(name: string): string
  put(name: string, spec: NodeFolderSpec): MadeNodeFolder
  plan(from: readonly string[], to: string, asked?: Asked): Promise<Draft>
  facts(from: readonly string[], to: string, asked?: Asked): MergeFacts
  /** Refusals of these facts, some of them changed. */
  refused(facts: MergeFacts): readonly Fault[]
  remove(): void
}

export function mergeWorld(): MergeWorld {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'merge-world-'))
  const at = (name: string): string => path.join(folder, name)
  const made = new Map<string, MadeNodeFolder>()
  const inputOf = (asked: Asked): MergeInput => ({
    now: Date.UTC(2026, 10, 28, 12, 30, 5),
    random: 'ab12',
    names: {},
    nodes: [...made.values()],
    held: [],
    window: { is: 'safe' },
    setUp: () => undefined,
    stops: ['the node'],
    operations: folder,
    ...asked.input,
  })
  const tools = { files: systemFiles, temporary: at('temporary') }
  const request = (from: readonly string[], to: string, { names = {} }: Asked): Parameters<typeof planMerge>[0] => ({
    from: from.map((name) => (path.isAbsolute(name) ? name : at(name))),
    to: path.isAbsolute(to) ? to : at(to),
    names,
  })
  return {
    folder,
    at,
    put(name, spec) {
      const node = makeNodeFolder(at(name), spec)
      made.set(name, node)
      return node
    },
    plan: (from, to, asked = {}) => planMerge(request(from, to, asked), inputOf(asked), tools),
    facts: (from, to, asked = {}) => readMergeFacts(request(from, to, asked), inputOf(asked), tools),
    refused: (facts) => mergeDraft(facts).plan.refusals,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
