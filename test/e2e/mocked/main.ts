// A throw-away main process: the real page, preload, scheme and policy over a keeper that says what a test tells it.
import { app, BrowserWindow, ipcMain } from 'electron'
import path from 'node:path'
import { closeAllDoors, isOwnSender, PAGE_URL, registerScheme, servePage } from '../../../electron/app/security.ts'
import { fail } from '../../../shared/domain/fault.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { aSnapshot } from '../../builders/snapshot.ts'
import { fakeApi } from '../../fakes/fake-api.ts'

/** What a test does in this process, through `app.evaluate`. */
export interface MockedMain {
  /** Shows this from now on; the page is told as by a keeper. `undefined` = no keeper. */
  show(snapshot: AppSnapshot | undefined): void
  /** The answer of a call from now on; `undefined` = never answers. */
  answer(name: string, result: unknown): void
  publish(topic: string, value: unknown): void
  readonly calls: readonly { readonly name: string; readonly input: unknown }[]
}

const out = path.resolve('out')
const fake = fakeApi(aSnapshot())
let shown: AppSnapshot | undefined = aSnapshot()
let revision = 1
const never = new Set<string>()

const send = (topic: string, value: unknown): void => {
  for (const window of BrowserWindow.getAllWindows()) window.webContents.send('smeshkeeper:topic', topic, value)
}
const mocked: MockedMain = {
  show(snapshot) {
    revision += 1
    shown = snapshot === undefined ? undefined : { ...snapshot, revision }
    // Its base is unknown to every page, so that it takes the whole.
    send('app.changed', { base: -1, revision, at: Date.now(), parts: {}, identities: [] })
  },
  answer(name, result) {
    if (result === undefined) never.add(name)
    else {
      never.delete(name)
      fake.answer(name, result as never)
    }
  },
  publish: send,
  calls: fake.calls,
}
Reflect.set(globalThis, 'mocked', mocked)

registerScheme()
void app.whenReady().then(async () => {
  closeAllDoors({ debug() {}, info() {}, warn() {}, error() {} } as unknown as Parameters<typeof closeAllDoors>[0])
  servePage(path.join(out, 'renderer'))
  ipcMain.handle('smeshkeeper:call', async (event, name: string, input: unknown) => {
    if (!isOwnSender(event.senderFrame)) return fail('bad-arguments', 'not from our page')
    if (never.has(name)) return new Promise(() => {})
    if (shown === undefined && !name.startsWith('window.')) return fail('no-keeper', 'nobody answers')
    if (name === 'app.snapshot') return { ok: true, value: shown }
    const [group = '', member = ''] = name.split('.')
    const asked: unknown = Reflect.get(Reflect.get(fake.api, group) as object, member)
    return typeof asked === 'function' ? (asked(input) as unknown) : fail('bad-arguments', name)
  })
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    useContentSize: true,
    webPreferences: { preload: path.join(out, 'preload', 'preload.cjs'), sandbox: true, contextIsolation: true, nodeIntegration: false },
  })
  await window.loadURL(PAGE_URL)
})
