import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { stepRules } from '../../../../electron/operations/registry.ts'
import { OperationStopped, type StepRule, type StepTools } from '../../../../electron/operations/types.ts'
import { createCrashFiles } from '../../../fakes/crash-files.ts'
import { startNodes } from '../../../fakes/crash-nodes.ts'
import { scratchFolder } from '../../../fakes/scratch.ts'
import { engineOn } from '../crash-story.ts'
import { mergeStories } from '../stories-merge.ts'

let temporary = ''
beforeEach(() => (temporary = scratchFolder('swap-back-')))
afterEach(() => rmSync(temporary, { recursive: true, force: true }))

const ruleOf = (name: string): StepRule => {
  const rule = stepRules()[name]
  if (rule === undefined) throw new Error(name)
  return rule
}

it('removes the second name of a database that was carried back, which a power cut left', async () => {
  const story = mergeStories[0]
  if (story === undefined) throw new Error('no story')
  const files = createCrashFiles()
  files.putFolder('/home/keeper/state')
  story.put(files)
  const draft = story.draft()
  const { id } = draft.plan
  const stops = { ...ruleOf('keys-in'), apply: () => Promise.reject(new OperationStopped('operation/stopped', 'the power is cut')) }
  const cut = engineOn(files, temporary, { ...stepRules(), 'keys-in': stops })
  cut.begin(draft)
  await cut.finish(id)
  startNodes(files, story.folders)
  expect(await engineOn(files, temporary).rollBack(id)).toMatchObject({ ok: true })
  const renamed = files.operations.filter(({ name, path }) => name === 'rename' && path.endsWith('.sql -> /node/smapp/local.sql')).at(-1)
  const second = renamed?.path.split(' -> ')[0] ?? ''
  files.put(second, files.content('/node/smapp/local.sql') ?? '')
  const tools: StepTools = {
    files,
    folder: `/home/keeper/state/operations/${id}`,
    quarantine: '/home/keeper/quarantine',
    temporary,
    id,
    log: silentLogger,
    now: () => 0,
    onProgress: () => {},
    signal: new AbortController().signal,
  }
  const data = draft.steps.find(({ is }) => is === 'swap-rows')
  if (data === undefined) throw new Error('no swap')
  await ruleOf('swap-rows').undo(data, tools)
  expect(files.facts(second)).toBeUndefined()
})
