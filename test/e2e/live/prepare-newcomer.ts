// Makes the machine of the newcomer's story: node scripts/electron-runtime.mjs --as-node test/e2e/live/prepare-newcomer.ts '<json>'
// { base, epochSeconds, leadMs, pace } → prints a `NewcomerMachine`. A practice network without any
// identity, which begins `leadMs` later (earlier, when it is negative) than practice networks do.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { homeAt } from '../../../electron/lib/home.ts'
import { practiceTiming, preparePractice } from '../../../electron/practice/index.ts'
import type { NewcomerMachine } from './story-home.ts'

/** Space Units of 2 MiB, each a file: large enough to measure a disk with. */
const LABELS_PER_UNIT = 131_072

interface Ask {
  readonly base: string
  readonly epochSeconds: number
  readonly leadMs: number
  readonly pace: Readonly<Record<string, number>>
}

const ask = JSON.parse(process.argv[2] ?? '{}') as Ask
const home = homeAt(path.join(ask.base, 'smeshkeeper'))
const practice = homeAt(home.practice)
const user = path.join(ask.base, 'user')
for (const folder of [practice.config, practice.state, home.state, user]) mkdirSync(folder, { recursive: true, mode: 0o700 })
const begins = Date.now() + ask.leadMs
const prepared = await preparePractice({ home: practice, identities: 1, epochSeconds: ask.epochSeconds, now: begins })
if (!prepared.ok) throw new Error(prepared.fault.detail)
const { setup, env } = prepared.value
if (setup.node.mode !== 'managed' || setup.network.preset !== 'custom') throw new Error('practice has a node and a network of its own')

// Nobody smeshes here yet.
for (const { keyFile } of setup.identities) rmSync(path.join(setup.node.dataFolder, 'identities', keyFile ?? ''))
for (const { posFolder } of setup.services) rmSync(path.dirname(posFolder), { recursive: true })
const network = { ...setup.network, post: { ...setup.network.post, labelsPerUnit: LABELS_PER_UNIT } }
const machine = { ...setup.machine, reserveGiB: 0 }
const own = { ...setup, network, identities: [], services: [], machine }
writeFileSync(path.join(practice.config, 'setup.json'), JSON.stringify(own, null, 2))
const config = JSON.parse(readFileSync(setup.node.configFile, 'utf8')) as { readonly post: object }
const post = { ...config.post, 'post-labels-per-unit': LABELS_PER_UNIT }
writeFileSync(setup.node.configFile, JSON.stringify({ ...config, post }, null, 2))
const pace = { ...(JSON.parse(env['SMESHKEEPER_PRACTICE_PACE'] ?? '{}') as object), ...ask.pace }
writeFileSync(path.join(practice.state, 'practice-env.json'), JSON.stringify({ ...env, SMESHKEEPER_PRACTICE_PACE: JSON.stringify(pace) }))
writeFileSync(path.join(home.state, 'mode.json'), JSON.stringify({ mode: 'practice' }))
const { genesisMs, phaseShiftMs, cycleGapMs } = practiceTiming(ask.epochSeconds, begins)
const epochMs = ask.epochSeconds * 1000
const made: NewcomerMachine = {
  home: home.root,
  user,
  script: env['SMESHKEEPER_PRACTICE_SCRIPT'] ?? '',
  roundBeginsAt: genesisMs + epochMs + phaseShiftMs,
  gapOpensAt: genesisMs + 2 * epochMs + phaseShiftMs - cycleGapMs,
  gapClosesAt: genesisMs + 2 * epochMs + phaseShiftMs,
  publishEndsAt: genesisMs + 3 * epochMs,
}
process.stdout.write(JSON.stringify(made))
