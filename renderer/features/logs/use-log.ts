import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { textOf, type Fault } from '../../../shared/domain/fault.ts'
import type { LogPage } from '../../../shared/ipc/contract.ts'
import { api } from '../../state/api.ts'
import { bufferOf, emptyBuffer, withNewer, withOlder, type LogBuffer } from './log-buffer.ts'

export type MinLevel = 'debug' | 'info' | 'warn' | 'error'

const PAGE_LINES = 300
const FOLLOW_MS = 1000

export interface LogView {
  readonly buffer: LogBuffer
  readonly isLoaded: boolean
  readonly fault: Fault | undefined
  /** The line that was jumped to. */
  readonly found: number | undefined
  readonly note: string | undefined
  readonly older: () => Promise<void>
  readonly newest: () => Promise<void>
  readonly jump: (direction: 'back' | 'forward', from: number) => Promise<void>
}

/** A window into one log: newest first, older on demand, new lines while `isFollowing`. */
export function useLog(name: string, minLevel: MinLevel, isFollowing: boolean): LogView {
  const [buffer, setBuffer] = useState<LogBuffer>(emptyBuffer)
  const [isLoaded, setLoaded] = useState(false)
  const [fault, setFault] = useState<Fault>()
  const [found, setFound] = useState<number>()
  const [note, setNote] = useState<string>()
  const latest = useRef(buffer)
  useLayoutEffect(() => {
    latest.current = buffer
  }, [buffer])
  const isBusy = useRef(false)

  const take = useCallback(
    async (where: { before?: number; after?: number }, use: (page: LogPage) => LogBuffer): Promise<void> => {
      if (isBusy.current) return
      isBusy.current = true
      try {
        const answer = await api().logs.page({ name, lines: PAGE_LINES, minLevel, ...where })
        if (answer.ok) {
          setFault(undefined)
          setBuffer(use(answer.value))
        } else setFault(answer.fault)
      } catch (cause: unknown) {
        setFault({ code: 'internal', detail: textOf(cause), retry: 'now' })
      } finally {
        isBusy.current = false
        setLoaded(true)
      }
    },
    [name, minLevel],
  )
  const newest = useCallback(async () => take({}, bufferOf), [take])
  const older = useCallback(async () => {
    const { startOffset } = latest.current
    if (startOffset > 0) await take({ before: startOffset }, (page) => withOlder(latest.current, page))
  }, [take])
  const jump = useCallback(
    async (direction: 'back' | 'forward', from: number) => {
      const answer = await api().logs.findError({ name, from, direction })
      if (!answer.ok) return setFault(answer.fault)
      const { offset } = answer.value
      if (offset === undefined) return setNote(direction === 'back' ? 'No error before this.' : 'No error after this.')
      setNote(undefined)
      setFound(offset)
      const { startOffset, endOffset } = latest.current
      if (offset < startOffset || offset >= endOffset) await take({ after: Math.max(0, offset) }, bufferOf)
      return undefined
    },
    [name, take],
  )
  useEffect(() => {
    const begin = async (): Promise<void> => newest()
    void begin()
  }, [newest])
  useEffect(() => {
    if (!isFollowing) return undefined
    const timer = setInterval(() => void take({ after: latest.current.endOffset }, (page) => withNewer(latest.current, page)), FOLLOW_MS)
    return () => clearInterval(timer)
  }, [isFollowing, take])
  return { buffer, isLoaded, fault, found, note, older, newest, jump }
}
