import { readFileSync } from 'node:fs'
import type { Draft } from '../../../../electron/operations/types.ts'
import { Machine } from './machine.ts'

// Runs the operation of a draft and is killed meanwhile: child.ts FOLDER DRAFT PID-OF-THE-MANAGER
const [folder = '', file = '', pid = ''] = process.argv.slice(2)
const env = {
  HOME: process.env['HOME'] ?? '',
  XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? '',
  XDG_CONFIG_HOME: process.env['XDG_CONFIG_HOME'] ?? '',
  PATH: '/usr/bin:/bin',
}
const locate = (program: string): readonly string[] => ['nsenter', `--target=${pid}`, '--mount', `/usr/bin/${program}`]
const engine = new Machine({ env, locate }, folder).engine()
const draft = JSON.parse(readFileSync(file, 'utf8')) as Draft
const begun = engine.begin(draft)
process.stdout.write(`${begun.ok ? 'begun' : begun.fault.detail}\n`)
await engine.finish(draft.plan.id)
process.stdout.write('finished\n')
