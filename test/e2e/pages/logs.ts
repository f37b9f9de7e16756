import type { Locator, Page } from '@playwright/test'

/** The room of logs. */
export class LogsRoom {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }
  get lines(): Locator {
    return this.page.getByRole('log').locator('.log-line')
  }
  get found(): Locator {
    return this.page.locator('.log-line.found')
  }
  async openLog(label: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Logs' }).getByRole('button', { name: label }).click()
  }
  async previousError(): Promise<void> {
    await this.page.getByRole('button', { name: 'Previous error' }).click()
  }
  async level(level: 'debug' | 'info' | 'warn' | 'error'): Promise<void> {
    await this.page.getByRole('group', { name: 'Least level' }).getByRole('button', { name: level }).click()
  }
}
