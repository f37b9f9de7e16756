import './backups.css'
import { useCallback, useEffect, useRef, useState, type ReactElement, type RefObject } from 'react'
import type { BackupEntry, BackupState } from '../../../shared/domain/backup.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Stepper } from '../../components/stepper.tsx'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { useBackup } from '../../state/backup.ts'
import { go } from '../../state/route.ts'
import { allParts, ContentsStep, type Contents } from './contents-step.tsx'
import { DrillDialog } from './drill-dialog.tsx'
import { PlaceStep, type Destination } from './place-step.tsx'
import { ReadBack } from './read-back.tsx'
import { Restore } from './restore.tsx'
import { ScheduleCard } from './schedule-card.tsx'
import { StatusColumn } from './status-column.tsx'
import { keysWord } from './words.ts'

const STEPS = ['Contents', 'Place and passphrase', 'Read back'] as const

function Crumb({ more }: { readonly more?: string }): ReactElement {
  return (
    <div className="crumb">
      <button type="button" className="link" onClick={() => go({ room: 'identities' })}>
        Identities
      </button>{' '}
      /{' '}
      {more === undefined ? (
        'Backups'
      ) : (
        <>
          <button type="button" className="link" onClick={() => go({ room: 'backups' })}>
            Backups
          </button>{' '}
          / {more}
        </>
      )}
    </div>
  )
}

const TITLES = ['what goes in', 'where to, and who can open it', 'written, then read back'] as const

interface Making {
  readonly at: 0 | 1 | 2
  readonly contents: Contents
  readonly folder?: string
  readonly result?: BackupEntry
}

/** The button that led here is gone: the keyboard goes on from the new step, not from the top of the page. */
function useFocusOnStep(column: RefObject<HTMLDivElement | null>, at: number): void {
  const before = useRef(at)
  useEffect(() => {
    if (before.current !== at) column.current?.focus()
    before.current = at
  }, [column, at])
}

/** The next backup, in three steps, with the standing of the earlier ones beside it. */
function Make({ state }: { readonly state: BackupState }): ReactElement {
  const action = useAction()
  const [making, setMaking] = useState<Making>(() => ({
    at: 0,
    contents: { parts: allParts(), extraFiles: state.settings.extraFiles, withHistory: state.settings.withHistory },
  }))
  const [drilled, setDrilled] = useState<BackupEntry>()
  const { extraFiles } = making.contents
  const plan = useLoad(useCallback(() => api().backup.plan({ extraFiles: [...extraFiles] }), [extraFiles]))
  const change = (part: Partial<Making>): void => setMaking((before) => ({ ...before, ...part }))
  const running = state.running?.job === 'backup' ? state.running : undefined
  const column = useRef<HTMLDivElement>(null)
  const at = action.isBusy || running !== undefined || making.result !== undefined ? 2 : making.at
  const keys = making.result?.identities.length ?? plan.value?.identities.length ?? 0
  const write = async (destination: Destination): Promise<void> => {
    const { parts, withHistory } = making.contents
    change({ folder: destination.folder })
    const answer = await action.run(() =>
      api().backup.begin({
        ...destination,
        recipients: [...destination.recipients],
        parts: [...parts].filter((part) => part !== 'extra' || extraFiles.length > 0),
        extraFiles: [...extraFiles],
        withHistory,
      }),
    )
    if (answer?.ok === true) change({ result: answer.value })
  }
  useFocusOnStep(column, at)
  const isCancelled = action.fault?.code === 'backup/cancelled'
  return (
    <>
      <header className="head">
        <div>
          <Crumb />
          <h1>{making.result === undefined ? `Back up ${keysWord(keys)}: ${TITLES[at]}` : `${keysWord(keys)} backed up and read back`}</h1>
        </div>
        <Stepper steps={STEPS} at={making.result === undefined ? at : 3} />
      </header>
      <div className="backups">
        <div className="col" ref={column} tabIndex={-1}>
          {isCancelled ? (
            <p className="mid" role="status">
              Cancelled. Nothing is left of it.
            </p>
          ) : (
            <FaultNote fault={action.fault} close={action.clear} />
          )}
          {at === 2 ? (
            <ReadBack
              progress={running}
              result={making.result}
              cancel={() => void api().backup.cancel()}
              again={() => setMaking(({ contents }) => ({ at: 1, contents }))}
            />
          ) : plan.fault?.code === 'backup/nothing' ? (
            <Empty
              why="No identity key was found, so there is nothing to back up yet."
              action={{ label: 'Search this machine', run: () => go({ room: 'identities' }) }}
            />
          ) : plan.value === undefined ? (
            <>
              <FaultNote fault={plan.fault} retry={plan.reload} />
              {plan.fault === undefined && <Skeleton rows={6} step="Reading the keys that are here" />}
            </>
          ) : at === 0 ? (
            <ContentsStep
              plan={plan.value}
              contents={making.contents}
              change={(contents) => change({ contents })}
              next={() => change({ at: 1 })}
            />
          ) : (
            <PlaceStep
              state={state}
              keys={keys}
              folder={making.folder}
              setFolder={(folder) => change({ folder })}
              back={() => change({ at: 0 })}
              write={(destination) => void write(destination)}
            />
          )}
        </div>
        <div className="col">
          <StatusColumn state={state} drill={setDrilled} />
          <ScheduleCard state={state} />
        </div>
      </div>
      {drilled !== undefined && <DrillDialog entry={drilled} state={state} close={() => setDrilled(undefined)} />}
    </>
  )
}

interface Props {
  readonly part: string | undefined
  readonly file: string | undefined
}

/** Backups: make one, prove one, restore from one. */
export function BackupsPage({ part, file }: Props): ReactElement {
  const { value, fault, reload } = useBackup()
  const isRestore = part === 'restore'
  if (value !== undefined && !isRestore) return <Make state={value} />
  return (
    <>
      <header className="head">
        <div>
          <Crumb {...(isRestore ? { more: 'Restore' } : {})} />
          <h1>{isRestore ? 'Restore: first see what would come back' : 'Backups'}</h1>
        </div>
      </header>
      <FaultNote fault={fault} retry={reload} />
      {value === undefined ? (
        fault === undefined && <Skeleton rows={6} step="Asking how the backups stand" />
      ) : (
        <div className="restore">
          <Restore state={value} file={file} />
        </div>
      )}
    </>
  )
}
