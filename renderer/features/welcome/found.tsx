import { useMemo, useState, type ReactElement } from 'react'
import type { Inventory, ScanProgress, ScanState } from '../../../shared/domain/inventory.ts'
import { figure, plural } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Bar } from '../../components/bar.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icons.tsx'
import { Moment } from '../../components/time.tsx'
import { useNow } from '../../components/use-now.ts'
import { findingsOf, totalOf } from './findings.ts'

/** Rows that are drawn at first, so that the ways to begin stay in sight; the rest comes when it is asked for. */
const FIRST = 7
const MORE = 200

/** Where the search is, and what it has counted. */
export function Searching({ progress, cancel }: { readonly progress: ScanProgress; readonly cancel: () => void }): ReactElement {
  const { found, volumesDone, volumesInAll } = progress
  const counts = [
    plural(found.keys, 'key'),
    plural(found.posFolders, 'PoS folder'),
    plural(found.nodes, 'node'),
    plural(found.setups, 'set-up'),
  ].join(', ')
  const text = `${volumesDone} of ${plural(volumesInAll, 'volume')}, ${figure(progress.files)} files`
  return (
    <section className="card pad searching" aria-label="Searching">
      <div className="row">
        <b className="grow">Searching{progress.at === undefined ? '' : ` ${progress.at}`}</b>
        <button type="button" className="btn sm" onClick={cancel}>
          Cancel the search
        </button>
      </div>
      <Bar label="Search" percent={volumesInAll === 0 ? undefined : (volumesDone / volumesInAll) * 100} text={text} />
      <div className="row between s mid">
        <span>Found so far: {counts}</span>
        <span className="nw">{text}</span>
      </div>
    </section>
  )
}

/** Volumes that were not looked at whole, by name. */
function Unseen({ inventory }: { readonly inventory: Inventory }): ReactElement | null {
  const dead = inventory.volumes.filter((one) => one.is !== 'scanned')
  if (dead.length === 0) return null
  return (
    <ul className="unseen s" aria-label="Volumes that were not searched whole">
      {dead.map((volume) => (
        <li key={volume.mountPoint}>
          <Glyph shape="triangle" tone="warn" label="not searched whole" />
          <span>
            <b>{volume.label}</b> <span className="mono dim">{volume.mountPoint}</span>{' '}
            {volume.is === 'not-answering' ? 'does not answer' : volume.is === 'partly' ? 'was searched in part' : 'was skipped'}
            {volume.why === undefined ? '' : `: ${volume.why}`}. What lies there is not listed.
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Everything that was found, one row each. */
export function Found({ inventory }: { readonly inventory: Inventory }): ReactElement {
  const now = useNow()
  const findings = useMemo(() => findingsOf(inventory, now), [inventory, now])
  const [count, setCount] = useState(FIRST)
  return (
    <section className="card found" aria-labelledby="found-title">
      <div className="card-h">
        <h2 id="found-title">Found on this machine</h2>
        <span className="s dim">{totalOf(inventory)}</span>
      </div>
      {findings.length === 0 ? (
        <p className="pad mid">Nothing of Spacemesh was found here. Search another folder, or start fresh.</p>
      ) : (
        <>
          <table>
            <thead>
              <tr>
                <th>What</th>
                <th>Inside</th>
                <th className="wide">What we would do</th>
                <th className="r">State</th>
              </tr>
            </thead>
            <tbody>
              {findings.slice(0, count).map((one) => (
                <tr key={one.key}>
                  <td>
                    <b className="row g12">
                      <Icon name={one.icon} />
                      {one.what}
                    </b>
                    <span className="s dim cut mono found-where" title={one.where}>
                      {one.where}
                    </span>
                  </td>
                  <td>{one.inside}</td>
                  <td className="mid wide">{one.does}</td>
                  <td className="r">
                    <Badge look={one.state} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {findings.length > count && (
            <button type="button" className="link found-more" onClick={() => setCount((before) => before + MORE)}>
              Show {figure(Math.min(MORE, findings.length - count))} more of {figure(findings.length)}
            </button>
          )}
        </>
      )}
      <Unseen inventory={inventory} />
    </section>
  )
}

/** "Searched 6 volumes and 32 000 files in 41 s. Nothing was changed." */
export function searchedWords({ volumes, isWhole, startedAt, finishedAt }: Inventory): string {
  const seen = volumes.filter((one) => one.is === 'scanned' || one.is === 'partly')
  const files = seen.reduce((sum, one) => sum + one.files, 0)
  const seconds = Math.max(1, Math.round((finishedAt - startedAt) / 1000))
  const end = isWhole ? '' : ' It ended early, so more may be there.'
  return `Searched ${plural(seen.length, 'volume')} with ${plural(files, 'file')} in ${figure(seconds)} s. Nothing was changed.${end}`
}

/** Why there is nothing new, when a search failed. */
export function SearchFailed({ state }: { readonly state: Extract<ScanState, { is: 'failed' }> }): ReactElement {
  return (
    <div className="banner warn" role="status">
      <Glyph shape="triangle" tone="warn" label="warning" />
      <span className="grow">
        <b>The search failed at </b>
        <Moment at={state.at} />: {state.why}.{' '}
        {state.last === undefined ? 'Nothing is known of this machine yet.' : 'Below is what the last one found.'}
      </span>
    </div>
  )
}
