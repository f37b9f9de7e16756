import type { Locator, Page } from '@playwright/test'

/** Migrate: the wizard, plans, running operations, quarantine. */
export class MigrateRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get headline(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  /** The step of the wizard that is open. */
  get step(): Locator {
    return this.page.locator('.stepper [aria-current=step]')
  }
  async open(): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Rooms' }).getByRole('button', { name: 'Migrate' }).click()
  }
  /** Beside Migrate in the rail, in every room. */
  mark(words: string): Locator {
    return this.page.getByRole('navigation', { name: 'Rooms' }).getByRole('img', { name: words })
  }
  /** One of the deeds of the first page. */
  async begin(deed: string): Promise<void> {
    await this.page.getByRole('region', { name: deed, exact: true }).getByRole('button').click()
  }
  async next(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click()
  }
  stays(node: string): Locator {
    return this.page.getByRole('radio', { name: `${node} stays` })
  }
  givenUp(node: string): Locator {
    return this.page.getByRole('checkbox', { name: `${node} is given up` })
  }
  /** The button that does what the plan says. */
  get run(): Locator {
    return this.page.getByRole('button', { name: 'Start the merge' })
  }
  get refusals(): Locator {
    return this.page.getByRole('region', { name: 'Why it cannot be run yet' })
  }
  /** Asks and answers yes in place. */
  async confirm(button: string, yes: string): Promise<void> {
    await this.page.getByRole('button', { name: button, exact: true }).click()
    await this.page.getByRole('group', { name: button }).getByRole('button', { name: yes, exact: true }).click()
  }
}
