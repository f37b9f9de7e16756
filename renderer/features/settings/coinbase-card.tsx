import { useCallback, type ReactElement } from 'react'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { TextField } from './form.tsx'

/** Where rewards go. What the node runs with is changed by a plan in a safe window; before there is any, by hand. */
export function Coinbase(): ReactElement {
  const { value } = useLoad(useCallback(() => api().coinbase.read(), []))
  if (value?.coinbase === undefined) return <TextField at="node.coinbase" label="Coinbase" hint="Rewards go there" isOptional />
  return (
    <section className="set" aria-label="Coinbase">
      <div className="grow">
        <span className="label">Coinbase</span>
        <div className="coinbase">{closed(value.sentence)}</div>
        {value.problem !== undefined && (
          <span className="field-problems s">
            <span className="c-bad">
              <Glyph shape="alert" tone="bad" />
              {closed(value.problem)}
            </span>
          </span>
        )}
        <div className="s dim">From {value.source}</div>
      </div>
      <button type="button" className="btn sm" onClick={() => go({ room: 'migrate', part: 'coinbase' })}>
        Change…
      </button>
    </section>
  )
}
