import type { Locator, Page } from '@playwright/test'

/** What this computer can prove in time. */
export class MachineRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  /** By its keys: `g c`. */
  async open(): Promise<void> {
    await this.page.keyboard.type('gc')
  }
  disk(label: string): Locator {
    return this.page.getByRole('row', { name: new RegExp(label) })
  }
  /** A card, by its heading. */
  card(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }
  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click()
  }
}
