import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { ManagedNode } from '../../../shared/setup/schema.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import { ownNodeConfig, type NodeConfigFault, type OwnConfig } from './config.ts'
import { errorCode } from '../error-code.ts'

/** The few effects, injected. */
export interface ConfigFiles {
  /** @throws the system's error */
  read(file: string): string
  write(file: string, text: string): void
}

export const systemConfigFiles: ConfigFiles = {
  read: (file) => readFileSync(file, 'utf8'),
  write: (file, text) => writeFileAtomic(file, text),
}

export type OwnConfigFault = NodeConfigFault | 'node-config/missing' | 'node-config/unreadable' | 'node-config/not-written'

/** A node's config is a few KiB; genesis accounts make it some more. */
const MAX_CONFIG_CHARS = 16 * 1024 * 1024

/**
 * Reads the user's node config and writes ours into `folder`, when it is not there already as it should be.
 * @fault `node-config/missing`, `node-config/unreadable` of his file; `node-config/not-written` of ours
 */
export function prepareOwnConfig(
  node: ManagedNode,
  folder: string,
  options: { readonly mode?: 'remote' | 'supervised'; readonly files?: ConfigFiles } = {},
): Result<OwnConfig & { readonly file: string }, OwnConfigFault> {
  const files = options.files ?? systemConfigFiles
  const file = path.join(folder, 'node-config.json')
  if (path.resolve(file) === path.resolve(node.configFile)) {
    return fail('node-config/not-written', `${node.configFile} is the place of Smeshkeeper’s own copy; keep your config somewhere else`)
  }
  const text = readUserConfig(node.configFile, files)
  if (!text.ok) return text
  const own = ownNodeConfig(text.value, node.configFile, node, options.mode)
  if (!own.ok) return own
  try {
    if (readOr(file, files) !== own.value.text) files.write(file, own.value.text)
    return ok({ ...own.value, file })
  } catch (cause) {
    return fail('node-config/not-written', `the node’s config cannot be written to ${file}: ${textOf(cause)}`)
  }
}

function readUserConfig(file: string, files: ConfigFiles): Result<string, OwnConfigFault> {
  try {
    const text = files.read(file)
    return text.length > MAX_CONFIG_CHARS ? fail('node-config/unreadable', `${file} is too large to be a node’s config`) : ok(text)
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'ENOENT') return fail('node-config/missing', `there is no node config at ${file}`)
    return fail('node-config/unreadable', `the node config ${file} cannot be read: ${textOf(cause)}`)
  }
}

function readOr(file: string, files: ConfigFiles): string | undefined {
  try {
    return files.read(file)
  } catch {
    return undefined // not there yet: it will be written
  }
}
