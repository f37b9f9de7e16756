import type { Locator, Page } from '@playwright/test'

/** One opened identity. */
export class IdentityPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  /** "Amber: Reading, pass 1, …" */
  get sentence(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  get evidence(): Locator {
    return this.page.locator('table.evidence tbody tr')
  }
  get proofs(): Locator {
    return this.page.getByRole('region', { name: 'Proofs' }).locator('tbody tr')
  }
  /** A card, by its heading. */
  card(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }
  async act(action: 'Start service' | 'Stop service…' | 'Restart…' | 'Log'): Promise<void> {
    await this.page.getByRole('button', { name: action, exact: true }).click()
  }
}
