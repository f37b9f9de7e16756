// One move in a process of its own, so that it can be killed: `move-child.ts '{"home": …, "from": …, "to": …}'`.
import { setTimeout as wait } from 'node:timers/promises'
import { moveOn, type MoveMachine } from './move-machine.ts'

const machine = JSON.parse(process.argv[2] ?? '{}') as MoveMachine
process.stdout.write(`${await moveOn(machine, { mayUse: () => wait(5) })}\n`)
