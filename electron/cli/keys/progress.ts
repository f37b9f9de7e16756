import type { VaultProgress } from '../../../shared/domain/backup.ts'
import type { ScanProgress } from '../../../shared/domain/inventory.ts'
import { bytes, duration, figure, plural } from '../../../shared/domain/words.ts'
import { fit, safe } from '../text.ts'
import type { KeysApi, KeysCli } from './context.ts'

/** One line that is drawn over, on stderr and only where somebody sees it. */
export function progressLine({ terminal }: KeysCli): { show(text: string): void; end(): void } {
  let isShown = false
  return {
    show(text) {
      if (!terminal.isSeen) return
      isShown = true
      terminal.write(`\r${fit(safe(text), Math.max(1, terminal.columns - 1))}`)
    },
    end() {
      if (isShown) terminal.write('\r\u001B[K')
      isShown = false
    },
  }
}

export function scanProgressText({ at, volumesDone, volumesInAll, folders, found }: ScanProgress): string {
  const where = at === undefined ? '' : ` in ${at}`
  return (
    `Volume ${Math.min(volumesDone + 1, Math.max(1, volumesInAll))} of ${Math.max(1, volumesInAll)}${where}: ${figure(folders)} folders, ` +
    `${plural(found.keys, 'key file')}, ${plural(found.posFolders, 'PoS folder')}, ${plural(found.nodes, 'node')}`
  )
}

const STEPS: Readonly<Record<VaultProgress['step'], string>> = {
  collecting: 'Collecting',
  encrypting: 'Encrypting',
  writing: 'Writing',
  'reading-back': 'Reading back from the disk',
  decrypting: 'Opening',
  comparing: 'Comparing with what is here',
  placing: 'Putting back',
}

export function vaultProgressText({ step, doneBytes, totalBytes, endsAt }: VaultProgress, now: number): string {
  const done = totalBytes === undefined ? bytes(doneBytes) : `${bytes(doneBytes)} of ${bytes(totalBytes)}`
  const left = endsAt === undefined ? '' : `, ${duration(endsAt - now)} left`
  return `${STEPS[step]}: ${done}${left}`
}

/** Does one of the vault's long calls: shows how far it is, and cancels it when the user asks to stop. */
export async function watchedJob<T>(cli: KeysCli, api: KeysApi, job: () => Promise<T>): Promise<T> {
  const line = progressLine(cli)
  const offTopic = api.backup.onChanged(({ running }) => {
    if (running !== undefined) line.show(vaultProgressText(running, cli.now()))
  })
  const offHit = cli.interrupts.onHit(() => void api.backup.cancel())
  try {
    return await job()
  } finally {
    offHit()
    offTopic()
    line.end()
  }
}
