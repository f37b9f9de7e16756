import { memo, type ReactElement } from 'react'
import type { FileCell } from '../../../shared/domain/initialization.ts'
import { figure } from '../../../shared/domain/words.ts'
import { CELL_WORDS, countsOf, mapWords, squaresOf } from './cells.ts'

const PITCH = 8
const SIDE = 7

/** Small data in large squares, large data in small ones, never higher than a card. */
const columnsFor = (count: number): number => (count <= 64 ? 32 : count <= 512 ? 48 : 64)

/** The files as squares in true order, and what the colours mean. */
export const FileMap = memo(function FileMap({ files }: { readonly files: readonly FileCell[] }): ReactElement {
  const { squares, perSquare } = squaresOf(files)
  const columns = columnsFor(squares.length)
  const rows = Math.ceil(squares.length / columns)
  return (
    <>
      <svg className="file-map" viewBox={`0 0 ${columns * PITCH - 1} ${rows * PITCH - 1}`} role="img" aria-label={mapWords(files)}>
        {squares.map(({ is, from, to }, at) => (
          <rect
            key={from}
            className={`cell ${is}`}
            x={(at % columns) * PITCH}
            y={Math.floor(at / columns) * PITCH}
            width={SIDE}
            height={SIDE}
            rx={1}
          >
            {is !== 'good' && is !== 'unchecked' && (
              <title>
                {from === to ? `File ${from}` : `Files ${from}–${to}`}: {CELL_WORDS[is]}
              </title>
            )}
          </rect>
        ))}
      </svg>
      <ul className="row map-legend s mid" aria-label="What the squares mean">
        {countsOf(files).map(({ is, count }) => (
          <li key={is} className="row">
            <svg viewBox="0 0 7 7" aria-hidden="true">
              <rect className={`cell ${is}`} width={SIDE} height={SIDE} rx={1} />
            </svg>
            {figure(count)} {CELL_WORDS[is]}
          </li>
        ))}
        {perSquare > 1 && <li className="dim">{perSquare} files a square, the worst shown</li>}
      </ul>
    </>
  )
})
