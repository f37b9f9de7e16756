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
  /** A row of what was found, on a machine where others may have left more than the first rows show. */
  async found(name: RegExp): Promise<Locator> {
    await this.page.getByText(/^Searched .* in /).waitFor({ timeout: 150_000 })
    const more = this.page.getByRole('button', { name: /^Show .* more of / })
    while (await more.isVisible()) await more.click()
    return this.page.getByRole('row', { name }).first()
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
