import { parseConfigText, type ConfigObject } from '../../programs/index.ts'

/** A changed text, nothing to change, or why it is not understood. */
export type Edit =
  { readonly is: 'changed'; readonly text: string } | { readonly is: 'same' } | { readonly is: 'bad'; readonly why: string }

function parsed(text: string): ConfigObject | undefined {
  try {
    return parseConfigText(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

const objectOf = (value: unknown): ConfigObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined

/** Spaces before the first key, as the file has them; electron-store writes tabs. */
const indentOf = (text: string): string => /^\{\r?\n([ \t]+)/.exec(text.replace(/^\uFEFF/, ''))?.[1] ?? ''

const written = (before: string, value: ConfigObject): string =>
  `${JSON.stringify(value, undefined, indentOf(before))}${before.endsWith('\n') ? '\n' : ''}`

const BAD = 'it is no JSON object'

/**
 * Smapp's config of one network without smeshing; every other field stays, large numbers with all their digits. A file
 * without smeshing has nothing to change.
 * @source facts/smapp-and-migration.md §1, §4.12
 */
export function withoutSmeshing(text: string): Edit {
  const config = parsed(text)
  if (config === undefined) return { is: 'bad', why: BAD }
  const smeshing = objectOf(config['smeshing'])
  if (smeshing === undefined || smeshing['smeshing-start'] === false || smeshing['smeshing-start'] === undefined) return { is: 'same' }
  return { is: 'changed', text: written(text, { ...config, smeshing: { ...smeshing, 'smeshing-start': false } }) }
}

/** Smapp's settings so that neither it starts by itself nor its node with it. */
export function withoutAutostart(text: string): Edit {
  const config = parsed(text)
  if (config === undefined) return { is: 'bad', why: BAD }
  const off = { isAutoStartEnabled: false, startNodeOnNextLaunch: false }
  if (Object.keys(off).every((key) => config[key] === undefined || config[key] === false)) return { is: 'same' }
  const named = Object.fromEntries(Object.entries(off).filter(([key]) => config[key] !== undefined))
  return { is: 'changed', text: written(text, { ...config, ...named }) }
}

/** Before each line that is switched off. */
export const PSM_MARK = '# switched off by Smeshkeeper: '

/**
 * The config of the PSM script with its services commented out: whoever starts the script again starts none of them. The
 * first line names the node, which it does not start, and stays.
 * @source the script's public text, version 1.01 (`#` begins a comment)
 */
export function withoutServices(text: string): Edit {
  let isNodeSeen = false
  let isChanged = false
  const lines = text.split('\n').map((line) => {
    if (line.replace(/#.*$/, '').trim() === '') return line
    if (!isNodeSeen) {
      isNodeSeen = true
      return line
    }
    isChanged = true
    return `${PSM_MARK}${line}`
  })
  return isChanged ? { is: 'changed', text: lines.join('\n') } : { is: 'same' }
}
