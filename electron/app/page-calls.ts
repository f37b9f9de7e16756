import { dialog, shell, type BrowserWindow, type IpcMainInvokeEvent } from 'electron'
import { fail, ok } from '../../shared/domain/fault.ts'
import { windowContract, type WindowContract } from '../../shared/ipc/contract.ts'
import type { Handlers } from '../../shared/ipc/define.ts'
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
        const options = {
          type: 'warning' as const,
          buttons: [text.yes, 'Cancel'],
          defaultId: 1,
          cancelId: 1,
          message: text.message,
          detail: text.detail,
          noLink: true,
        }
        const window = host.window()
        const { response } = window === undefined ? await dialog.showMessageBox(options) : await dialog.showMessageBox(window, options)
        return ok({ confirmed: response === 0 })
      },
    },
  }
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
    return name.startsWith('window.') ? dispatch(own, name, input) : host.link.call(name, input)
  }
}
