// One export in a process of its own, so that it can be killed: `exchange-child.ts '{"root": …, "draft": …}'`.
import type { Draft } from '../../../electron/operations/types.ts'
import { goOn } from './exchange-machine.ts'

const { root, draft } = JSON.parse(process.argv[2] ?? '{}') as { root: string; draft: Draft }
process.stdout.write(`${await goOn({ root }, draft)}\n`)
