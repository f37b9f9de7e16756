import { runInNewContext } from 'node:vm'
import { build, type Rollup } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import config from '../../../electron.vite.config.ts'
import { contract, windowContract } from '../../../shared/ipc/contract.ts'
import { namesOf } from '../../../shared/ipc/define.ts'

type Members = Record<string, Record<string, (...args: unknown[]) => unknown>>

/** The preload as the real build makes it. */
async function builtPreload(): Promise<string> {
  const settings = typeof config === 'object' && 'preload' in config ? config.preload : undefined
  const made = (await build({
    configFile: false,
    logLevel: 'silent',
    define: settings?.define ?? {},
    build: {
      write: false,
      minify: false,
      rollupOptions: { input: 'electron/preload/preload.ts', external: ['electron'], output: { format: 'cjs' } },
    },
  })) as Rollup.RollupOutput
  return made.output[0].code
}

describe('the built preload', () => {
  let code = ''
  const invoked: unknown[][] = []
  const sent: unknown[][] = []
  const paints = new Set<(list: { getEntriesByName(name: string): readonly unknown[] }) => void>()
  const relays = new Set<(...args: unknown[]) => void>()
  const worlds = new Map<string, object>()
  let api: Members = {}

  beforeAll(async () => {
    code = await builtPreload()
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, exposed: object) => void worlds.set(name, exposed) },
      webUtils: { getPathForFile: (file: { readonly path: string }) => file.path },
      ipcRenderer: {
        send: (...args: unknown[]) => void sent.push(args),
        invoke: (...args: unknown[]) => void invoked.push(args),
        on: (_channel: string, relay: (...args: unknown[]) => void) => relays.add(relay),
        off: (_channel: string, relay: (...args: unknown[]) => void) => relays.delete(relay),
      },
    }
    class PerformanceObserver {
      readonly heard: Parameters<typeof paints.add>[0]
      constructor(heard: Parameters<typeof paints.add>[0]) {
        this.heard = heard
      }
      observe(): void {
        paints.add(this.heard)
      }
      disconnect(): void {
        paints.delete(this.heard)
      }
    }
    runInNewContext(code, { PerformanceObserver, require: () => electron, module: { exports: {} }, exports: {} })
    api = worlds.get('smeshkeeper') as Members
  })

  it('offers every call and topic of the contract, and nothing else', () => {
    const names = [contract, windowContract].flatMap((part) => [
      ...namesOf(part, 'call'),
      ...namesOf(part, 'topic').map((name) => name.replace(/\.(.)/, (_, first: string) => `.on${first.toUpperCase()}`)),
    ])
    const offered = Object.entries(api).flatMap(([group, members]) => Object.keys(members).map((member) => `${group}.${member}`))
    expect(offered.toSorted()).toEqual(names.toSorted())
  })

  it('tells the path of a dropped file beside it, and nothing more', () => {
    expect([...worlds.keys()]).toEqual(['smeshkeeper', 'smeshkeeperFiles'])
    const files = worlds.get('smeshkeeperFiles') as { pathOf(file: object): string }
    expect(Object.keys(files)).toEqual(['pathOf'])
    expect(files.pathOf({ path: '/home/me/local.key' })).toBe('/home/me/local.key')
  })

  it('carries a call by its name', () => {
    api['logs']?.['page']?.({ name: 'node', lines: 10 })
    expect(invoked).toEqual([['smeshkeeper:call', 'logs.page', { name: 'node', lines: 10 }]])
  })

  it('hands a topic to its own listeners only, until they leave', () => {
    const heard: unknown[] = []
    const leave = api['app']?.['onChanged']?.((value: unknown) => heard.push(value)) as () => void
    for (const relay of relays) relay({}, 'app.changed', 1)
    for (const relay of relays) relay({}, 'window.showRoom', 2)
    leave()
    for (const relay of relays) relay({}, 'app.changed', 3)
    expect(heard).toEqual([1])
  })

  it('says once when the first frame with content is on the screen', () => {
    const paint = (drawn: string): void => {
      for (const heard of paints) heard({ getEntriesByName: (name) => (name === drawn ? [drawn] : []) })
    }
    paint('first-paint')
    expect(sent).toEqual([])
    paint('first-contentful-paint')
    paint('first-contentful-paint')
    expect(sent).toEqual([['smeshkeeper:drawn']])
  })

  it('brings no schema library into the window', () => {
    expect(Buffer.byteLength(code)).toBeLessThan(8 * 1024)
  })
})
