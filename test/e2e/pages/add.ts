import type { Locator, Page } from '@playwright/test'

/** A new identity: key, folder and size, plan; and the queue. */
export class AddRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  /** By its keys: `g a`. */
  async open(): Promise<void> {
    await this.page.keyboard.type('ga')
  }
  async name(name: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
  }
  async next(): Promise<void> {
    await this.page.getByRole('button', { name: 'Next: folder and size' }).click()
  }
  disk(label: string): Locator {
    return this.page.getByRole('radio', { name: label, exact: true })
  }
  get size(): Locator {
    return this.page.getByRole('slider', { name: 'Size in Space Units' })
  }
  get folder(): Locator {
    return this.page.getByRole('textbox', { name: 'Folder of its own' })
  }
  /** Of a plan that was refused. */
  get again(): Locator {
    return this.page.getByRole('button', { name: 'Check again' })
  }
  async seePlan(): Promise<void> {
    await this.page.getByRole('button', { name: 'See the plan' }).click()
  }
  get begin(): Locator {
    return this.page.getByRole('button', { name: /begin$/i })
  }
  job(name: string): Locator {
    return this.page.getByRole('group', { name, exact: true })
  }
  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click()
  }
}
