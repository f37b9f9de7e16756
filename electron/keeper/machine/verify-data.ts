import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { PosFolderState } from '../../../shared/domain/observation.ts'
import type { FileLayout } from '../../../shared/domain/verify.ts'
import { whyNotNow } from '../../../shared/domain/verify-wait.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { SetupService } from '../../../shared/setup/schema.ts'
import { isQuietAt } from '../../alerts/index.ts'
import { expectedFiles, METADATA_FILE, parseMetadata, type PosMetadata } from '../../pos-data/index.ts'
import type { MachineContext } from './context.ts'

/** The PoS data of one identity of the set-up. */
export interface VerifyData {
  readonly identity: string
  readonly name: string
  readonly service: SetupService
  readonly folder: string
  /** By names and sizes, as it was seen last. */
  readonly state: PosFolderState | undefined
}

/** What this home knows of an identity's data; undefined when it has none here. */
export function dataOf(context: MachineContext, identity: string): VerifyData | undefined {
  const setup = context.setup()
  const service = setup?.services.find((one) => one.identity === identity)
  if (setup === undefined || service === undefined) return undefined
  const session = context.session()
  const name =
    session?.snapshot()?.identities.find(({ id }) => id === identity)?.name ??
    setup.identities.find(({ id }) => id === identity)?.nickname ??
    identity.slice(0, 8)
  const state = session?.world.identities.get(identity as IdentityId)?.folder?.value
  return { identity, name, service, folder: service.posFolder, state }
}

/** Reads the metadata without holding anybody up: a dead disk keeps a thread, not the keeper. */
export async function readLayout(
  folder: string,
): Promise<Result<FileLayout & { readonly metadata: PosMetadata }, 'pos-data/bad-metadata'>> {
  let text: string
  try {
    text = await readFile(path.join(folder, METADATA_FILE), 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason'
    return fail('pos-data/bad-metadata', `${METADATA_FILE} cannot be read (${code}). Look whether its disk is there.`)
  }
  const parsed = parseMetadata(text)
  return parsed.ok ? ok({ ...expectedFiles(parsed.value), metadata: parsed.value }) : parsed
}

/** Why PoS data must be left alone now, for what the user asked for and for what is done by itself; undefined = it need not. */
export interface VerifyHold {
  readonly asked: string | undefined
  readonly byItself: string | undefined
}

export function holdNow(context: MachineContext, operation: string | undefined, only?: ReadonlySet<string>): VerifyHold {
  const [setup, session] = [context.setup(), context.session()]
  if (setup === undefined || session === undefined) return { asked: 'nothing runs here', byItself: 'nothing runs here' }
  const snapshot = session.snapshot()
  if (snapshot === undefined) return { asked: 'it is not known yet who proves', byItself: 'it is not known yet who proves' }
  const now = context.clock.now()
  const { testHours } = setup.machine
  const moment = {
    net: resolveNetwork(setup.network),
    now,
    identities: snapshot.identities.filter(({ id }) => only?.has(id) ?? true).map(({ name, status }) => ({ name, kind: status.kind })),
    operation,
    hours: testHours === null ? undefined : { ...testHours, isNow: isQuietAt(testHours, now) },
  }
  return { asked: whyNotNow({ ...moment, isAsked: true }), byItself: whyNotNow({ ...moment, isAsked: false }) }
}
