import type { MouseEvent, ReactElement } from 'react'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Icon } from '../../components/icons.tsx'
import { useAction } from '../../components/use-action.ts'
import { groupOf } from '../../state/need.ts'
import { go } from '../../state/route.ts'
import { actionsOf, actOnService, type ServiceAction } from '../../state/service-actions.ts'

const WORDS: Readonly<Record<ServiceAction, string>> = { start: 'Start service', stop: 'Stop service…', restart: 'Restart…' }

/** The one thing that helps most: start what is down, restart what failed. */
export function helpOf(identity: IdentitySnapshot): ServiceAction | undefined {
  const can = actionsOf(identity)
  const { kind } = identity.status
  if ((kind === 'needs-service' || kind === 'stopped') && can.includes('start')) return 'start'
  if (kind === 'failed' && can.includes('restart')) return 'restart'
  if (kind === 'failed' && can.includes('start')) return 'start'
  return undefined
}

/** One action, or a way to see why, or a chevron. */
export function RowAction({ identity }: { readonly identity: IdentitySnapshot }): ReactElement {
  const action = useAction()
  const help = helpOf(identity)
  const group = groupOf(identity.status)
  const stop = (event: MouseEvent): void => event.stopPropagation()
  if (help !== undefined) {
    const act = (event: MouseEvent): void => {
      stop(event)
      void action.run(() => actOnService(help, identity.id))
    }
    return (
      <>
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={act} aria-label={`${WORDS[help]} of ${identity.name}`}>
          {WORDS[help]}
        </button>
        {action.fault !== undefined && (
          <div className="toast">
            <FaultNote fault={action.fault} close={action.clear} />
          </div>
        )}
      </>
    )
  }
  const isHeld = identity.status.kind === 'held'
  if (isHeld || group === 'needs-you' || group === 'tight' || group === 'unknown') {
    const see = (event: MouseEvent): void => {
      stop(event)
      go({ room: 'identities', identity: identity.id })
    }
    return (
      <button type="button" className="btn sm" onClick={see} aria-label={`${isHeld ? 'Why held' : 'See why'}, ${identity.name}`}>
        {isHeld ? 'Why held' : 'See why'}
      </button>
    )
  }
  return (
    <span className="dim">
      <Icon name="right" />
    </span>
  )
}
