import { defineConfig } from '@playwright/test'

/**
 * The long stories that search the whole machine and move keys on it, one after the other: what one of them puts on the disk
 * the other would find. They wait for epochs most of the time, so they run beside the other window tests, on a desktop of their own.
 */
export default defineConfig({
  testDir: 'live',
  testMatch: ['keys.spec.ts', 'migrate.spec.ts', 'machine.spec.ts'],
  workers: 1,
  retries: 1,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [['line'], ...(process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] === undefined ? [] : [['json'] as ['json']])],
  outputDir: '../../test-results/stories',
})
