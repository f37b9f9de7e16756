import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [react()],
  test: {
    projects: [
      // One module graph a worker: they keep no state in modules, and most of their time would be imports.
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', isolate: false } },
      {
        extends: true,
        test: { name: 'dom', include: ['test/unit/**/*.test.tsx'], environment: 'happy-dom', setupFiles: ['test/setup-dom.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They wait for processes and epochs more than they compute.
          maxWorkers: 3,
        },
      },
    ],
  },
})
