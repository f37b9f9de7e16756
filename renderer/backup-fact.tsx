import type { ReactElement } from 'react'
import { lookOfBackup } from './components/backup-look.ts'
import { Glyph } from './components/glyph.tsx'
import { go } from './state/route.ts'
import { useSnapshot } from './state/store.ts'

/** How the backups stand, in the rail's foot of every room. */
export function BackupFact(): ReactElement | null {
  const backup = useSnapshot((snapshot) => snapshot.backup)
  if (backup === undefined) return null
  const look = lookOfBackup(backup.is)
  return (
    <button
      type="button"
      className="backup-fact"
      title={`${backup.sentence}. Open the backups (g b)`}
      onClick={() => go({ room: 'backups' })}
    >
      <Glyph shape={look.shape} tone={look.tone} label={look.word} />
      <span className="lbl">{backup.sentence}</span>
    </button>
  )
}
