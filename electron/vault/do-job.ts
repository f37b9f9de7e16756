import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { assertNever, fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { copyLocalDatabase, createKeyStore } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import { silentLogger } from '../lib/logger.ts'
import { answeringFiles } from './answering-files.ts'
import { planBackup } from './collect.ts'
import { copyDatabase } from './copy-database.ts'
import { drillBackup } from './drill.ts'
import type { CopyDatabase } from './gather.ts'
import { makeBackup, type MadeBackup, type MakeTools } from './make.ts'
import { sweepPartials } from './new-file.ts'
import { openBackup, type OpenedBackup } from './open.ts'
import { placesFor } from './place-look.ts'
import type { SecretSource, VaultRequest } from './protocol.ts'
import { planRestore } from './restore-plan.ts'
import { restoreItems, type RestoreTools } from './restore.ts'
import { readSecret } from './secret.ts'

type OnProgress = NonNullable<MakeTools['onProgress']>

/** Does one job on the real file system; drives that do not answer are treated as away. */
export async function doJob(request: VaultRequest, onProgress: OnProgress): Promise<Result<unknown>> {
  if (request.job === 'places') return ok(await placesFor(request.places))
  const files = await answeringFiles()
  switch (request.job) {
    case 'plan':
      return planBackup(request.sources, files)
    case 'backup':
      return await make(request, files, onProgress)
    case 'drill': {
      const secret = readSecret(request.secret, files)
      return secret.ok ? ok(await drillBackup(request.drill, secret.value, { files, onProgress })) : secret
    }
    case 'open':
      return await withBackup(request, files, async (backup) => ({
        ...(await planRestore(backup, request.here, files)),
        identities: backup.manifest.entries.flatMap(({ part, identity }) => (part === 'keys' && identity !== undefined ? [identity] : [])),
      }))
    case 'restore': {
      const store = createKeyStore({ files, folder: request.quarantine, now: () => request.here.now, log: silentLogger })
      const tools: RestoreTools = { files, mark: request.mark, onProgress, holdKey: (bytes, as) => store.hold(bytes, as) }
      return await withBackup(request, files, (backup) => restoreItems(backup, { ids: request.ids, here: request.here }, tools))
    }
    case 'sweep': {
      const partials = request.folders.map((folder) => sweepPartials(folder, { mark: request.mark, now: Date.now(), files }))
      rmSync(ownFolder(request.temporary), { recursive: true, force: true })
      return ok(partials.reduce((sum, count) => sum + count, 0))
    }
    default:
      return assertNever(request)
  }
}

async function make(request: Extract<VaultRequest, { job: 'backup' }>, files: Files, onProgress: OnProgress): Promise<Result<MadeBackup>> {
  const temporary = freshFolder(request.temporary)
  /** SQLite opens the file itself: whether its drive answers is asked before. */
  const copying =
    (copy: CopyDatabase): CopyDatabase =>
    (from, target) => {
      try {
        files.facts(from)
      } catch (cause) {
        return fail('database/unreadable', `it cannot be read (${textOf(cause)})`)
      }
      return copy(from, target)
    }
  try {
    return await makeBackup(request.make, {
      files,
      temporary,
      copyDatabase: copying(copyDatabase),
      copyLocalDatabase: copying((dataFolder, target) => copyLocalDatabase(dataFolder, target, { temporary })),
      onProgress,
    })
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

const ownFolder = (temporary: string): string => path.join(temporary, 'vault')

/** For copies of databases, without what a killed job left in it. One job at a time has it. */
function freshFolder(temporary: string): string {
  const folder = ownFolder(temporary)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

async function withBackup<T>(
  what: { readonly file: string; readonly secret: SecretSource },
  files: Files,
  work: (backup: OpenedBackup) => Promise<T>,
): Promise<Result<T>> {
  const secret = readSecret(what.secret, files)
  if (!secret.ok) return secret
  const backup = await openBackup(what.file, secret.value, files)
  if (!backup.ok) return backup
  try {
    return ok(await work(backup.value))
  } finally {
    backup.value.close()
  }
}
