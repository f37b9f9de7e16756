import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { copyLocalDatabase, createKeyStore } from '../identities/index.ts'
import { systemFiles } from '../lib/files.ts'
import { silentLogger } from '../lib/logger.ts'
import { copyDatabase } from './copy-database.ts'
import { drillBackup } from './drill.ts'
import { makeBackup, type MakeTools } from './make.ts'
import { sweepPartials } from './new-file.ts'
import { openBackup, type OpenedBackup } from './open.ts'
import { placesFor } from './place-look.ts'
import type { SecretSource, VaultRequest } from './protocol.ts'
import { planRestore } from './restore-plan.ts'
import { restoreItems, type RestoreTools } from './restore.ts'
import { readSecret } from './secret.ts'

type OnProgress = NonNullable<MakeTools['onProgress']>

/** Does one job on the real file system. */
export async function doJob(request: VaultRequest, onProgress: OnProgress): Promise<Result<unknown>> {
  const files = systemFiles
  switch (request.job) {
    case 'backup': {
      const temporary = freshFolder(request.temporary)
      try {
        return await makeBackup(request.make, {
          files,
          temporary,
          copyDatabase,
          copyLocalDatabase: (dataFolder, target) => copyLocalDatabase(dataFolder, target, { temporary }),
          onProgress,
        })
      } finally {
        rmSync(temporary, { recursive: true, force: true })
      }
    }
    case 'drill': {
      const secret = readSecret(request.secret, files)
      return secret.ok ? ok(await drillBackup(request.drill, secret.value, { files, onProgress })) : secret
    }
    case 'open':
      return await withBackup(request, async (backup) => {
        const outlook = await planRestore(backup, request.here, files)
        return {
          ...outlook,
          identities: backup.manifest.entries.flatMap(({ part, identity }) =>
            part === 'keys' && identity !== undefined ? [identity] : [],
          ),
        }
      })
    case 'restore': {
      const store = createKeyStore({ folder: request.quarantine, now: () => request.here.now, log: silentLogger })
      const tools: RestoreTools = { files, mark: request.mark, onProgress, holdKey: (bytes, as) => store.hold(bytes, as) }
      return await withBackup(request, (backup) => restoreItems(backup, { ids: request.ids, here: request.here }, tools))
    }
    case 'places':
      return ok(await placesFor(request.places))
    case 'sweep': {
      const partials = request.folders.map((folder) => sweepPartials(folder, { mark: request.mark, now: Date.now(), files }))
      rmSync(ownFolder(request.temporary), { recursive: true, force: true })
      return ok(partials.reduce((sum, count) => sum + count, 0))
    }
    default:
      return fail('internal', 'unknown job')
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
  work: (backup: OpenedBackup) => Promise<T>,
): Promise<Result<T>> {
  const secret = readSecret(what.secret, systemFiles)
  if (!secret.ok) return secret
  const backup = await openBackup(what.file, secret.value, systemFiles)
  if (!backup.ok) return backup
  try {
    return ok(await work(backup.value))
  } finally {
    backup.value.close()
  }
}
