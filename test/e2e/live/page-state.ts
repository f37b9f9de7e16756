import { expect, type Page } from '@playwright/test'
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

export const identityOf = async (page: Page, id: string): Promise<IdentitySnapshot | undefined> =>
  (await snapshotOf(page)).identities.find((one) => one.id === id)

/** @throws where nobody has this name */
export function named(snapshot: AppSnapshot, name: string): IdentitySnapshot {
  const found = snapshot.identities.find((identity) => identity.name === name)
  if (found === undefined) throw new Error(`no identity ${name}`)
  return found
}

/** Waits until the status of one identity fits; says what it was when it never did. */
export async function until(
  page: Page,
  name: string,
  fits: (identity: IdentitySnapshot) => boolean,
  timeout = 120_000,
): Promise<IdentitySnapshot> {
  let last: IdentitySnapshot | undefined
  const look = async (): Promise<string> => {
    last = (await snapshotOf(page)).identities.find((identity) => identity.name === name)
    if (last === undefined) return `no identity ${name}`
    return fits(last) ? 'as awaited' : `${last.status.kind}: ${last.status.sentence}`
  }
  await expect.poll(look, { timeout, intervals: [200] }).toBe('as awaited')
  if (last === undefined) throw new Error('never seen')
  return last
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
