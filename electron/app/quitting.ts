import { dialog, type BrowserWindow } from 'electron'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { KeeperLink } from '../ipc/index.ts'
import { hasTrayHost } from './tray-host.ts'
import { questionText, quitQuestion, type QuitChoice } from './questions.ts'

export type Outcome = 'leave-running' | 'stop-all'

interface Options {
  readonly link: KeeperLink
  readonly window: () => BrowserWindow | undefined
  readonly snapshot: () => AppSnapshot | undefined
  readonly quitPreference: () => Promise<'ask' | QuitChoice>
  readonly rememberQuit: (choice: QuitChoice) => Promise<void>
  /** Ends everything of this process; called once. */
  readonly end: (outcome: Outcome) => Promise<void>
}

export interface Quitting {
  isQuitting(): boolean
  /** The user wants to quit: by the choice that was remembered, else asked. */
  ask(): Promise<void>
  /** The window was closed: into the tray where there is one, else as quitting. */
  closed(): Promise<void>
  finish(outcome: Outcome): Promise<void>
}

/** What ends the app and what only hides it. */
export function createQuitting(options: Options): Quitting {
  let isQuitting = false
  let isAsking = false
  const show = (question: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue> => {
    const window = options.window()
    return window === undefined || window.isDestroyed() ? dialog.showMessageBox(question) : dialog.showMessageBox(window, question)
  }
  const finish = async (outcome: Outcome): Promise<void> => {
    if (isQuitting) return
    isQuitting = true
    await options.end(outcome)
  }
  /** A choice that was made long ago does not stop a proof of today unasked. */
  const mayStopAll = async (): Promise<boolean> => {
    const text = await questionText('stop-all', undefined, options)
    const { response } = await show({
      type: 'warning',
      message: text.message,
      detail: text.detail,
      buttons: [text.yes, 'Cancel'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    })
    return response === 0
  }
  const choose = async (hasTray: boolean): Promise<QuitChoice | undefined> => {
    const { choices, ...question } = quitQuestion(options.snapshot(), hasTray)
    const { response, checkboxChecked } = await show({ type: 'question', ...question })
    const choice = choices[response]
    if (choice !== undefined && checkboxChecked) await options.rememberQuit(choice)
    return choice
  }
  const ask = async (): Promise<void> => {
    if (isQuitting || isAsking) return
    isAsking = true
    try {
      const hasTray = await hasTrayHost()
      const preference = await options.quitPreference()
      const isKnown = preference !== 'ask' && (preference !== 'tray' || hasTray)
      const choice = isKnown ? preference : await choose(hasTray)
      if (choice === 'tray') options.window()?.hide()
      else if (choice === 'leave-running' || (choice === 'stop-all' && (!isKnown || (await mayStopAll())))) await finish(choice)
    } finally {
      isAsking = false
    }
  }
  return {
    isQuitting: () => isQuitting,
    ask,
    closed: async () => {
      if (await hasTrayHost()) options.window()?.hide()
      else await ask()
    },
    finish,
  }
}
