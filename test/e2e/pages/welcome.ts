import type { Locator, Page } from '@playwright/test'

/** First run: "What do you have?" */
export class WelcomePage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { name: 'What do you have?' })
  }
  async practise(): Promise<void> {
    await this.page.getByRole('button', { name: 'Practice', exact: true }).click()
  }
  async setUpByHand(): Promise<void> {
    await this.page.getByRole('button', { name: 'Set it up by hand' }).click()
  }
  async importSetup(): Promise<void> {
    await this.page.getByRole('button', { name: 'Import a set-up…' }).click()
  }
}
