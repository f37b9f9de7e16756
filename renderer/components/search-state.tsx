import type { ReactElement } from 'react'
import type { Inventory, ScanProgress, ScanState } from '../../shared/domain/inventory.ts'
import { figure, plural } from '../../shared/domain/words.ts'
import { Bar } from './bar.tsx'
import { Glyph } from './glyph.tsx'
import { closed } from './sentence.ts'
import { Moment } from './time.tsx'

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
export function Unseen({ inventory }: { readonly inventory: Inventory }): ReactElement | null {
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
            {volume.why === undefined ? '.' : `: ${closed(volume.why)}`} What lies there is not listed.
          </span>
        </li>
      ))}
    </ul>
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
        <Moment at={state.at} />: {closed(state.why)}{' '}
        {state.last === undefined ? 'Nothing is known of this machine yet.' : 'Below is what the last one found.'}
      </span>
    </div>
  )
}
