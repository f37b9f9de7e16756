import path from 'node:path'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import type { Files } from '../lib/files.ts'
import { cleanAside, settleArmed } from './arm-key.ts'
import { isThere, removeDurably, whyNotMoved } from './durable.ts'
import type { HeldKeys, StoredKey } from './held-keys.ts'
import { readIdentitiesFolder } from './identities-folder.ts'
import { codeOf, readKeyFile } from './key-file.ts'
import type { Quarantine, RecoverReport } from './quarantine.ts'

interface Parts {
  readonly files: Files
  readonly held: HeldKeys
  readonly quarantine: Quarantine
}

/** The file under which a node of this folder would load the key. */
export const isArmedAt = (files: Files, dataFolder: string, identity: IdentityId): string | undefined =>
  readIdentitiesFolder(dataFolder, files).keys.find((key) => key.isLoaded === true && key.form === 'good' && key.identity === identity)
    ?.path

/**
 * After a crash: brings begun moves to their end or takes them back, and removes half-written files. What is not there now
 * (a disk that is away) stays as it is for the next time.
 */
export function recoverKeys(
  parts: Parts,
  dataFolders: readonly string[],
  retire: (identity: IdentityId, armedAt: string) => void,
): RecoverReport {
  const { files, held, quarantine } = parts
  const report: RecoverReport = { finished: [], cleaned: [], problems: [] }
  const settling = (what: string, work: () => void): void => {
    try {
      work()
    } catch (cause) {
      if (codeOf(cause) === '') throw cause
      report.problems.push(`What an interrupted move left in ${what} could not be settled: ${whyNotMoved(cause)}`)
    }
  }
  quarantine.recover(report)
  settling(held.folder, () => report.cleaned.push(...held.clean()))
  const placingTo: string[] = []
  for (const key of held.list()) {
    if (key.doing?.is === 'placing') placingTo.push(key.doing.dataFolder)
    settling(key.path, () => settle(parts, key, report, retire))
  }
  for (const dataFolder of new Set([...dataFolders, ...placingTo]))
    settling(dataFolder, () => {
      const { removed, onlyCopies } = cleanAside(files, dataFolder, (identity) => held.get(identity) !== undefined)
      report.cleaned.push(...removed)
      for (const file of onlyCopies) {
        const taken = quarantine.take(file, { why: 'left over from an interrupted move, and the only copy that was found' })
        if (taken.ok) report.finished.push(taken.value.path)
        else report.problems.push(taken.fault.detail)
      }
    })
  return report
}

function settle(
  { files, held, quarantine }: Parts,
  key: StoredKey,
  report: RecoverReport,
  retire: (identity: IdentityId, armedAt: string) => void,
): void {
  const { doing, ...rest } = key
  switch (doing?.is) {
    case 'placing': {
      if (!isThere(files, doing.dataFolder)) {
        report.problems.push(
          `${shortId(key.identity)} was being placed in ${doing.dataFolder}, which is not there now. It stays held until that disk is back`,
        )
        return
      }
      const armedAt = isArmedAt(files, doing.dataFolder, key.identity)
      if (armedAt === undefined) {
        held.note(rest)
        return
      }
      settleArmed(files, armedAt)
      retire(key.identity, armedAt)
      report.finished.push(armedAt)
      return
    }
    case 'taking': {
      if (!isThere(files, path.dirname(doing.file))) return
      if (held.reading(key.identity).form !== 'good') {
        report.problems.push(`${key.path} is damaged, so ${doing.file} stays where it is. Move the damaged file away`)
        return
      }
      files.syncFolder(held.folder)
      if (readKeyFile(doing.file, files).identity === key.identity) {
        if (files.facts(doing.file)?.is === 'link')
          quarantine.take(doing.file, { why: `Its key is held: ${key.hold.reason}`, identity: key.identity })
        else removeDurably(files, doing.file)
        report.finished.push(key.path)
      } else files.syncFolder(path.dirname(doing.file))
      held.note(rest)
      return
    }
    case undefined:
      return
  }
}
