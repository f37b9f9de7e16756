import type { ReactElement } from 'react'
import type { DiskReport } from '../../../shared/domain/machine.ts'
import { bytes, duration, plural, speed } from '../../../shared/domain/words.ts'
import { Ago } from '../../components/time.tsx'
import type { DiskActs } from './disks-card.tsx'

const SHINGLED: Readonly<Record<DiskReport['shingled'], string>> = {
  yes: 'yes: slow when written at random',
  maybe: 'perhaps: slow when written at random',
  no: 'no',
  unknown: 'unknown',
}

function Volumes({ disk }: { readonly disk: DiskReport }): ReactElement {
  return (
    <>
      {disk.volumes.map((volume) => (
        <div key={volume.mountPoint}>
          <span className="mono path">{volume.mountPoint}</span>{' '}
          <span className="dim">
            {volume.fsType}
            {volume.freeBytes === undefined ? '' : `, ${bytes(volume.freeBytes)} free`}
            {volume.isReadOnly === true && ', cannot be written'}
          </span>
        </div>
      ))}
    </>
  )
}

/** What else is known of a disk, and its tests. */
export function DiskDetail({ disk, acts }: { readonly disk: DiskReport; readonly acts: DiskActs }): ReactElement {
  const oldest = disk.trend[0]
  return (
    <div className="machine-detail">
      <dl>
        <dt>Volumes</dt>
        <dd>{disk.volumes.length === 0 ? 'none mounted' : <Volumes disk={disk} />}</dd>
        <dt>Health</dt>
        <dd>{disk.smart.text}</dd>
        <dt>Shingled</dt>
        <dd>{SHINGLED[disk.shingled]}</dd>
        <dt>Falls asleep</dt>
        <dd>{disk.sleepsAfterMs === undefined ? 'not that we know' : `after ${duration(disk.sleepsAfterMs)}`}</dd>
        <dt>Write speed</dt>
        <dd>
          {disk.writeSpeed === undefined ? (
            'not measured'
          ) : (
            <>
              {speed(disk.writeSpeed.bytesPerSecond)}, <Ago at={disk.writeSpeed.at} />
            </>
          )}
        </dd>
        <dt>Trend</dt>
        <dd>
          {oldest === undefined || disk.trend.length < 2 || disk.speed === undefined ? (
            'fewer than two measurements'
          ) : (
            <>
              {speed(oldest.bytesPerSecond)} <Ago at={oldest.at} />, {speed(disk.speed.bytesPerSecond)} now;{' '}
              {plural(disk.trend.length, 'measurement')}
            </>
          )}
        </dd>
      </dl>
      <div className="row">
        <button type="button" className="btn sm" disabled={acts.isBusy} onClick={() => acts.measure(disk.id, 'read')}>
          Measure reading
        </button>
        <button type="button" className="btn sm" disabled={acts.isBusy} onClick={() => acts.measure(disk.id, 'write')}>
          Measure writing
        </button>
      </div>
    </div>
  )
}
