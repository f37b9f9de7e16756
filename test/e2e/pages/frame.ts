import type { Locator, Page } from '@playwright/test'

export type RoomName = 'Now' | 'Identities' | 'Migrate' | 'History' | 'Settings'

/** Rail, node strip, practice label and keys: what every room has. */
export class Frame {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  get nodeStrip(): Locator {
    return this.page.getByRole('contentinfo', { name: 'Node' })
  }
  get practiceLabel(): Locator {
    return this.page.getByRole('region', { name: 'Practice', exact: true })
  }
  get noKeeper(): Locator {
    return this.page.getByRole('heading', { name: 'The keeper does not answer' })
  }
  async open(room: RoomName): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Rooms' }).getByRole('button', { name: room }).click()
  }
  async openNodeLog(): Promise<void> {
    await this.nodeStrip.getByRole('button', { name: 'Logs' }).click()
  }
  async endPractice(): Promise<void> {
    await this.page.getByRole('button', { name: 'End practice…' }).click()
  }
  async toggleTheme(): Promise<void> {
    await this.page.getByRole('button', { name: 'Switch between light and dark' }).click()
  }
}
