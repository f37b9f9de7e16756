import { contextBridge, ipcRenderer } from 'electron'
import { contract, windowContract } from '../../shared/ipc/contract.ts'
import { namesOf } from '../../shared/ipc/define.ts'

/** The bridge, derived from the contract: the page sees functions, never a channel. */
const api: Record<string, Record<string, unknown>> = {}
for (const part of [contract, windowContract]) {
  for (const name of namesOf(part, 'call')) {
    const [group, member] = name.split('.') as [string, string]
    ;(api[group] ??= {})[member] = (input: unknown): Promise<unknown> => ipcRenderer.invoke('smeshkeeper:call', name, input)
  }
  for (const name of namesOf(part, 'topic')) {
    const [group, member] = name.split('.') as [string, string]
    const on = `on${member.charAt(0).toUpperCase()}${member.slice(1)}`
    ;(api[group] ??= {})[on] = (listener: (value: unknown) => void): (() => void) => {
      const relay = (_event: unknown, topic: unknown, value: unknown): void => {
        if (topic === name) listener(value)
      }
      ipcRenderer.on('smeshkeeper:topic', relay)
      return () => void ipcRenderer.off('smeshkeeper:topic', relay)
    }
  }
}
contextBridge.exposeInMainWorld('smeshkeeper', api)
