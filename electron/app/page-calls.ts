import { dialog, shell, type BrowserWindow, type IpcMainInvokeEvent } from 'electron'
import { fail, ok } from '../../shared/domain/fault.ts'
import { windowContract, type WindowContract } from '../../shared/ipc/contract.ts'
import type { Handlers } from '../../shared/ipc/define.ts'
import { DRAWN_BY_MAIN, type DrawnCall, type DrawnQuestion } from '../../shared/ipc/keys-contract.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { dispatch, type CallResult, type KeeperLink } from '../ipc/index.ts'
import type { Logger } from '../lib/logger.ts'
import { questionText } from './questions.ts'
import { isOwnSender, LINKS } from './security.ts'

interface Host {
  readonly link: KeeperLink
  readonly log: Logger
  readonly window: () => BrowserWindow | undefined
  readonly snapshot: () => AppSnapshot | undefined
}

const DIALOG_OF = {
  file: { properties: ['openFile'] },
  folder: { properties: ['openDirectory', 'createDirectory'] },
  archive: { properties: ['openFile'], filters: [{ name: 'Release archive', extensions: ['zip'] }] },
} as const

/** One warning with a verb and Cancel; Cancel is the default. @returns whether the verb was chosen */
async function draw({ message, detail, yes }: DrawnQuestion, window: BrowserWindow | undefined): Promise<boolean> {
  const options = { type: 'warning' as const, buttons: [yes, 'Cancel'], defaultId: 1, cancelId: 1, message, detail, noLink: true }
  const { response } = window === undefined ? await dialog.showMessageBox(options) : await dialog.showMessageBox(window, options)
  return response === 0
}

/** Calls that only this process can answer: dialogs, links, questions. */
export function windowHandlers(host: Host): Handlers<WindowContract> {
  return {
    window: {
      chooseFile: async ({ title, kind }) => {
        const window = host.window()
        const { properties, ...rest } = DIALOG_OF[kind]
        const filters = 'filters' in rest ? rest.filters.map((f) => ({ name: f.name, extensions: [...f.extensions] })) : undefined
        const options = { title, properties: [...properties], ...(filters === undefined ? {} : { filters }) }
        const chosen = window === undefined ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(window, options)
        return ok({ path: chosen.canceled ? undefined : chosen.filePaths[0] })
      },
      openLink: async ({ id }) => {
        const url = LINKS[id]
        if (url === undefined) return fail('link/unknown', id)
        await shell.openExternal(url)
        return ok(undefined)
      },
      confirm: async ({ question, identity }) => {
        const text = await questionText(question, identity, host)
        return ok({ confirmed: await draw(text, host.window()) })
      },
    },
  }
}

const isDrawn = (name: string): name is DrawnCall => DRAWN_BY_MAIN.some((one) => one === name)

/** The question in the keeper's words, drawn by this process; only a yes lets the page's call through. */
async function askFirst(host: Host, name: DrawnCall, input: unknown): Promise<CallResult | undefined> {
  const asked = await host.link.call('keys.question', { call: name, input })
  if (!asked.ok) return asked
  return (await draw(asked.value as DrawnQuestion, host.window())) ? undefined : fail('window/declined', 'the user said no')
}

/** Answers the page's one channel: sender first, then the contract, then the handler. */
export function pageCalls(host: Host): (event: IpcMainInvokeEvent, name: unknown, input: unknown) => Promise<CallResult> {
  const own = { contract: windowContract, handlers: windowHandlers(host), log: host.log }
  return async (event, name, input) => {
    if (!isOwnSender(event.senderFrame)) {
      host.log.warn('page.foreign-sender', { url: event.senderFrame?.url.slice(0, 200) })
      return fail('bad-arguments', 'not from our page', { retry: 'never' })
    }
    if (typeof name !== 'string') return fail('bad-arguments', 'no call named', { retry: 'never' })
    if (name.startsWith('window.')) return dispatch(own, name, input)
    const refused = isDrawn(name) ? await askFirst(host, name, input) : undefined
    return refused ?? host.link.call(name, input)
  }
}
