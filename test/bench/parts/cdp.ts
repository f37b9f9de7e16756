import { until } from './wait.ts'

interface Answer {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** The page of an Electron that was started with a debugging port. */
export interface PageLink {
  send(method: string, params?: object): Promise<unknown>
  /** Value of an expression; promises are waited for. */
  evaluate<T>(expression: string): Promise<T>
  close(): void
}

async function pageUrl(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(2_000) })
    const targets = (await answer.json()) as readonly { readonly type: string; readonly webSocketDebuggerUrl?: string }[]
    return targets.find((one) => one.type === 'page')?.webSocketDebuggerUrl
  } catch {
    return undefined // not listening yet
  }
}

export async function openPage(port: number): Promise<PageLink> {
  const url = await until('the page of the window', 60_000, () => pageUrl(port), 10)
  const socket = new WebSocket(url)
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (cause: Error) => void }>()
  let last = 0
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('the debugging port was closed')))
  })
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Answer
    const asker = waiting.get(id ?? -1)
    waiting.delete(id ?? -1)
    if (error === undefined) asker?.resolve(result)
    else asker?.reject(new Error(error.message))
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the window went away'))
  })
  const send = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, { resolve, reject })
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  return {
    send,
    async evaluate<T>(expression: string) {
      const answer = (await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })) as {
        readonly result: { readonly value: T }
        readonly exceptionDetails?: { readonly exception?: { readonly description?: string } }
      }
      if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.exception?.description ?? expression)
      return answer.result.value
    },
    close: () => socket.close(),
  }
}
