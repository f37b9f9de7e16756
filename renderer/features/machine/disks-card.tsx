import { Fragment, useState, type ReactElement, type ReactNode } from 'react'
import type { DiskReport } from '../../../shared/domain/machine.ts'
import { bytes, percent, speed, unitTime } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Bar } from '../../components/bar.tsx'
import { Ago, Moment } from '../../components/time.tsx'
import { useSnapshot } from '../../state/store.ts'
import { DiskDetail } from './disk-detail.tsx'
import { BAR_TONES, lookOfVerdict, scaleOf } from './words.ts'

export interface DiskActs {
  readonly isBusy: boolean
  readonly measure: (disk: string, what: 'read' | 'write') => void
}

function Folders({ disk }: { readonly disk: DiskReport }): ReactElement | null {
  const known = useSnapshot((snapshot) => snapshot.identities)
  if (disk.folders.length === 0) return <div className="s dim">no PoS data</div>
  const names = disk.folders.map((folder) => known?.find((one) => one.id === folder.identity)?.name ?? folder.identity.slice(0, 8))
  const sizes = disk.folders.flatMap((folder) => folder.sizeBytes ?? [])
  const total = sizes.length === disk.folders.length ? `, ${bytes(sizes.reduce((sum, one) => sum + one, 0))}` : ''
  return (
    <div className="s dim">
      {names.slice(0, 4).join(', ')}
      {names.length > 4 && ` and ${names.length - 4} more`}
      {total}
    </div>
  )
}

function Track({ disk, scale }: { readonly disk: DiskReport; readonly scale: number }): ReactElement {
  const measured = disk.speed?.bytesPerSecond
  const need = disk.needBytesPerSecond
  const words = `${measured === undefined ? 'not measured' : `${speed(measured)} measured`}${need === undefined ? '' : `, ${speed(need)} needed`}`
  return (
    <div className="bar" role="img" aria-label={words}>
      {measured !== undefined && <i className={BAR_TONES[disk.verdict]} style={{ width: `${(measured / scale) * 100}%` }} />}
      {need !== undefined && <u style={{ left: `${(need / scale) * 100}%` }} />}
    </div>
  )
}

function LastTest({ disk }: { readonly disk: DiskReport }): ReactElement {
  const { test } = disk
  switch (test.is) {
    case 'running':
      return (
        <Bar
          label={`${test.what === 'read' ? 'Reading' : 'Writing'} test of ${disk.label}`}
          percent={test.percent}
          text={`${percent(test.percent)}${test.bytesPerSecond === undefined ? '' : `, ${speed(test.bytesPerSecond)}`}`}
        />
      )
    case 'waiting':
      return (
        <>
          waits: {test.why}
          {test.until !== undefined && (
            <>
              , until <Moment at={test.until} />
            </>
          )}
        </>
      )
    case 'failed':
      return <span className="c-bad">{test.text}</span>
    case 'idle':
      return disk.speed === undefined ? <>never</> : <Ago at={disk.speed.at} />
    default:
      return test satisfies never
  }
}

interface RowProps {
  readonly disk: DiskReport
  readonly scale: number
  readonly unitBytes: number
  readonly isOpen: boolean
  readonly toggle: () => void
}

function Row({ disk, scale, unitBytes, isOpen, toggle }: RowProps): ReactElement {
  return (
    <tr>
      <td>
        <button type="button" className="link" aria-expanded={isOpen} onClick={toggle}>
          <b>{disk.label}</b>
        </button>{' '}
        <span className="s dim">{disk.detail}</span>
        <Folders disk={disk} />
      </td>
      <td>
        <Track disk={disk} scale={scale} />
      </td>
      <td className="r nw">
        {disk.speed === undefined ? 'unknown' : speed(disk.speed.bytesPerSecond)}
        {disk.speed !== undefined && <div className="s dim">{unitTime(unitBytes, disk.speed.bytesPerSecond)}</div>}
      </td>
      <td className="r nw mid">{disk.needBytesPerSecond === undefined ? 'nothing' : speed(disk.needBytesPerSecond)}</td>
      <td>
        <Badge look={lookOfVerdict(disk.verdict, disk.verdictText)} />
      </td>
      <td className="r s dim">
        <LastTest disk={disk} />
      </td>
    </tr>
  )
}

interface Props {
  readonly disks: readonly DiskReport[]
  readonly unitBytes: number
  readonly first: string | undefined
  readonly acts: DiskActs
  /** What to do next, below the table. */
  readonly children: ReactNode
}

/** Every physical disk: measured speed against what the proofs of this epoch need of it. */
export function DisksCard({ disks, unitBytes, first, acts, children }: Props): ReactElement {
  const [open, setOpen] = useState(first)
  const scale = scaleOf(disks)
  return (
    <section className="card" aria-labelledby="disks-title">
      <div className="card-h">
        <h2 id="disks-title">Disks</h2>
        <span className="s dim">
          bar: sequential reading, measured. Mark: what this epoch’s proofs need. SU: one Space Unit, {bytes(unitBytes)}
        </span>
      </div>
      {disks.length === 0 ? (
        <p className="pad mid">No disk was seen yet. Look again; a disk that is not mounted cannot be seen.</p>
      ) : (
        <table className="machine-disks">
          <thead>
            <tr>
              <th>Disk</th>
              <th>Speed against need</th>
              <th className="r">Measured</th>
              <th className="r">Need</th>
              <th>Verdict</th>
              <th className="r">Last read test</th>
            </tr>
          </thead>
          <tbody>
            {disks.map((disk) => (
              <Fragment key={disk.id}>
                <Row
                  disk={disk}
                  scale={scale}
                  unitBytes={unitBytes}
                  isOpen={open === disk.id}
                  toggle={() => setOpen(open === disk.id ? undefined : disk.id)}
                />
                {open === disk.id && (
                  <tr>
                    <td colSpan={6}>
                      <DiskDetail disk={disk} acts={acts} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      )}
      {children}
    </section>
  )
}
