import type { PlanCheck } from '../../../shared/domain/operation.ts'
import type { SafeWindow } from '../../../shared/domain/safe-window.ts'

/** Whether it may be away now, as the plan says it. */
export const windowCheck = (window: SafeWindow): PlanCheck =>
  window.is === 'safe'
    ? { is: 'pass', text: 'Nobody proves or is due within the time that this takes' }
    : { is: 'warn', text: `Not a safe moment: ${window.why}` }
