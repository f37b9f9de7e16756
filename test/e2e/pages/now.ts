import type { Locator, Page } from '@playwright/test'

/** The room Now: headline, banner, ribbon, identity rows. */
export class NowRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  /** The one banner, with the most urgent alarm. */
  get alarm(): Locator {
    return this.page.locator('.banner').first()
  }
  /** Whether everything is ready for the next gap. */
  get ready(): Locator {
    return this.page.getByRole('region', { name: 'Ready for the gap', exact: true })
  }
  get ribbon(): Locator {
    return this.page.getByRole('region', { name: /^Epoch \d+/ })
  }
  get lanes(): Locator {
    return this.page.getByRole('listbox', { name: /Disk lanes/ }).getByRole('option')
  }
  get list(): Locator {
    return this.page.getByRole('grid', { name: 'Identities' })
  }
  get rows(): Locator {
    return this.list.locator('[data-row]')
  }
  get evidence(): Locator {
    return this.page.getByRole('tooltip')
  }
  row(name: string): Locator {
    return this.list.getByRole('row', { name: new RegExp(`^${name},`) })
  }
  async readAsList(): Promise<Locator> {
    await this.page.getByRole('button', { name: 'Read as a list' }).click()
    return this.page.getByRole('table', { name: 'Disk lanes as a list' })
  }
  async search(text: string): Promise<void> {
    await this.page.getByRole('searchbox', { name: 'Search identities' }).fill(text)
  }
}
