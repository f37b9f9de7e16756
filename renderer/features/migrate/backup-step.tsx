import { useState, type ReactElement } from 'react'
import type { BackupSummary } from '../../../shared/domain/backup.ts'
import { lookOfBackup } from '../../components/backup-look.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { Tick } from '../../components/tick.tsx'
import { useBackup } from '../../state/backup.ts'
import { go } from '../../state/route.ts'
import { WizardFrame } from './wizard-parts.tsx'

/** A backup that holds every key and opens, but could be better: the user may go on with it when he says so. */
const ENOUGH: Readonly<Partial<Record<BackupSummary['is'], string>>> = {
  'not-elsewhere': 'I go on with a backup that lies on one disk only.',
  'drill-due': 'I go on although nobody has tried to open the backup lately.',
}

const titleOf = (is: BackupSummary['is'] | undefined): string => {
  if (is === undefined) return 'Second, the backup'
  if (is === 'good') return 'The backup is good: every key is in it'
  return ENOUGH[is] === undefined ? 'First a backup: without it nothing is moved' : 'The backup could be better'
}

function Standing({ summary }: { readonly summary: BackupSummary }): ReactElement {
  const look = lookOfBackup(summary.is)
  return (
    <section className="card pad backup-standing" aria-label="How the backups stand">
      <div className="row g12">
        <Glyph shape={look.shape} tone={look.tone} label={look.word} />
        <b>{closed(summary.sentence)}</b>
      </div>
      <p className="mid">
        {summary.is === 'good'
          ? 'Bringing nodes together moves keys. Should this disk die in the middle of it, the backup has them all.'
          : 'Bringing nodes together moves keys. A lost key makes its PoS data worthless, so they are all in a backup that opens before the first one is touched.'}
      </p>
    </section>
  )
}

/** Step 2: no key is touched before a backup is known to hold it. */
export function BackupStep({ back, next }: { readonly back: () => void; readonly next: () => void }): ReactElement {
  const { value, fault, reload } = useBackup()
  const [isAccepted, setAccepted] = useState(false)
  const summary = value?.summary
  const box = summary === undefined ? undefined : ENOUGH[summary.is]
  const isEnough = summary?.is === 'good' || (box !== undefined && isAccepted)
  const isMissing = summary !== undefined && summary.is !== 'good' && box === undefined
  return (
    <WizardFrame
      at="backup"
      title={titleOf(summary?.is)}
      back={back}
      next={
        isMissing
          ? { label: 'To the backups', act: () => go({ room: 'backups' }) }
          : { label: 'Next: choose', act: next, isDisabled: !isEnough }
      }
    >
      <FaultNote fault={fault} retry={reload} />
      {summary === undefined ? (
        fault === undefined && <Skeleton rows={3} step="Asking how the backups stand" />
      ) : (
        <Standing summary={summary} />
      )}
      {box !== undefined && (
        <div className="row between">
          <Tick isOn={isAccepted} turn={() => setAccepted((before) => !before)}>
            {box}
          </Tick>
          <button type="button" className="btn" onClick={() => go({ room: 'backups' })}>
            To the backups
          </button>
        </div>
      )}
    </WizardFrame>
  )
}
