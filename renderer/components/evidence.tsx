import type { ReactElement } from 'react'
import type { EvidenceLine } from '../../shared/domain/status.ts'
import { plural } from '../../shared/domain/words.ts'
import { Glyph } from './glyph.tsx'
import { Ago } from './time.tsx'

/** Sources as the user knows them; an address or file stays as it is. */
const SOURCES: Readonly<Record<string, string>> = {
  'node-status': 'node API',
  'post-states': 'node API',
  'smesher-ids': 'node API',
  'activation-list': 'node API',
  events: 'node events',
  'service-log': 'service log',
  'node-log': 'node log',
  'pos-folder': 'PoS folder',
}
/** Empty when the source is what was looked at. */
const sourceOf = ({ what, source }: EvidenceLine): string => {
  const said = SOURCES[source] ?? source
  return said === what || source === what ? '' : said
}

/** "6 pieces of evidence, all fresh" */
export function freshness(lines: readonly EvidenceLine[]): string {
  const old = lines.filter((line) => line.isFresh === false).length
  if (lines.length === 0) return 'no evidence'
  const count = `${plural(lines.length, 'piece')} of evidence`
  return old === 0 ? `${count}, all fresh` : `${count}, ${old} too old`
}

/** Each source, value and age: small, for the card. */
export function EvidenceList({ lines }: { readonly lines: readonly EvidenceLine[] }): ReactElement {
  if (lines.length === 0) return <p className="s mid">Nobody has said anything about this identity yet.</p>
  return (
    <dl className="s">
      {lines.map((line) => (
        <div key={`${line.what}-${line.source}`} className={line.isFresh === false ? 'old' : ''}>
          <dt>{[line.what, sourceOf(line)].filter((part) => part !== '').join(', ')}</dt>
          <dd>
            {line.value}{' '}
            <span className="dim">
              <Ago at={line.at} />
            </span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** The same as a table with one row a source. */
export function EvidenceTable({ lines }: { readonly lines: readonly EvidenceLine[] }): ReactElement {
  return (
    <table className="evidence">
      <thead>
        <tr>
          <th>What</th>
          <th>Value</th>
          <th>Source</th>
          <th className="r">Age</th>
          <th>
            <span className="sr">Fresh</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.what}-${line.source}`} className={line.isFresh === false ? 'old' : ''}>
            <td className="mid">{line.what}</td>
            <td>{line.value}</td>
            <td className="mid">{sourceOf(line)}</td>
            <td className="r mid nw">
              <Ago at={line.at} />
            </td>
            <td className="r">
              {line.isFresh === false ? (
                <Glyph shape="question" tone="dim" label="too old to rely on" />
              ) : (
                <Glyph shape="disc-tick" tone="ok" label="fresh" />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
