import { defineConfig } from '@playwright/test'

/** Windows of one desktop at a time; each file starts its own app in a home of its own. */
export default defineConfig({
  testDir: '.',
  testMatch: ['mocked/**/*.spec.ts', 'live/**/*.spec.ts'],
  // These have a desktop of their own: stories.config.ts.
  testIgnore: ['live/keys.spec.ts', 'live/migrate.spec.ts', 'live/machine.spec.ts'],
  workers: 1,
  // A question to Electron's main process can lose its answer to the garbage collector; such a test is told as flaky.
  retries: 1,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [['line'], ...(process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] === undefined ? [] : [['json'] as ['json']])],
  outputDir: '../../test-results/e2e',
})
