// Makes the machine of the keys' story: node scripts/electron-runtime.mjs --as-node test/e2e/live/prepare-machine.ts '<json>'
// { base, epochSeconds } → prints a `StoryMachine`. A node with two identities, Smapp with a third one whose data lacks a file, and
// a second node folder with one of the same keys that a unit of systemd would start.
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { homeAt } from '../../../electron/lib/home.ts'
import { preparePractice } from '../../../electron/practice/index.ts'
import type { StoryMachine } from './story-home.ts'

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
const prepared = await preparePractice({ home: maker, identities: 3, epochSeconds: ask.epochSeconds, now: Date.now() })
if (!prepared.ok) throw new Error(prepared.fault.detail)
const { setup, env } = prepared.value
if (setup.node.mode !== 'managed') throw new Error('practice has a node of its own')
const [amber, birch, cedar] = setup.identities
const [, , cedarService] = setup.services
if (amber === undefined || birch === undefined || cedar === undefined || cedarService === undefined) throw new Error('three identities')

// The user's node with Amber and Birch; their PoS data beside it.
const nodeFolder = path.join(user, 'spacemesh')
renameSync(setup.node.dataFolder, nodeFolder)
const keyOf = (name: string | undefined): string => path.join(nodeFolder, 'identities', name ?? '')
const posOf = new Map<string, string>()
for (const service of setup.services) {
  const place = path.join(user, 'drives', path.basename(service.posFolder))
  folder(path.dirname(place))
  cpSync(service.posFolder, place, { recursive: true })
  posOf.set(service.identity, place)
}
rmSync(path.dirname(cedarService.posFolder), { recursive: true })
const config = JSON.parse(readFileSync(setup.node.configFile, 'utf8')) as { main: Record<string, unknown> }
config.main['data-folder'] = nodeFolder
config.main['filelock'] = path.join(nodeFolder, 'LOCK')
const configFile = path.join(user, 'node-config.json')
writeFileSync(configFile, JSON.stringify(config, null, 2))
rmSync(maker.root, { recursive: true })

// Smapp with Cedar, whose PoS data lacks its last file.
const cedarPos = posOf.get(cedar.id) ?? ''
const lastFile =
  readdirSync(cedarPos)
    .filter((name) => name.endsWith('.bin'))
    .sort()
    .at(-1) ?? ''
rmSync(path.join(cedarPos, lastFile))
const smapp = folder(user, '.config', 'Spacemesh')
const smappNode = path.join(smapp, 'node-data', '7c8cef2b')
folder(smappNode, 'identities')
renameSync(keyOf(cedar.keyFile), path.join(smappNode, 'identities', 'local.key'))
writeFileSync(
  path.join(smapp, 'config.json'),
  JSON.stringify({ node: { port: '9092' }, walletFiles: [path.join(smapp, 'my_wallet_0.json')] }),
)
writeFileSync(path.join(smapp, 'my_wallet_0.json'), JSON.stringify({ meta: { displayName: 'Main' }, crypto: { cipher: 'AES-GCM' } }))
const smeshing = {
  'smeshing-coinbase': setup.node.coinbase,
  'smeshing-start': true,
  'smeshing-opts': {
    'smeshing-opts-datadir': cedarPos,
    'smeshing-opts-maxfilesize': 131_072,
    'smeshing-opts-numunits': 4,
    'smeshing-opts-provider': 0,
  },
}
writeFileSync(path.join(smapp, 'node-config.7c8cef2b.json'), JSON.stringify({ smeshing }))

// An older node folder that still has Amber's key, and a unit that starts it at log-in.
const oldNode = folder(user, 'old-node')
folder(oldNode, 'identities')
copyFileSync(keyOf(amber.keyFile), path.join(oldNode, 'identities', 'amber.key'))
const units = folder(user, '.config', 'systemd', 'user')
const unit = path.join(units, 'old-node.service')
writeFileSync(
  unit,
  `[Unit]\nDescription=Old node\n[Service]\nExecStart=/opt/spacemesh/go-spacemesh --config ${configFile} --data-folder ${oldNode}\n[Install]\nWantedBy=default.target\n`,
)
symlinkSync(unit, path.join(folder(units, 'default.target.wants'), 'old-node.service'))

const setupFile = path.join(user, 'smeshkeeper-setup.json')
writeFileSync(
  setupFile,
  JSON.stringify({
    ...setup,
    node: { ...setup.node, dataFolder: nodeFolder, configFile, lockFile: path.join(nodeFolder, 'LOCK') },
    identities: [amber, birch],
    services: setup.services
      .filter((service) => service.identity !== cedar.id)
      .map((service) => ({ ...service, posFolder: posOf.get(service.identity) })),
  }),
)
// What the practice programs are told, also when the set-up that runs them is not a practice one.
writeFileSync(
  path.join(practice.state, 'practice-env.json'),
  JSON.stringify({ ...env, SMESHKEEPER_PRACTICE_SCRIPT: path.join(practice.state, 'script.json') }),
)
const machine: StoryMachine = {
  home: home.root,
  user,
  nodeFolder,
  oldNode,
  smapp,
  setupFile,
  script: path.join(practice.state, 'script.json'),
  amber: { id: amber.id, key: keyOf(amber.keyFile) },
  birch: { id: birch.id, key: keyOf(birch.keyFile) },
  cedar: { id: cedar.id, key: path.join(smappNode, 'identities', 'local.key') },
}
process.stdout.write(JSON.stringify(machine))
