import type { ReactElement } from 'react'
import type { InitJob } from '../../../shared/domain/initialization.ts'
import { duration, speed } from '../../../shared/domain/words.ts'
import { useNow } from '../../components/use-now.ts'

const WIDTH = 420
const HEIGHT = 56
const TOP = 10
const BOTTOM = 50

/** `5.0 MiB/s to 5.3 MiB/s, one pause` */
function words(samples: InitJob['samples']): string {
  const moving = samples.map((one) => one.bytesPerSecond).filter((one) => one > 0)
  const pauses = samples.filter((one, i) => one.bytesPerSecond === 0 && samples[i - 1]?.bytesPerSecond !== 0).length
  const [low, high] = [speed(Math.min(...moving)), speed(Math.max(...moving))]
  const range = moving.length === 0 ? 'nothing was written' : low === high ? low : `${low} to ${high}`
  return `${range}${pauses === 0 ? '' : pauses === 1 ? ', one pause' : `, ${pauses} pauses`}`
}

/** Speeds of the last day as a line; a pause falls to the floor. */
export function SpeedLine({ samples }: { readonly samples: InitJob['samples'] }): ReactElement | null {
  const now = useNow()
  const first = samples[0]
  if (first === undefined || samples.length < 3) return null
  const last = Math.max(now, samples.at(-1)?.at ?? now)
  const most = Math.max(1, ...samples.map((one) => one.bytesPerSecond))
  const points = samples.map((one) => {
    const x = last > first.at ? ((one.at - first.at) / (last - first.at)) * WIDTH : 0
    return `${x.toFixed(1)},${(BOTTOM - (one.bytesPerSecond / most) * (BOTTOM - TOP)).toFixed(1)}`
  })
  return (
    <figure className="speed-line">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Speed over the last ${duration(last - first.at)}: ${words(samples)}`}
      >
        <path d={`M0 ${TOP}H${WIDTH}M0 ${BOTTOM}H${WIDTH}`} className="rule" />
        <polyline points={points.join(' ')} />
      </svg>
      <figcaption className="row between s dim">
        <span>{duration(last - first.at)} ago</span>
        <span>{words(samples)}</span>
        <span>now</span>
      </figcaption>
    </figure>
  )
}
