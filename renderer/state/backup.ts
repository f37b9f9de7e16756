import type { BackupState } from '../../shared/domain/backup.ts'
import { api } from './api.ts'
import { useLive, type Live } from './use-live.ts'

const ask = () => api().backup.state()
const listen = (told: (state: BackupState) => void) => api().backup.onChanged(told)

/** Backups that were made, how they stand and what is at work. */
export const useBackup = (): Live<BackupState> => useLive(ask, listen)
