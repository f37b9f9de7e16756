import path from 'node:path'
import { textOf } from '../../../shared/domain/fault.ts'
import type { PlanCheck } from '../../../shared/domain/operation.ts'
import { codeOf } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { isSupervised, type FolderFacts } from '../facts/folder-facts.ts'
import { withoutAutostart, withoutSmeshing, type Edit } from '../foreign/config-edits.ts'
import type { MergeFacts } from './merge-facts.ts'
import { writeStep, type FileSeen, type Pair } from './plan-parts.ts'

/** A config of a supervised source, and what becomes of it so that it starts no service of its own any more. */
export interface SourceConfig {
  readonly seen: FileSeen
  readonly is: 'node' | 'smapp-network' | 'smapp-settings'
}

/** Smapp's node runs on a folder named by 8 hex digits and a file that Smapp writes anew at every start. */
export const isSmapps = ({ config, dataFolder }: FolderFacts): boolean =>
  config.is !== 'unknown' && path.basename(config.file) === 'node-config.json' && /^[0-9a-f]{8}$/.test(path.basename(dataFolder))

/** Reads the configs that would let a supervised source smesh again; a remote one runs no service by itself. */
export function sourceConfigs(node: FolderFacts, files: Files): readonly SourceConfig[] {
  const { config, dataFolder } = node
  if (!isSupervised(node) || config.is === 'unknown') return []
  if (!isSmapps(node)) return [{ is: 'node', seen: seenFile(config.file, files) }]
  const beside = path.dirname(config.file)
  return [
    { is: 'smapp-network', seen: seenFile(path.join(beside, `node-config.${path.basename(dataFolder)}.json`), files) },
    { is: 'smapp-settings', seen: seenFile(path.join(beside, 'config.json'), files) },
  ]
}

/** A small text file; one that cannot be read counts as not there. */
export function seenFile(file: string, files: Files): FileSeen {
  try {
    const text = Buffer.from(files.readWhole(file, 16 * 1024 ** 2)).toString('utf8')
    return { file, text, mode: files.facts(file)?.mode ?? 0o600 }
  } catch (cause) {
    if (codeOf(cause) === '') throw new Error(`${file}: ${textOf(cause)}`, { cause })
    return { file, text: null }
  }
}

const editOf = ({ is, seen }: SourceConfig): Edit =>
  seen.text === null ? { is: 'same' } : is === 'smapp-settings' ? withoutAutostart(seen.text) : withoutSmeshing(seen.text)

/** Steps that switch smeshing off at a source: without its key it would begin to make data for a fresh one. */
export function configSteps({ sources, configs }: MergeFacts, index: number): readonly Pair[] {
  const name = sources[index]?.name ?? ''
  return (configs[index] ?? []).flatMap((one): readonly Pair[] => {
    const edit = editOf(one)
    if (edit.is !== 'changed') return []
    const data = writeStep(one.seen, edit.text, `${one.is}-${index + 1}.json`)
    if (data === undefined) return []
    const title = one.is === 'smapp-settings' ? `Keep Smapp from starting ${name}` : `Switch smeshing off in the config of ${name}`
    return [[{ title, detail: `${one.seen.file}; every other setting stays`, estimateMs: 100 }, data]]
  })
}

/** Configs of sources that could not be changed. */
export const configChecks = ({ sources, configs }: MergeFacts): readonly PlanCheck[] =>
  sources.flatMap(({ name }, index) =>
    (configs[index] ?? []).flatMap((one): readonly PlanCheck[] => {
      const edit = editOf(one)
      if (edit.is !== 'bad') return []
      return [
        {
          is: 'warn',
          text: `Smeshing cannot be switched off in ${one.seen.file} (${edit.why}): started again, ${name} would make itself a fresh key, which earns nothing.`,
        },
      ]
    }),
  )
