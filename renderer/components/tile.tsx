import { memo, type ReactElement } from 'react'

/** Twelve muted hues that stand for identities and never for a status. */
export const IDENTITY_COLOURS = [
  '#3f7f99',
  '#3f8577',
  '#5a6fa8',
  '#5c8440',
  '#6b7280',
  '#7c6aa6',
  '#7d7a55',
  '#8f5b93',
  '#9c5a3c',
  '#a08a52',
  '#a6647b',
  '#b0762a',
] as const
const SHADES = [0.25, 0.5, 0.78, 1] as const

/** 4×4 cells, mirrored left to right; eight cells take two bits each of the id. */
export function cellsOf(id: string): readonly { readonly x: number; readonly y: number; readonly shade: number }[] {
  const bits = Number.parseInt(id.slice(8, 12), 16) || 0
  return Array.from({ length: 16 }, (_, cell) => {
    const x = cell % 4
    const y = Math.floor(cell / 4)
    const half = y * 2 + Math.min(x, 3 - x)
    return { x, y, shade: SHADES[(bits >> (half * 2)) & 3] ?? 1 }
  })
}

/** The identity's own picture: the same on every screen. */
export const Tile = memo(function Tile(props: { readonly id: string; readonly colour: number; readonly size?: number }): ReactElement {
  const size = props.size ?? 24
  return (
    <svg className="tile" width={size} height={size} viewBox="0 0 24 24" fill={IDENTITY_COLOURS[props.colour % 12]} aria-hidden="true">
      <rect width="24" height="24" rx="4" opacity=".16" />
      {cellsOf(props.id).map(({ x, y, shade }) => (
        <rect key={`${x}-${y}`} x={2.4 + x * 5} y={2.4 + y * 5} width="4.2" height="4.2" rx=".8" opacity={shade} />
      ))}
    </svg>
  )
})
