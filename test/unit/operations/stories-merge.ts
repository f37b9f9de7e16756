import type { NodeConfigFacts } from '../../../electron/operations/facts/node-config.ts'
import type { SourceConfig } from '../../../electron/operations/plans/merge-configs.ts'
import type { MergeFacts } from '../../../electron/operations/plans/merge-facts.ts'
import { mergeDraft } from '../../../electron/operations/plans/merge.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { keyOf, putNode, type NodeKey } from '../../fakes/crash-nodes.ts'
import { aFolder, aMerge } from './plans/merge-folders.ts'
import { aMoment, aService, aSetup, IDS, SETUP_FILE, writerFor } from './plans/plan-world.ts'
import type { OperationStory } from './crash-story.ts'

/** Real plans of merges, crashed: of supervised nodes, with names that clash, into our own node. */

const amber = keyOf(1, 'amber.key')
const basalt = keyOf(2, 'identity.key')
const iris = keyOf(3, 'identity.key')
const kelp = keyOf(4, 'identity.key')
const local = keyOf(5, 'local.key')

const armed = (folder: string, name: string): string => `${folder}/identities/${name}`
const SMESHING = '{"smeshing":{"smeshing-start":true,"smeshing-coinbase":"sm1qqqqqq"},"api":{"grpc-post-listener":"127.0.0.1:9094"}}'

const configOf = (folder: string): NodeConfigFacts => ({
  is: 'read',
  file: `${folder}/config.json`,
  text: SMESHING,
  mode: 0o600,
  values: { coinbase: 'sm1qqqqqq', isSmeshing: true, postListener: '127.0.0.1:9094' },
})

/** A plan that is refused would make a story of nothing. */
function draftOf(facts: MergeFacts): Draft {
  const draft = mergeDraft(facts)
  const [refusal] = draft.plan.refusals
  if (refusal !== undefined) throw new Error(`${draft.plan.id}: ${refusal.detail}`)
  return draft
}

const targetSupervised: OperationStory = {
  name: 'merge into a node that ran its own service',
  folders: ['/node/smapp', '/node/attic'],
  keys: [local, iris],
  put(files) {
    putNode(files, '/node/smapp', { keys: [local], rowsIn: 'both' })
    files.put('/node/smapp/config.json', SMESHING)
    putNode(files, '/node/attic', { keys: [iris] })
  },
  draft: () => draftOf(aMerge(aFolder('Smapp', [local], { config: configOf('/node/smapp') }), [aFolder('Attic', [iris])])),
  done: { [local.identity]: armed('/node/smapp', 'home.key'), [iris.identity]: armed('/node/smapp', 'identity.key') },
}

const ownSetup = aSetup({ identities: [{ id: IDS.amber, keyFile: 'amber.key' }], services: [aService(IDS.amber)] })
const ATTIC_CONFIG: SourceConfig = { is: 'node', seen: { file: '/node/attic/config.json', text: SMESHING, mode: 0o600 } }
const sourceSupervised: OperationStory = {
  name: 'merge a node that ran its own service into ours',
  folders: ['/node/main', '/node/attic'],
  keys: [amber, local],
  put(files) {
    putNode(files, '/node/main', { keys: [amber] })
    putNode(files, '/node/attic', { keys: [local], rowsIn: 'main' })
    files.put(ATTIC_CONFIG.seen.file, SMESHING)
    files.put(SETUP_FILE, JSON.stringify(ownSetup))
  },
  draft: () =>
    draftOf(
      aMerge(aFolder('Main', [amber]), [aFolder('Attic', [local], { config: configOf('/node/attic') })], {
        input: { ...aMoment({ setUp: writerFor(ownSetup) }), nodes: [], stops: [] },
        configs: [[ATTIC_CONFIG]],
      }),
    ),
  done: { [amber.identity]: armed('/node/main', 'amber.key'), [local.identity]: armed('/node/main', 'home.key') },
}

const again = ({ identity }: NodeKey): string => armed('/node/main', `identity-${identity.slice(0, 8)}.key`)
const namesClash: OperationStory = {
  name: 'merge two nodes whose keys are all called alike',
  folders: ['/node/main', '/node/attic', '/node/cellar'],
  keys: [basalt, iris, kelp],
  put(files) {
    // Old rows of keys that were here once: they give way to those that come with the keys.
    putNode(files, '/node/main', { keys: [basalt], rowsIn: 'both', oldRowsOf: [kelp] })
    putNode(files, '/node/attic', { keys: [iris] })
    putNode(files, '/node/cellar', { keys: [kelp], oldRowsOf: [iris] })
  },
  draft: () => draftOf(aMerge(aFolder('Main', [basalt]), [aFolder('Cellar', [kelp]), aFolder('Attic', [iris])])),
  done: { [basalt.identity]: armed('/node/main', 'identity.key'), [iris.identity]: again(iris), [kelp.identity]: again(kelp) },
}

export const mergeStories: readonly OperationStory[] = [targetSupervised, sourceSupervised, namesClash]
