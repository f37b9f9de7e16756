import { defineConfig } from '@playwright/test'

/** The built packages, installed and used as a user would. */
export default defineConfig({
  testDir: 'packaged',
  testMatch: ['**/*.spec.ts'],
  workers: 1,
  timeout: 600_000,
  reporter: [['line'], ...(process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] === undefined ? [] : [['json'] as ['json']])],
  outputDir: '../../test-results/packaged',
})
