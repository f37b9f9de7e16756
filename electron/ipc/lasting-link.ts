import type { CallResult, KeeperLink } from './link.ts'

/** A link that can tell that its keeper went away. */
type MortalLink = KeeperLink & { onGone?(listener: () => void): void }

const PAUSE_MS = 2_000

/**
 * A link that is opened anew when the keeper at its other end goes away: another host takes over, or this process
 * becomes the host. A call meanwhile is answered `no-keeper`; asking again is what brings the link back.
 */
export function lastingLink(open: () => Promise<MortalLink>, now: () => number = Date.now): KeeperLink {
  const listeners = new Set<(name: string, value: unknown) => void>()
  let openedAt = 0
  const attach = async (): Promise<KeeperLink> => {
    openedAt = now()
    const link = await open()
    link.onTopic((name, value) => {
      for (const listener of listeners) listener(name, value)
    })
    link.onGone?.(() => {
      current = attach()
    })
    return link
  }
  let current: Promise<KeeperLink> = attach()
  return {
    async call(name, input): Promise<CallResult> {
      const answer = await (await current).call(name, input)
      if (!answer.ok && answer.fault.code === 'no-keeper' && now() - openedAt > PAUSE_MS) current = attach()
      return answer
    },
    onTopic(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
