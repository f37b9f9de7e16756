import { useCallback, useEffect, useRef, type ReactElement } from 'react'
import { ok, type Result } from '../shared/domain/fault.ts'
import { figure } from '../shared/domain/words.ts'
import type { NodeSnapshot } from '../shared/ipc/snapshot.ts'
import { EvidenceTable } from './components/evidence.tsx'
import { FaultNote } from './components/fault-note.tsx'
import { Moment } from './components/time.tsx'
import { useAction } from './components/use-action.ts'
import { useLoad } from './components/use-load.ts'
import { api } from './state/api.ts'
import { go } from './state/route.ts'
import { nodeActionsOf, type NodeAction } from './state/node-actions.ts'
import { useSnapshot } from './state/store.ts'

const WORDS: Readonly<Record<NodeAction, string>> = { start: 'Start node', stop: 'Stop node…', restart: 'Restart node…' }

/** Stop and restart are asked first, by the question that main draws with its price. */
async function act(action: NodeAction): Promise<Result<unknown>> {
  const { node, window } = api()
  if (action === 'start') return node.start()
  const answer = await window.confirm({ question: 'stop-node' })
  if (!answer.ok || !answer.value.confirmed) return answer
  const stopped = await node.stop({ confirmed: true })
  return stopped.ok && action === 'restart' ? node.start() : stopped
}

function Facts({ node }: { readonly node: NodeSnapshot }): ReactElement {
  const read = useLoad(
    useCallback(async () => {
      const answer = await api().setup.read()
      return answer.ok ? ok(answer.value.setup?.node) : answer
    }, []),
  )
  const listeners = read.value?.mode === 'managed' ? read.value.listeners : read.value
  const since = node.startedAt ?? (node.process?.at === 'ready' ? node.process.since : undefined)
  return (
    <dl>
      <dt>Run by</dt>
      <dd>{node.owner === 'smeshkeeper' ? 'Smeshkeeper' : `${node.owner}, only watched here`}</dd>
      {node.version !== undefined && (
        <>
          <dt>Version</dt>
          <dd>go-spacemesh {node.version}</dd>
        </>
      )}
      {node.step !== undefined && (
        <>
          <dt>Step</dt>
          <dd>{node.step}</dd>
        </>
      )}
      {since !== undefined && (
        <>
          <dt>Up since</dt>
          <dd>
            <Moment at={since} />
            {node.process !== undefined && 'pid' in node.process && node.process.pid !== undefined ? `, process ${node.process.pid}` : ''}
          </dd>
        </>
      )}
      {node.layer !== undefined && (
        <>
          <dt>Layer</dt>
          <dd>{figure(node.layer)}</dd>
        </>
      )}
      {listeners !== undefined &&
        (['public', 'private', 'post'] as const).map((name) => (
          <div key={name} className="pair">
            <dt>Listener {name}</dt>
            <dd className="mono">{listeners[name]}</dd>
          </div>
        ))}
    </dl>
  )
}

/** The node in full: what is so, why we say so, what can be done. A modal dialogue over the room. */
export function NodePanel({ close }: { readonly close: () => void }): ReactElement | null {
  const node = useSnapshot((snapshot) => snapshot.node)
  const dialog = useRef<HTMLDialogElement>(null)
  const action = useAction()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  if (node === undefined) return null
  const openLog = (): void => {
    close()
    go({ room: 'logs', log: 'node' })
  }
  return (
    <dialog ref={dialog} className="card node-panel" aria-labelledby="node-title" onClose={close}>
      <h2 id="node-title">{node.sentence}</h2>
      <Facts node={node} />
      {node.evidence.length > 0 && <EvidenceTable lines={node.evidence} />}
      <FaultNote fault={action.fault} close={action.clear} />
      <div className="row">
        {nodeActionsOf(node).map((what) => (
          <button key={what} type="button" className="btn" disabled={action.isBusy} onClick={() => void action.run(() => act(what))}>
            {WORDS[what]}
          </button>
        ))}
        {node.mode !== 'none' && (
          <button type="button" className="btn quiet" onClick={openLog}>
            Log
          </button>
        )}
        <button type="button" className="btn quiet end" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  )
}
