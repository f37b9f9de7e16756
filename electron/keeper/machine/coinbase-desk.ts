import { readFileSync } from 'node:fs'
import { checkCoinbase } from '../../../shared/domain/coinbase.ts'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import { plural } from '../../../shared/domain/words.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { coinbaseOf } from '../../operations/index.ts'
import type { Desk, MachineContext } from './context.ts'

type Handlers = AppHandlers['coinbase']
type Shown = Extract<Awaited<ReturnType<Handlers['read']>>, { readonly ok: true }>['value']

/** Where rewards go: what the set-up says, else the node's config. Changing it is an operation of its own kind. */
export function coinbaseDesk(context: MachineContext): Desk<Handlers> {
  const prefixOf = ({ network }: Setup): string => resolveNetwork(network).addressPrefix

  function check(address: string): Result<{ readonly address: string }, 'coinbase/invalid'> {
    const setup = context.setup()
    const checked = checkCoinbase(address, setup === undefined ? 'sm' : prefixOf(setup))
    return checked.ok ? ok({ address: checked.value }) : checked
  }

  return {
    handlers: {
      read: () => {
        const setup = context.setup()
        return setup === undefined ? fail('coinbase/no-setup', 'Nothing is set up.') : ok(shown(setup, prefixOf(setup)))
      },
      check: ({ address }) => check(address),
    },
    begin: () => undefined,
    close: () => undefined,
  }
}

function shown(setup: Setup, prefix: string): Shown {
  const { node } = setup
  if (node.mode !== 'managed')
    return {
      coinbase: undefined,
      source: 'the config of whoever starts the node',
      sentence: 'This node is started by somebody else: its coinbase stands in its own config.',
    }
  const inConfig = coinbaseOf(textOf(node.configFile))
  const coinbase = node.coinbase ?? inConfig
  const source = node.coinbase === undefined ? node.configFile : 'setup.json'
  if (coinbase === undefined)
    return {
      coinbase,
      source,
      sentence: 'No coinbase is set: the node refuses PoST services, and nothing is earned.',
      problem: 'Set the account that shall receive the rewards.',
    }
  const who = setup.identities.length === 1 ? 'the identity' : `all ${plural(setup.identities.length, 'identity', 'identities')}`
  const sentence = `Rewards of ${who} go to ${coinbase}. One node, one coinbase.`
  const checked = checkCoinbase(coinbase, prefix)
  const problem = checked.ok ? differing(coinbase, inConfig, node.configFile) : `${checked.fault.detail} The node does not start with it.`
  return { coinbase, source, sentence, ...(problem === undefined ? {} : { problem }) }
}

const differing = (coinbase: string, inConfig: string | undefined, file: string): string | undefined =>
  inConfig === undefined || inConfig === coinbase
    ? undefined
    : `${file} names ${inConfig} instead: whoever starts the node by hand with that file pays another account.`

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // the set-up's problems tell of a config that is not there
  }
}
