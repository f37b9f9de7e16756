import type { ReactElement } from 'react'
import { Glyph, type Shape, type Tone } from '../../components/glyph.tsx'
import { Icon } from '../../components/icons.tsx'
import { GROUP_WORDS, GROUPS, type Group } from '../../state/need.ts'
import type { ListView } from './rows.ts'

export const GROUP_LOOKS: Readonly<Record<Group, readonly [Shape, Tone, number?]>> = {
  'needs-you': ['alert', 'bad'],
  unknown: ['question', 'dim'],
  tight: ['triangle', 'warn'],
  proving: ['pie', 'accent', 60],
  queued: ['ring-dots', 'dim'],
  waiting: ['ring', 'dim'],
  off: ['ring', 'dim'],
  proved: ['disc-tick', 'ok'],
}

export function GroupGlyph({ group }: { readonly group: Group }): ReactElement {
  const [shape, tone, share] = GROUP_LOOKS[group]
  return <Glyph shape={shape} tone={tone} {...(share === undefined ? {} : { share })} />
}

interface Props {
  readonly view: ListView
  readonly counts: ReadonlyMap<Group, number>
  readonly total: number
  readonly change: (view: ListView) => void
}

/** Search, chips a group, and by what the list is grouped. */
export function ListHead({ view, counts, total, change }: Props): ReactElement {
  return (
    <div className="list-head">
      <label className="input search">
        <Icon name="search" />
        <input
          type="search"
          placeholder="Name, id or disk"
          aria-label="Search identities"
          data-search
          value={view.search}
          onChange={(event) => change({ ...view, search: event.target.value })}
        />
        <kbd className="wide">/</kbd>
      </label>
      <button
        type="button"
        className={view.only === undefined ? 'chip on' : 'chip'}
        aria-pressed={view.only === undefined}
        onClick={() => change({ ...view, only: undefined })}
      >
        All <b>{total}</b>
      </button>
      {GROUPS.filter((group) => counts.has(group)).map((group) => (
        <button
          key={group}
          type="button"
          className={view.only === group ? 'chip on' : 'chip'}
          aria-pressed={view.only === group}
          onClick={() => change({ ...view, only: view.only === group ? undefined : group })}
        >
          <GroupGlyph group={group} />
          {GROUP_WORDS[group]} <b>{counts.get(group)}</b>
        </button>
      ))}
      <span className="seg wide" role="group" aria-label="Group by">
        {(['state', 'disk'] as const).map((by) => (
          <button
            key={by}
            type="button"
            className={view.by === by ? 'on' : ''}
            aria-pressed={view.by === by}
            onClick={() => change({ ...view, by })}
          >
            {by === 'state' ? 'State' : 'Disk'}
          </button>
        ))}
      </span>
    </div>
  )
}
