import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { savedPlanSchema, type SavedPlan } from '../../../shared/ipc/machine-contract.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Logger } from '../../lib/logger.ts'

const fileSchema = z.object({ version: z.literal(1), plans: z.array(savedPlanSchema) })
/** More what-ifs than anybody compares. */
const MOST_PLANS = 50

/** What-ifs that the user keeps, newest first, in one file. */
export interface PlanStore {
  list(): readonly SavedPlan[]
  save(plan: SavedPlan): Result<void, 'plan/not-written'>
  forget(name: string): Result<void, 'plan/not-written'>
}

export function openPlanStore(file: string, log: Logger): PlanStore {
  const read = (): readonly SavedPlan[] => {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      return [] // nothing was ever kept
    }
    try {
      return fileSchema.parse(JSON.parse(text)).plans
    } catch (cause: unknown) {
      log.warn('plan.unreadable', { error: textOf(cause) })
      return []
    }
  }
  const write = (plans: readonly SavedPlan[]): Result<void, 'plan/not-written'> => {
    try {
      writeFileAtomic(file, `${JSON.stringify({ version: 1, plans }, null, 1)}\n`)
      return ok(undefined)
    } catch (cause: unknown) {
      return fail('plan/not-written', `The plan could not be kept: ${textOf(cause)}. Free some space or check the folder's owner.`)
    }
  }
  return {
    list: read,
    save: (plan) => write([plan, ...read().filter((one) => one.name !== plan.name)].slice(0, MOST_PLANS)),
    forget: (name) => write(read().filter((one) => one.name !== name)),
  }
}
