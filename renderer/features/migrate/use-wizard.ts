import { useCallback, useState } from 'react'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { WizardState } from '../../../shared/ipc/operations-contract.ts'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'

export const BEGINNING: WizardState = { step: 'scan', from: [], to: null, names: {}, operation: null }

export interface Wizard {
  readonly state: WizardState | undefined
  /** Why it could not be read or written down. */
  readonly fault: Fault | undefined
  readonly change: (part: Partial<WizardState>) => void
  readonly reload: () => void
}

const read = () => api().operations.wizard()

/** Where the wizard is: kept by the keeper, so that a closed window goes on where it was. */
export function useWizard(): Wizard {
  const loaded = useLoad(read)
  const { run, fault } = useAction()
  const [changed, setChanged] = useState<WizardState>()
  const state = changed ?? loaded.value
  const change = useCallback(
    (part: Partial<WizardState>): void => {
      const next = { ...(state ?? BEGINNING), ...part }
      setChanged(next)
      void run(() => api().operations.saveWizard(next))
    },
    [state, run],
  )
  return { state, fault: loaded.fault ?? fault, change, reload: loaded.reload }
}
