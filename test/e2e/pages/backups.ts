import type { Locator, Page } from '@playwright/test'

/** Backups: the three steps, the standing beside them, restore. */
export class BackupsRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  get write(): Locator {
    return this.page.getByRole('button', { name: 'Write and read back' })
  }
  /** From any room, by the rail's foot. */
  async open(): Promise<void> {
    await this.page
      .getByRole('navigation', { name: 'Rooms' })
      .getByTitle(/Open the backups/)
      .click()
  }
  async toPlaces(): Promise<void> {
    await this.page.getByRole('button', { name: 'Place and passphrase' }).click()
  }
  place(label: string): Locator {
    return this.page.getByRole('radio', { name: new RegExp(label) })
  }
  /** Lets a passphrase be suggested and types the word that is asked for; answers the passphrase. */
  async takeSuggestion(): Promise<string> {
    await this.page.getByRole('button', { name: 'Suggest one' }).click()
    await this.page.getByText(/^Word \d, typed again$/).waitFor()
    const passphrase = await this.page.getByLabel('Passphrase', { exact: true }).inputValue()
    const again = this.page.getByLabel(/^Word \d, typed again$/)
    const label = await this.page.getByText(/^Word \d, typed again$/).textContent()
    const word = passphrase.split('-')[Number(/\d/.exec(label ?? '')?.[0] ?? '1') - 1] ?? ''
    await again.fill(word)
    return passphrase
  }
  async openRestore(): Promise<void> {
    await this.page.getByRole('region', { name: 'Restore' }).getByRole('button', { name: 'Restore…' }).click()
  }
  item(name: string): Locator {
    return this.page.getByRole('checkbox', { name: new RegExp(`^${name}`) })
  }
}
