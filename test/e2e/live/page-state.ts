import type { Page } from '@playwright/test'
import type { InitJob } from '../../../shared/domain/initialization.ts'
import type { MachineReport } from '../../../shared/domain/machine.ts'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import type { AppSnapshot, IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

export const snapshotOf = (page: Page): Promise<AppSnapshot> =>
  page.evaluate(async () => {
    const whole = await smeshkeeper.app.snapshot()
    if (!whole.ok) throw new Error(whole.fault.detail)
    return whole.value
  })

/** @throws where nobody has this name */
export async function named(page: Page, name: string): Promise<IdentitySnapshot> {
  const found = (await snapshotOf(page)).identities.find((identity) => identity.name === name)
  if (found === undefined) throw new Error(`no identity ${name}`)
  return found
}

export const machineOf = (page: Page): Promise<MachineReport> =>
  page.evaluate(async () => {
    const report = await smeshkeeper.machine.report()
    if (!report.ok) throw new Error(report.fault.detail)
    return report.value
  })

export const jobOf = (page: Page, name: string): Promise<InitJob | undefined> =>
  page.evaluate(async (wanted) => {
    const state = await smeshkeeper.init.state()
    return state.ok ? state.value.jobs.find((job) => job.name === wanted) : undefined
  }, name)
