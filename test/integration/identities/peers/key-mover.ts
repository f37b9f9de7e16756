import path from 'node:path'
import { createKeyStore } from '../../../../electron/identities/index.ts'
import { parseIdentityId } from '../../../../shared/domain/ids.ts'

/** Moves one key between two nodes, without end, until it is killed. Arguments: the machine's folder, the identity. */
const [folder = '', id = ''] = process.argv.slice(2)
const identity = parseIdentityId(id)
if (identity === undefined) throw new Error('no identity')
const quiet = (): void => {}
const store = createKeyStore({
  folder: path.join(folder, 'home', 'quarantine'),
  now: () => Date.now(),
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
})
const nodes = ['a', 'b'].map((name) => path.join(folder, name))
const hold = { code: 'by-user', reason: 'test', since: 0 } as const

store.recover(nodes)
process.stdout.write('ready\n')
for (let turn = 0; ; turn += 1) {
  for (const node of nodes) store.holdFile(path.join(node, 'identities', 'one.key'), { identity, hold })
  store.place({ identity, dataFolder: nodes[turn % 2] ?? '', name: 'one' })
}
