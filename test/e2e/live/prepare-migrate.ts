// Makes the machine of the migration's story: node scripts/electron-runtime.mjs --as-node test/e2e/live/prepare-migrate.ts '<json>'
// { base, epochSeconds } → prints a `MigrateMachine`. A remote node with three identities, Smapp with one, a bare supervised node
// with one; all five are registered for the epoch that comes.
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { homeAt } from '../../../electron/lib/home.ts'
import { preparePractice } from '../../../electron/practice/index.ts'
import { openLocal } from '../../../electron/practice/node/databases.ts'
import { goldenAtxOf } from '../../../electron/practice/node/genesis.ts'
import { localDb } from '../../../electron/practice/node/local-db.ts'
import { VERSIONS } from '../../../electron/practice/node/versions.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { MigrateMachine } from './story-home.ts'

const ask = JSON.parse(process.argv[2] ?? '{}') as { readonly base: string; readonly epochSeconds: number }
const home = homeAt(path.join(ask.base, 'smeshkeeper'))
const practice = homeAt(home.practice)
const user = path.join(ask.base, 'user')
const folder = (...parts: string[]): string => {
  const made = path.join(...parts)
  mkdirSync(made, { recursive: true, mode: 0o700 })
  return made
}
folder(practice.state)
folder(user)
const maker = homeAt(path.join(ask.base, 'maker'))
folder(maker.state)

// Round 0 of the PoETs has just begun: who is registered for epoch 1 need not, and cannot, register again.
const begun = Date.now() - 0.8 * ask.epochSeconds * 1000
const prepared = await preparePractice({ home: maker, identities: 5, epochSeconds: ask.epochSeconds, now: begun })
if (!prepared.ok) throw new Error(prepared.fault.detail)
const { setup, env } = prepared.value
const { node } = setup
if (node.mode !== 'managed') throw new Error('practice has a node of its own')
const config = JSON.parse(readFileSync(node.configFile, 'utf8')) as {
  main: Record<string, unknown> & { 'poet-servers': { address: string }[] }
  smeshing: Record<string, unknown>
  genesis: Record<string, string>
}
const poet = config.main['poet-servers'][0]?.address ?? ''
const golden = goldenAtxOf({ genesisMs: Date.parse(config.genesis['genesis-time'] ?? ''), genesisExtra: 'practice' })

type Identity = Setup['identities'][number]
const posOf = new Map<string, string>()
for (const service of setup.services) {
  const place = path.join(user, 'drives', path.basename(service.posFolder))
  folder(path.dirname(place))
  cpSync(service.posFolder, place, { recursive: true })
  posOf.set(service.identity, place)
}

/** A node's data folder with these keys under these names, each registered for epoch 1. */
function nodeAt(dataFolder: string, keys: readonly { readonly identity: Identity; readonly name: string }[]): void {
  folder(dataFolder, 'identities')
  const genesis = { GenesisTime: config.genesis['genesis-time'], ExtraData: config.genesis['genesis-extra-data'], Accounts: {} }
  writeFileSync(path.join(dataFolder, 'genesis.json'), JSON.stringify(genesis))
  const db = openLocal(
    dataFolder,
    VERSIONS['v1.8.3'],
    false,
    Object.assign(() => {}, { poet: () => {} }),
  )
  const local = localDb(db)
  for (const { identity, name } of keys) {
    renameSync(
      path.join(node.mode === 'managed' ? node.dataFolder : '', 'identities', identity.keyFile ?? ''),
      path.join(dataFolder, 'identities', name),
    )
    const proof = { nonce: 1, indices: Buffer.alloc(8, 1), pow: 1n }
    const meta = { numUnits: 4, labelsPerUnit: 0n, commitmentAtx: Buffer.from(golden, 'hex'), vrfNonce: 1n }
    local.savePost(identity.id, proof, meta, Buffer.alloc(32))
    local.saveChallenge(identity.id, {
      epoch: 1,
      sequence: 0,
      prevAtx: Buffer.alloc(32),
      posAtx: Buffer.from(golden, 'hex'),
      commitAtx: Buffer.from(golden, 'hex'),
      post: proof,
      poetProofRef: undefined,
    })
    local.saveRegistration(identity.id, {
      hash: Buffer.alloc(32, 7),
      address: poet,
      roundId: '0',
      roundEnd: Math.floor(Date.now() / 1000) + ask.epochSeconds,
    })
  }
  db.close()
}

function configAt(file: string, dataFolder: string, smeshing: Record<string, unknown>): string {
  const own = {
    ...config,
    main: { ...config.main, 'data-folder': dataFolder, filelock: path.join(dataFolder, 'LOCK') },
    smeshing: { ...config.smeshing, ...smeshing },
  }
  writeFileSync(file, JSON.stringify(own, null, 2))
  return file
}

const [amber, birch, cedar, dahlia, elder] = setup.identities
if (amber === undefined || birch === undefined || cedar === undefined || dahlia === undefined || elder === undefined)
  throw new Error('five identities')

// Main: a remote node with three identities. Its set-up is what Smeshkeeper is given.
const main = path.join(user, 'spacemesh')
nodeAt(main, [
  { identity: amber, name: 'amber.key' },
  { identity: birch, name: 'birch.key' },
  { identity: cedar, name: 'identity.key' },
])
const configFile = configAt(path.join(user, 'node-config.json'), main, {})

const opts = (posFolder: string | undefined): Record<string, unknown> => ({
  'smeshing-coinbase': node.mode === 'managed' ? node.coinbase : '',
  'smeshing-start': true,
  'smeshing-opts': {
    'smeshing-opts-datadir': posFolder,
    'smeshing-opts-maxfilesize': 131_072,
    'smeshing-opts-numunits': 4,
    'smeshing-opts-provider': 0,
  },
})

// Smapp with one identity.
const smapp = folder(user, '.config', 'Spacemesh')
const smappNode = path.join(smapp, 'node-data', '7c8cef2b')
nodeAt(smappNode, [{ identity: dahlia, name: 'local.key' }])
writeFileSync(path.join(smapp, 'config.json'), JSON.stringify({ node: { port: '9092' }, walletFiles: [] }))
writeFileSync(path.join(smapp, 'node-config.7c8cef2b.json'), JSON.stringify({ ...config, smeshing: opts(posOf.get(dahlia.id)) }, null, 2))

// A bare supervised node with one identity.
const attic = path.join(user, 'attic')
nodeAt(attic, [{ identity: elder, name: 'local.key' }])
configAt(path.join(attic, 'config.json'), attic, opts(posOf.get(elder.id)))
rmSync(maker.root, { recursive: true })

const setupFile = path.join(user, 'smeshkeeper-setup.json')
writeFileSync(
  setupFile,
  JSON.stringify({
    ...setup,
    node: { ...node, dataFolder: main, configFile, lockFile: path.join(main, 'LOCK'), wanted: 'down' },
    identities: [amber, birch, { ...cedar, keyFile: 'identity.key' }],
    services: setup.services.slice(0, 3).map((service) => ({ ...service, posFolder: posOf.get(service.identity) })),
  }),
)
writeFileSync(
  path.join(practice.state, 'practice-env.json'),
  JSON.stringify({ ...env, SMESHKEEPER_PRACTICE_SCRIPT: path.join(practice.state, 'script.json') }),
)
const machine: MigrateMachine = {
  home: home.root,
  user,
  main,
  smappNode,
  attic,
  setupFile,
  drives: path.join(user, 'drives'),
  ids: { amber: amber.id, birch: birch.id, cedar: cedar.id, dahlia: dahlia.id, elder: elder.id },
  gapOpensAt: begun + (0.15 + 1.2) * ask.epochSeconds * 1000,
}
process.stdout.write(JSON.stringify(machine))
