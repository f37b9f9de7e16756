import { warn, withKeeper, type KeysApi, type KeysCli } from '../keys/context.ts'
import { identityNamed } from '../keys/names.ts'

/** Does a verb's work with the keeper that runs. */
export const withRunning = (cli: KeysCli, work: (api: KeysApi) => Promise<number>): Promise<number> =>
  withKeeper(cli, work, () => cli.connect())

/** Id of an identity of the set-up by any of its names; says when there is none. */
export async function ourIdentity(cli: KeysCli, api: KeysApi, text: string): Promise<string | undefined> {
  const snapshot = await api.app.snapshot()
  const known = snapshot.ok ? snapshot.value.identities.map(({ id, name }) => ({ id, nickname: name })) : []
  const id = identityNamed(text, known)
  if (id === undefined) warn(cli, 'No identity is called so, or several are. `smeshkeeper identities` lists them; give the whole id.')
  return id
}
