import { describe, expect, it } from 'vitest'
import { setUpChange, setUpRules, type SetUpChange } from '../../../electron/operations/steps/set-up.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createCrashFiles, type CrashFiles } from '../../fakes/crash-files.ts'
import type { StepTools } from '../../../electron/operations/types.ts'

const FILE = '/home/config/setup.json'
const rule = setUpRules['set-up']
const before = {
  version: 1,
  node: { mode: 'managed', dataFolder: '/node/main', wanted: 'up' },
  identities: [{ id: 'aa', keyFile: 'amber.key', nickname: 'Amber' }],
  services: [{ identity: 'aa', posFolder: '/pos/a', wanted: 'up', stoppedBy: null }],
}
const after = {
  ...before,
  identities: [...before.identities, { id: 'bb', keyFile: 'iris.key' }],
  services: [{ identity: 'aa', posFolder: '/pos/new', wanted: 'up', stoppedBy: null }],
}

const tools = (files: CrashFiles): StepTools => ({
  files,
  folder: '/home/operations/x',
  quarantine: '/q',
  temporary: '/t',
  id: 'x',
  log: silentLogger,
  now: () => 0,
  onProgress: () => {},
  signal: new AbortController().signal,
})
const disk = (setup: unknown): CrashFiles => {
  const files = createCrashFiles()
  files.put(FILE, JSON.stringify(setup))
  return files
}
const now = (files: CrashFiles): unknown => JSON.parse(files.content(FILE)?.toString() ?? '')

describe('the change of our set-up', () => {
  const change: SetUpChange = setUpChange(FILE, before, after)

  it('names only what changes', () => {
    expect(change).toMatchObject({ node: null, identities: [{ id: 'bb', before: null }], services: [{ id: 'aa' }] })
  })

  it('is done and taken back beside what the user changed meanwhile', async () => {
    const stopped = { ...before, node: { ...before.node, wanted: 'down' }, identities: [{ ...before.identities[0], nickname: 'Topaz' }] }
    const files = disk(stopped)
    expect(await rule.isDone(change, tools(files))).toBe(false)
    await rule.apply(change, tools(files))
    expect(await rule.isDone(change, tools(files))).toBe(true)
    expect(now(files)).toMatchObject({
      node: { wanted: 'down' },
      identities: [{ nickname: 'Topaz' }, { id: 'bb' }],
      services: [{ posFolder: '/pos/new' }],
    })
    await rule.undo(change, tools(files))
    expect(now(files)).toEqual(stopped)
  })

  it('is the same when it is done twice, or taken back without having been done', async () => {
    const files = disk(before)
    await rule.undo(change, tools(files))
    expect(now(files)).toEqual(before)
    await rule.apply(change, tools(files))
    await rule.apply(change, tools(files))
    expect(now(files)).toEqual(after)
  })

  it('keeps what the user wants up or down when it is taken back', async () => {
    const files = disk(after)
    files.put(FILE, JSON.stringify({ ...after, services: [{ ...after.services[0], wanted: 'down', stoppedBy: 'operation' }] }))
    await rule.undo(change, tools(files))
    expect(now(files)).toMatchObject({ services: [{ posFolder: '/pos/a', wanted: 'down', stoppedBy: 'operation' }] })
  })

  it('makes the first set-up, and takes it away again while nobody changed it', async () => {
    const files = createCrashFiles()
    files.putFolder('/home')
    const first = setUpChange(FILE, null, after)
    await rule.apply(first, tools(files))
    expect(now(files)).toEqual(after)
    await rule.undo(first, tools(files))
    expect(files.content(FILE)).toBeUndefined()
  })

  it('stops with what to do when the file is damaged, and leaves it', () => {
    const files = createCrashFiles()
    files.put(FILE, '{"version":')
    expect(() => rule.apply(change, tools(files))).toThrow('Mend it or save the set-up anew')
    expect(files.content(FILE)?.toString()).toBe('{"version":')
  })
})
