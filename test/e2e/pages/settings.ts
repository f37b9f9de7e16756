import type { Locator, Page } from '@playwright/test'

export type SettingsPart = 'Node' | 'Identities' | 'Services' | 'Alerts' | 'Start and quit' | 'Set-up file'

/** The set-up by hand. */
export class SettingsRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get save(): Locator {
    return this.page.getByRole('button', { name: 'Save', exact: true })
  }
  get discard(): Locator {
    return this.page.getByRole('button', { name: 'Discard', exact: true })
  }
  /** Complaints beside the fields. */
  get problems(): Locator {
    return this.page.locator('.field-problems')
  }
  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true })
  }
  async show(part: SettingsPart): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name: part }).click()
  }
  async addIdentity(id: string): Promise<void> {
    await this.page.getByLabel('Identity id').fill(id)
    await this.page.getByRole('button', { name: 'Add', exact: true }).click()
  }
}
