import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import path from 'node:path'
import { contractNames } from './shared/ipc/names.ts'

const at = (file: string): string => path.resolve(import.meta.dirname, file)

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      externalizeDeps: { include: ['better-sqlite3', 'koffi'] },
      minify: true,
      rollupOptions: {
        input: { main: at('electron/main.ts') },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    define: { SMESHKEEPER_CONTRACT_NAMES: JSON.stringify(contractNames()) },
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rollupOptions: { input: { preload: at('electron/preload/preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'renderer',
    build: { outDir: 'out/renderer', minify: true, rollupOptions: { input: at('renderer/index.html') } },
    plugins: [react()],
  },
})
