import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')

/** File → content, with names relative to `folder`. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    names.map((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      return [path.relative(folder, file).replaceAll(path.sep, '/'), readFileSync(file, 'utf8')]
    }),
  )
}

it('the committed code is what the proto files say, made without a network', () => {
  const aside = mkdtempSync(path.join(os.tmpdir(), 'proto-'))
  try {
    const bin = path.join(root, 'node_modules', '.bin')
    const made = spawnSync(
      path.join(bin, process.platform === 'win32' ? 'buf.cmd' : 'buf'),
      ['generate', 'proto', '--template', 'proto/buf.gen.yaml', '--output', aside],
      {
        cwd: root,
        encoding: 'utf8',
        shell: process.platform === 'win32',
        timeout: 60_000,
        env: {
          ...process.env,
          PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
          BUF_CACHE_DIR: path.join(aside, 'cache'),
          HTTPS_PROXY: 'http://127.0.0.1:1',
        },
      },
    )
    expect(made.stderr).toBe('')
    expect(made.status).toBe(0)
    expect(contents(path.join(aside, 'proto', 'gen'))).toEqual(contents(path.join(root, 'proto', 'gen')))
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
})
