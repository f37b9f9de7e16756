import { defineConfig } from '@playwright/test'

/** Not a test: `npm run screenshot` drives the real window to a moment that shows what it does. */
export default defineConfig({
  testDir: 'pictures',
  testMatch: '*.picture.ts',
  workers: 1,
  timeout: 300_000,
  reporter: 'line',
  outputDir: '../../test-results',
})
