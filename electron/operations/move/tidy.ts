import { textOf } from '../../../shared/domain/fault.ts'
import { codeOf } from '../../identities/index.ts'
import { asideOf, type MoveData } from './data.ts'

/**
 * Rolling back ends also when the target's disk is gone or dying: what is left there is a copy that nobody uses, and the user
 * is told of it. Bugs and power cuts pass.
 */
export async function tidyTarget(data: Pick<MoveData, 'to'>, work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work()
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return `What was copied to ${asideOf(data.to)} or ${data.to} could not be removed (${textOf(cause)}): it is a copy that nothing uses, remove it by hand`
  }
}
