import { useNow } from '../../components/use-now.ts'
import { useTimes } from '../../components/times.ts'
import { useCallback, useEffect, useState, type ReactElement } from 'react'
import { textOf, type Fault } from '../../../shared/domain/fault.ts'
import type { HistoryEntry } from '../../../shared/ipc/contract.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph, lookOfSeverity } from '../../components/glyph.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { api } from '../../state/api.ts'
import { useSnapshot } from '../../state/store.ts'

const PAGE = 100

interface Entries {
  readonly all: readonly HistoryEntry[]
  readonly hasMore: boolean
  readonly isLoaded: boolean
  readonly fault: Fault | undefined
  readonly more: () => Promise<void>
}

/** Pages of history, newest first; `more` continues where the last ended. */
function useEntries(identity: string | undefined): Entries {
  const [state, setState] = useState<Omit<Entries, 'more'>>({ all: [], hasMore: false, isLoaded: false, fault: undefined })
  const load = useCallback(
    async (before: readonly HistoryEntry[]): Promise<void> => {
      const last = before.at(-1)
      try {
        const answer = await api().history.entries({
          limit: PAGE,
          ...(identity === undefined ? {} : { identity }),
          ...(last === undefined ? {} : { before: last.id }),
        })
        if (answer.ok)
          setState({ all: [...before, ...answer.value], hasMore: answer.value.length === PAGE, isLoaded: true, fault: undefined })
        else setState((old) => ({ ...old, isLoaded: true, fault: answer.fault }))
      } catch (cause: unknown) {
        setState((old) => ({ ...old, isLoaded: true, fault: { code: 'internal', detail: textOf(cause), retry: 'now' } }))
      }
    },
    [identity],
  )
  useEffect(() => {
    const begin = async (): Promise<void> => load([])
    void begin()
  }, [load])
  return { ...state, more: async () => load(state.all) }
}

export function EntriesTable({ identity, kind }: { readonly identity: string | undefined; readonly kind: string }): ReactElement {
  const entries = useEntries(identity)
  const now = useNow()
  const times = useTimes()
  const names = useSnapshot((snapshot) => snapshot.identities)
  const nameOf = (id: string | undefined): string => (id === undefined ? '' : (names?.find((one) => one.id === id)?.name ?? id.slice(0, 8)))
  const shown = kind === 'all' ? entries.all : entries.all.filter((entry) => entry.kind === kind)
  return (
    <section className="card history-body" aria-label="Events">
      <FaultNote fault={entries.fault} retry={() => void entries.more()} />
      {!entries.isLoaded && <Skeleton rows={8} step="Reading history" />}
      {entries.isLoaded && shown.length === 0 && entries.fault === undefined && (
        <p className="pad mid">{entries.all.length === 0 ? 'Nothing has happened yet.' : 'Nothing of this kind in what is loaded.'}</p>
      )}
      {shown.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>When</th>
              <th>Identity</th>
              <th>What</th>
              <th>Kind</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry) => {
              const look = lookOfSeverity(entry.severity)
              return (
                <tr key={entry.id}>
                  <td className="nw mid" title={new Date(entry.at).toISOString()}>
                    {times.moment(entry.at, now)}
                  </td>
                  <td className="nw">{nameOf(entry.identity)}</td>
                  <td>
                    <span className="row">
                      {entry.severity !== 'info' && <Glyph shape={look.shape} tone={look.tone} label={look.word} />}
                      <span>{entry.sentence}</span>
                    </span>
                  </td>
                  <td className="mid nw">{entry.kind}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {entries.hasMore && (
        <div className="history-more">
          <button type="button" className="btn sm" onClick={() => void entries.more()}>
            Older
          </button>
        </div>
      )}
    </section>
  )
}
