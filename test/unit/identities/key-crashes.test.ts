import { describe, expect, it } from 'vitest'
import type { Files } from '../../../electron/lib/files.ts'
import { coverageLine, crashEverywhere, failEverywhere } from '../../fakes/crash-everywhere.ts'
import { scenarioOf, steps, stories, type KeyStory } from './key-crashes.ts'

/** `CRASH_SEEDS=100` for a long run. */
const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 2)

describe('power cuts while keys move', () => {
  it.each(stories.map((story) => [story.name, story] as const))(
    'lose no key and arm none twice: %s',
    { timeout: 120_000 },
    async (name, story) => {
      const coverage = await crashEverywhere({ ...scenarioOf(story), seeds: SEEDS })
      console.log(coverageLine(name, coverage))
      expect(coverage.failures.slice(0, 2)).toEqual([])
      expect(coverage.cuts).toBeGreaterThan(30)
    },
  )
})

describe('disks that fail while keys move', () => {
  it.each(stories.map((story) => [story.name, story] as const))(
    'lose no key and arm none twice: %s',
    { timeout: 120_000 },
    async (_name, story) => {
      const { errors, failures } = await failEverywhere(scenarioOf(story), ['ENOSPC', 'EPERM'])
      expect(failures.slice(0, 2)).toEqual([])
      expect(errors).toBeGreaterThan(100)
    },
  )
})

const story = (name: string): KeyStory => stories.find((one) => one.name === name) ?? { name, before: {}, steps: [steps.disarm] }

/** Bugs of the file layer as one would write them: each must be found in at least one story. */
const bugs: readonly { readonly name: string; readonly in: string; readonly bug: (files: Files) => Files }[] = [
  { name: 'bytes are never synced', in: 'disarm to another disk', bug: (files) => ({ ...files, sync: () => {} }) },
  { name: 'names are never synced', in: 'disarm on the same disk', bug: (files) => ({ ...files, syncFolder: () => {} }) },
  {
    name: 'the name of a new quarantine folder is not synced',
    in: 'disarm on the same disk',
    bug: (files) => ({ ...files, syncFolder: (folder) => (folder.endsWith('/quarantine') ? undefined : files.syncFolder(folder)) }),
  },
  {
    name: 'the source is removed before the name of the copy is durable',
    in: 'disarm to another disk',
    bug: (files) => {
      let waiting: string[] = []
      return {
        ...files,
        syncFolder: (folder) => void waiting.push(folder),
        unlink(file) {
          files.unlink(file)
          for (const folder of waiting) files.syncFolder(folder)
          waiting = []
        },
      }
    },
  },
  {
    name: 'the held copy is retired before the armed one is durable',
    in: 'move a key to another node',
    bug: (files) => ({ ...files, syncFolder: (folder) => (folder.endsWith('/identities') ? undefined : files.syncFolder(folder)) }),
  },
  {
    name: 'a taken name is overwritten',
    in: 'place beside a key of the same name',
    bug: (files) => ({
      ...files,
      link(from, to) {
        if (files.facts(to) !== undefined) files.unlink(to)
        files.link(from, to)
      },
    }),
  },
  {
    name: 'a rename moves the key in one step',
    in: 'disarm on the same disk',
    bug: (files) => ({ ...files, link: (from, to) => files.rename(from, to) }),
  },
  {
    name: 'the key is written under its final name',
    in: 'move a key to another node',
    bug: (files) => {
      const final = (file: string): string => file.replace(/\/\.smeshkeeper-[0-9a-f]+\.part$/, '/a.key')
      return {
        ...files,
        create: (file, mode) => files.create(final(file), mode),
        readWhole: (file, most) => files.readWhole(final(file), most),
        link: (from, to) => (final(from) === to ? undefined : files.link(from, to)),
        unlink: (file) => (final(file) === file ? files.unlink(file) : undefined),
      }
    },
  },
  {
    name: 'the source stays',
    in: 'take a key out of a node',
    bug: (files) => ({ ...files, unlink: (file) => (file.startsWith('/node') ? undefined : files.unlink(file)) }),
  },
  {
    name: 'a move is not noted before it begins',
    in: 'disarm on the same disk',
    bug: (files) => ({
      ...files,
      rename: (from, to) => (to.endsWith('moving.json') ? files.unlink(from) : files.rename(from, to)),
    }),
  },
  {
    name: 'the note of a key that is being placed is not durable',
    in: 'move a key to another node',
    bug: (files) => ({ ...files, syncFolder: (folder) => (folder.endsWith('/held') ? undefined : files.syncFolder(folder)) }),
  },
]

describe('planted bugs', () => {
  it.each(bugs.map((planted) => [planted.name, planted] as const))('are found: %s', { timeout: 120_000 }, async (name, planted) => {
    const { failures, cuts } = await crashEverywhere({
      ...scenarioOf(story(planted.in), planted.bug),
      seeds: Math.max(10, SEEDS),
      stopAtFirst: true,
    })
    console.log(`${name}: found after ${cuts} cuts: ${failures[0] ?? 'never'}`)
    expect(failures).not.toEqual([])
  })
})
