import type { Locator, Page } from '@playwright/test'

/** Will it fit?: what is played with, and the odds of it. */
export class PlanRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  /** By its keys: `g p`. */
  async open(): Promise<void> {
    await this.page.keyboard.type('gp')
  }
  lane(disk: string): Locator {
    return this.page.getByRole('group', { name: disk, exact: true })
  }
  /** A proof on its lane. */
  chip(name: string): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${name} on `) })
  }
  get ways(): Locator {
    return this.page.getByRole('region', { name: 'Other ways' })
  }
  async nonces(identity: string, value: number): Promise<void> {
    await this.page
      .getByRole('group', { name: `Nonces of ${identity}` })
      .getByRole('button', { name: `${value}`, exact: true })
      .click()
  }
  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click()
  }
  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }
}
