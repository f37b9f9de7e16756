import { flagIsOn, flagText, readFlags } from '../../interop/index.ts'
import { configValuesOf, type NodeConfigValues } from './node-config.ts'

/** Flags of the node by the section of the config where their key stands. @source facts/node-config-and-cli.md §2 */
const FLAGS = {
  smeshing: ['smeshing-coinbase'],
  api: ['grpc-post-listener', 'grpc-public-listener'],
} as const

/**
 * What a node's command line says of what its config says too: it wins over the file. Its lock is found elsewhere, as it
 * may be relative to a working folder.
 */
export function commandLineValues(args: readonly string[]): NodeConfigValues {
  const flags = readFlags(args)
  const section = (names: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(names.map((name) => [name, flagText(flags, name)]))
  return configValuesOf({
    preset: flagText(flags, 'preset', '-p'),
    main: { 'poet-servers': listOf(flagText(flags, 'poet-servers')) },
    smeshing: { ...section(FLAGS.smeshing), 'smeshing-start': flagIsOn(flags, 'smeshing-start') },
    api: section(FLAGS.api),
  })
}

/** `--poet-servers` takes JSON; what is none keeps the node from starting, and says nothing of its PoETs. */
function listOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}
