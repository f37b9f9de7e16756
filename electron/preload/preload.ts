import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { ContractNames } from '../../shared/ipc/names.ts'

/** Put here by the build, from `contractNames()`: the contract itself would bring its schemas into every window. */
declare const SMESHKEEPER_CONTRACT_NAMES: ContractNames

/** The bridge, derived from the contract: the page sees functions, never a channel. */
const api: Record<string, Record<string, unknown>> = {}

function add(name: string, memberName: (member: string) => string, value: unknown): void {
  const [group, member] = name.split('.') as [string, string]
  ;(api[group] ??= {})[memberName(member)] = value
}

for (const name of SMESHKEEPER_CONTRACT_NAMES.calls) {
  add(
    name,
    (member) => member,
    (input: unknown): Promise<unknown> => ipcRenderer.invoke('smeshkeeper:call', name, input),
  )
}
for (const name of SMESHKEEPER_CONTRACT_NAMES.topics) {
  add(
    name,
    (member) => `on${member.charAt(0).toUpperCase()}${member.slice(1)}`,
    (listener: (value: unknown) => void): (() => void) => {
      const relay = (_event: unknown, topic: unknown, value: unknown): void => {
        if (topic === name) listener(value)
      }
      ipcRenderer.on('smeshkeeper:topic', relay)
      return () => void ipcRenderer.off('smeshkeeper:topic', relay)
    },
  )
}
contextBridge.exposeInMainWorld('smeshkeeper', api)

/** Where a dropped file lies: the page's own `File` does not say. Empty for one that is no file of this machine. */
contextBridge.exposeInMainWorld('smeshkeeperFiles', {
  pathOf: (file: Parameters<typeof webUtils.getPathForFile>[0]): string => webUtils.getPathForFile(file),
})

/** What a page has and Node's types lack. */
interface PaintObserver {
  observe(what: { readonly type: 'paint'; readonly buffered: boolean }): void
  disconnect(): void
}
declare const PerformanceObserver: new (heard: (list: { getEntriesByName(name: string): readonly unknown[] }) => void) => PaintObserver

// Main begins its own heavy work when the first frame is on the screen, not before.
const observer = new PerformanceObserver((list) => {
  if (list.getEntriesByName('first-contentful-paint').length === 0) return
  observer.disconnect()
  ipcRenderer.send('smeshkeeper:drawn')
})
observer.observe({ type: 'paint', buffered: true })
