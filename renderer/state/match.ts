import type { MatchAnswer } from '../../shared/domain/inventory.ts'
import { go, type Route } from './route.ts'

export interface Next {
  readonly label: string
  readonly run: () => void
}

function routeOf(answer: MatchAnswer, path: string | undefined): readonly [string, Route] | undefined {
  switch (answer.next) {
    case 'restore':
      return ['Open this backup…', { room: 'backups', part: 'restore', ...(path === undefined ? {} : { file: path }) }]
    case 'import':
      return ['Bring it in…', { room: 'imports' }]
    case 'backup':
      return ['Back it up', { room: 'backups' }]
    case 'add-key':
      return ['Add it to the set-up', { room: 'settings', part: 'identities' }]
    case 'none':
    case undefined:
      return undefined
    default:
      return answer.next satisfies never
  }
}

/** The one thing worth doing with what was dropped or pasted; `undefined` when there is none. */
export function nextOf(answer: MatchAnswer, path: string | undefined): Next | undefined {
  const found = routeOf(answer, path)
  if (found === undefined) return undefined
  const [label, route] = found
  return { label, run: () => go(route) }
}
