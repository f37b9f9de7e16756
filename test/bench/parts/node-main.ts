// A node as far as the keeper's clients see one, in a process of its own so that its CPU is in nobody's figures.
// argv: JSON [[id, isProving], …]. Prints its listeners as one JSON line.
import { TestNode, aWorld } from '../../integration/node-api/test-node.ts'

const PROVING = 2
const IDLE = 1
const wanted = JSON.parse(process.argv[2] ?? '[]') as [string, boolean][]
const world = aWorld()
world.ids = wanted.map(([id]) => Buffer.from(id, 'hex'))
world.states = wanted.map(([id, isProving]) => ({
  id: Buffer.from(id, 'hex'),
  state: isProving ? PROVING : IDLE,
  name: `${id.slice(0, 8)}.key`,
}))
const node = await TestNode.start(world)
process.stdout.write(`${JSON.stringify(node.addresses)}\n`)
process.stdin.on('end', () => process.exit(0)).resume() // its parent is gone
setInterval(() => (world.calls.length = 0), 10_000)
