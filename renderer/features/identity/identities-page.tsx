import './identity.css'
import { useMemo, useState, type ReactElement } from 'react'
import { shortId } from '../../../shared/domain/ids.ts'
import { bytes, plural } from '../../../shared/domain/words.ts'
import { Empty } from '../../components/empty.tsx'
import { Glyph, lookOf } from '../../components/glyph.tsx'
import { Icon } from '../../components/icons.tsx'
import { Tile } from '../../components/tile.tsx'
import { byNeed } from '../../state/need.ts'
import { go } from '../../state/route.ts'
import { useIdentity, useSnapshot } from '../../state/store.ts'
import { Conflicts } from './conflicts.tsx'
import { HeldList } from './hold.tsx'
import { IdentityDetail } from './identity-detail.tsx'
import { OnThisMachine } from './machine.tsx'
import { PasteId } from './paste-id.tsx'

function Card({ id }: { readonly id: string }): ReactElement | null {
  const identity = useIdentity(id)
  if (identity === undefined) return null
  const look = lookOf(identity.status)
  const where = [identity.sizeBytes === undefined ? '' : bytes(identity.sizeBytes), identity.disk ?? ''].filter((part) => part !== '')
  return (
    <button type="button" className="card id-card" onClick={() => go({ room: 'identities', identity: id })}>
      <Tile id={id} colour={identity.colour} size={32} />
      <span className="grow">
        <span className="row">
          <b className="cut">{identity.name}</b> <span className="mono dim">{shortId(id)}</span>
        </span>
        <span className="s dim cut">{where.join(', ')}</span>
        <span className="s sent">
          <Glyph shape={look.shape} tone={look.tone} label={look.word} share={look.share ?? 0} />
          <span className="cut">{identity.status.sentence}</span>
        </span>
      </span>
    </button>
  )
}

function Identities(): ReactElement {
  const identities = useSnapshot((snapshot) => snapshot.identities)
  const [search, setSearch] = useState('')
  const found = useMemo(() => {
    const text = search.trim().toLowerCase()
    return byNeed(identities ?? []).filter(
      ({ identity }) => text === '' || [identity.name, identity.id, identity.disk ?? ''].some((part) => part.toLowerCase().includes(text)),
    )
  }, [identities, search])
  const total = identities?.length ?? 0
  const size = (identities ?? []).reduce((sum, one) => sum + (one.sizeBytes ?? 0), 0)
  return (
    <>
      <header className="head">
        <div>
          <h1>
            {plural(total, 'identity', 'identities')}
            {size > 0 ? `, ${bytes(size)} of PoS data` : ''}
          </h1>
        </div>
        <label className="input search-box">
          <Icon name="search" />
          <input
            type="search"
            data-search
            placeholder="Name, id or disk"
            aria-label="Search identities"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
        <button type="button" className="btn" onClick={() => go({ room: 'backups' })}>
          Backups
        </button>
        <button type="button" className="btn" onClick={() => go({ room: 'add' })}>
          Add an identity
        </button>
      </header>
      <Conflicts />
      <HeldList />
      {total === 0 ? (
        <Empty
          why="No identities yet."
          action={{ label: 'Add one in Settings', run: () => go({ room: 'settings', part: 'identities' }) }}
        />
      ) : (
        <div className="id-cards">
          {found.map(({ identity }) => (
            <Card key={identity.id} id={identity.id} />
          ))}
          {found.length === 0 && <p className="mid">Nothing matches this search.</p>}
        </div>
      )}
      <OnThisMachine />
      <PasteId />
    </>
  )
}

/** All identities, or one opened. */
export function IdentitiesPage({ identity }: { readonly identity: string | undefined }): ReactElement {
  return identity === undefined ? <Identities /> : <IdentityDetail key={identity} id={identity} />
}
