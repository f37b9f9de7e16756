import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'vite'
import { contractNames } from './shared/ipc/names.ts'

const at = (file: string): string => path.resolve(import.meta.dirname, file)

/** The folder of the package that a bundled module is from; undefined for our own. */
function packageFolder(moduleId: string): string | undefined {
  const [, folder] = /^\0*(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(moduleId) ?? []
  return folder === undefined ? undefined : path.relative(import.meta.dirname, folder)
}

/** Writes down which packages went into a bundle: scripts/notices.mjs ships their licences. */
function bundledPackages(part: 'main' | 'preload' | 'renderer'): Plugin {
  return {
    name: 'bundled-packages',
    generateBundle() {
      const found = new Set([...this.getModuleIds()].map(packageFolder).filter((folder) => folder !== undefined))
      mkdirSync(at('out/packages'), { recursive: true })
      writeFileSync(at(`out/packages/${part}.json`), `${JSON.stringify([...found].toSorted(), null, 2)}\n`)
    },
  }
}

export default defineConfig({
  main: {
    plugins: [bundledPackages('main')],
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
    plugins: [bundledPackages('preload')],
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
    plugins: [react(), bundledPackages('renderer')],
  },
})
