import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setupSchema, type ManagedNode, type Setup } from '../../../shared/setup/schema.ts'
import { prepareHome } from './story-home.ts'

export interface ByHand {
  readonly setup: Setup
  readonly node: ManagedNode
  /** Executables as a user would have them. */
  readonly programs: { readonly node: string; readonly service: string }
}

/** A program that is a file of its own: it becomes the practice program of that name, as a release binary would be one. */
function writeProgram(file: string, source: string, env: Readonly<Record<string, string>>): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const lines = Object.entries({ ...env, ELECTRON_RUN_AS_NODE: '1' }).map(([key, value]) => `export ${key}=${quote(value)}`)
  const electron = process.env['ELECTRON_EXEC_PATH'] ?? ''
  writeFileSync(file, ['#!/bin/sh', ...lines, `exec ${quote(electron)} ${quote(path.resolve(source))} "$@"`, ''].join('\n'))
  chmodSync(file, 0o755)
  return file
}

/** A node's data, PoS data and two executables, in a folder that no Smeshkeeper knows. */
export function prepareByHand(folder: string): ByHand {
  prepareHome({ home: folder, identities: 2, epochSeconds: 120 })
  const practice = path.join(folder, 'practice')
  const setup = setupSchema.parse(JSON.parse(readFileSync(path.join(practice, 'config/setup.json'), 'utf8')))
  const env = JSON.parse(readFileSync(path.join(practice, 'state/practice-env.json'), 'utf8')) as Record<string, string>
  const bin = path.join(folder, 'bin')
  mkdirSync(bin)
  if (setup.node.mode !== 'managed') throw new Error('practice has a node of its own')
  return {
    setup,
    node: setup.node,
    programs: {
      node: writeProgram(path.join(bin, 'go-spacemesh'), 'electron/practice/node/main.ts', env),
      service: writeProgram(path.join(bin, 'post-service'), 'electron/practice/post-service/main.ts', env),
    },
  }
}
