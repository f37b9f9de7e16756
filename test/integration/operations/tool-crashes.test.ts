import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toolHash } from '../../../electron/operations/tool/merge-program.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { coverageLine, crashEverywhere } from '../../fakes/crash-everywhere.ts'
import { repairName, scenarioOf, type Repair } from '../../unit/operations/crash-story.ts'
import { mergeStories } from '../../unit/operations/stories-merge.ts'

let folder = ''
let file = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-tool-crashes-'))
  file = path.join(folder, 'merge-nodes')
  const peer = path.resolve(import.meta.dirname, 'peers/merge-nodes.ts')
  writeFileSync(file, `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 '${process.execPath}' '${peer}' "$@"\n[ $? -gt 128 ]\n`)
  chmodSync(file, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const byTool = (draft: Draft): Draft => ({
  ...draft,
  steps: draft.steps.map((step) => (step.is.endsWith('-rows') ? { ...step, tool: { file, sha256: toolHash(file) } } : step)),
})

/** A node that was started rules a roll back out: no single row of such a database can be carried back. */
const REPAIRS: readonly Repair[] = [
  { by: 'finish', nodesStart: false },
  { by: 'finish', nodesStart: true },
  { by: 'roll back', nodesStart: false },
  { by: 'finish', nodesStart: false, ofUndo: true },
]

describe('power cuts within a merge that another program makes', () => {
  it.each(REPAIRS.map((repair, index) => ({ repair, index, name: repairName(repair) })))(
    'lose no key and no row, arm no key twice, and end: $name',
    { timeout: 300_000 },
    async ({ repair, index, name }) => {
      const story = mergeStories[1]
      if (story === undefined) throw new Error('no story')
      const scenario = scenarioOf({ ...story, draft: () => byTool(story.draft()) }, repair)
      try {
        const coverage = await crashEverywhere({ ...scenario, seeds: 0, sample: { every: 61, from: 7 + index } })
        console.log(coverageLine(name, coverage))
        expect(coverage.failures.slice(0, 3)).toEqual([])
        expect(coverage.cuts).toBeGreaterThan(3)
      } finally {
        scenario.settle()
      }
    },
  )
})
