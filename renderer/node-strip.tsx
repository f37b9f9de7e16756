import { useNow } from './components/use-now.ts'
import { useState, type ReactElement } from 'react'
import type { NodeSnapshot } from '../shared/ipc/snapshot.ts'
import { duration, figure, plural } from '../shared/domain/words.ts'
import { Glyph, type Look } from './components/glyph.tsx'
import { Ago } from './components/time.tsx'
import { useAction } from './components/use-action.ts'
import { FaultNote } from './components/fault-note.tsx'
import { NodePanel } from './node-panel.tsx'
import { api } from './state/api.ts'
import { go } from './state/route.ts'
import { useKeeper, useSnapshot } from './state/store.ts'
import { useStale } from './state/use-stale.ts'

const LOOKS: Readonly<Record<NodeSnapshot['kind'], Look>> = {
  none: { shape: 'ring', tone: 'dim', word: 'no node' },
  stopped: { shape: 'ring', tone: 'dim', word: 'stopped' },
  starting: { shape: 'hexagon', tone: 'accent', word: 'starting' },
  syncing: { shape: 'pie', tone: 'accent', word: 'syncing', share: 60 },
  synced: { shape: 'disc-tick', tone: 'ok', word: 'synced' },
  unreachable: { shape: 'alert', tone: 'bad', word: 'unreachable' },
  failed: { shape: 'cross', tone: 'bad', word: 'failed' },
  unknown: { shape: 'question', tone: 'dim', word: 'unknown' },
}

function NodeAction({ node }: { readonly node: NodeSnapshot }): ReactElement | null {
  const action = useAction()
  const isOurs = node.mode === 'managed' && node.owner === 'smeshkeeper'
  const isDown = node.kind === 'stopped' || node.kind === 'failed'
  if (!isOurs || !isDown) return null
  return (
    <>
      <button type="button" className="link" disabled={action.isBusy} onClick={() => void action.run(() => api().node.start())}>
        Start node
      </button>
      {action.fault !== undefined && (
        <div className="toast">
          <FaultNote fault={action.fault} close={action.clear} />
        </div>
      )}
    </>
  )
}

/** The node in one line, on every page. */
export function NodeStrip(): ReactElement | null {
  const node = useSnapshot((snapshot) => snapshot.node)
  const isStale = useStale()
  const [isOpen, setOpen] = useState(false)
  const now = useNow()
  const heardAt = useKeeper((state) => (isStale ? state.heardAt : undefined))
  if (node === undefined) return <footer className="strip" aria-label="Node" />
  const look = heardAt === undefined ? LOOKS[node.kind] : LOOKS.unknown
  return (
    <footer className={heardAt === undefined ? 'strip' : 'strip old'} aria-label="Node">
      <button type="button" className="strip-node" aria-haspopup="dialog" title="Open the node" onClick={() => setOpen(true)}>
        <Glyph shape={look.shape} tone={look.tone} label={look.word} share={look.share ?? 0} />
        <b className="cut">{node.sentence}</b>
      </button>
      {heardAt !== undefined && (
        <span>
          last heard <Ago at={heardAt} />
        </span>
      )}
      {node.step !== undefined && node.kind === 'starting' && <span>{node.step}</span>}
      {node.layer !== undefined && !node.sentence.includes('layer') && <span>layer {figure(node.layer)}</span>}
      {node.peers !== undefined && !node.sentence.includes('peer') && <span>{plural(node.peers, 'peer')}</span>}
      <NodeAction node={node} />
      <span className="strip-end">
        {node.owner !== 'smeshkeeper' && node.mode !== 'none' && <span className="wide">run by {node.owner}</span>}
        {node.version !== undefined && (
          <span className="wide">
            go-spacemesh {node.version}
            {node.startedAt === undefined ? '' : `, up ${duration(now - node.startedAt)}`}
          </span>
        )}
        {node.mode !== 'none' && (
          <button type="button" className="link" onClick={() => go({ room: 'logs', log: 'node' })}>
            Logs
          </button>
        )}
      </span>
      {isOpen && <NodePanel close={() => setOpen(false)} />}
    </footer>
  )
}
