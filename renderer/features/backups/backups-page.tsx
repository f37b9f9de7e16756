import type { ReactElement } from 'react'
import { useBackup } from '../../state/backup.ts'

/** Backups. */
export function BackupsPage({ part }: { readonly part: string | undefined; readonly file: string | undefined }): ReactElement {
  const { value } = useBackup()
  return <h1>{part === undefined ? value?.summary.sentence : 'Restore'}</h1>
}
