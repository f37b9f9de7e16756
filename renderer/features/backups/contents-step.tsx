import type { ReactElement } from 'react'
import { BACKUP_PARTS, type BackupPart, type BackupPlan } from '../../../shared/domain/backup.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { bytes, plural } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Tick } from '../../components/tick.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { PART_NAMES } from './words.ts'

/** What goes in. The keys always do; files of the user only when he ticks them. */
export interface Contents {
  readonly parts: ReadonlySet<BackupPart>
  readonly extraFiles: readonly string[]
  readonly withHistory: boolean
}

export const allParts = (): ReadonlySet<BackupPart> => new Set(BACKUP_PARTS)

const turned = <T,>(set: ReadonlySet<T>, value: T): ReadonlySet<T> => {
  const next = new Set(set)
  if (!next.delete(value)) next.add(value)
  return next
}

/** Bytes of the chosen parts, before they are encrypted. */
export const sizeOf = (plan: BackupPlan, { parts }: Contents): number =>
  plan.parts.reduce((sum, one) => sum + (parts.has(one.part) ? one.bytes : 0), 0)

interface Props {
  readonly plan: BackupPlan
  readonly contents: Contents
  readonly change: (contents: Contents) => void
}

function Parts({ plan, contents, change }: Props): ReactElement {
  return (
    <section className="card" aria-labelledby="contents-title">
      <div className="card-h">
        <h2 id="contents-title">Contents</h2>
        <span className="s dim">{bytes(sizeOf(plan, contents))} in all</span>
      </div>
      <table>
        <tbody>
          {plan.parts.map(({ part, sentence, bytes: size }) => (
            <tr key={part}>
              <td>
                <Tick
                  isOn={contents.parts.has(part)}
                  isDisabled={part === 'keys'}
                  turn={() => change({ ...contents, parts: turned(contents.parts, part) })}
                >
                  {PART_NAMES[part]}
                </Tick>
              </td>
              <td className="mid">{sentence}</td>
              <td className="r nw">{bytes(size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Keys that would not be in it: told before, not found out afterwards. */
export function PlanProblems({ problems }: { readonly problems: readonly string[] }): ReactElement | null {
  if (problems.length === 0) return null
  return (
    <div className="banner warn plan-problems" role="status">
      <Glyph shape="triangle" tone="warn" label="warning" />
      <div className="grow">
        <b>{plural(problems.length, 'thing')} would not be in it.</b>
        <ul>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      </div>
    </div>
  )
}

/** Files that the user chooses: Smapp's wallets are offered, nothing is ticked for him. */
function OwnFiles({ plan, contents, change }: Props): ReactElement {
  const action = useAction()
  const offered = plan.offered.map((one) => one.path)
  const rows = [
    ...plan.offered.map((one) => ({ path: one.path, why: `${one.why}, ${bytes(one.bytes)}` })),
    ...contents.extraFiles.filter((path) => !offered.includes(path)).map((path) => ({ path, why: 'chosen by you' })),
  ]
  const turn = (path: string): void => {
    const extraFiles = contents.extraFiles.includes(path)
      ? contents.extraFiles.filter((one) => one !== path)
      : [...contents.extraFiles, path]
    change({ ...contents, extraFiles })
  }
  const add = async (): Promise<void> => {
    const chosen = await action.run(async () => {
      const answer = await api().window.chooseFile({ title: 'Choose a file to back up', kind: 'file' })
      return answer.ok ? ok(answer.value.path) : answer
    })
    if (chosen?.ok === true && chosen.value !== undefined && !contents.extraFiles.includes(chosen.value)) turn(chosen.value)
  }
  return (
    <section className="card" aria-labelledby="own-title">
      <div className="card-h">
        <h2 id="own-title">Your own files</h2>
        <button type="button" className="link s" disabled={action.isBusy} onClick={() => void add()}>
          Add a file…
        </button>
      </div>
      <div className="pad ticks">
        {rows.map(({ path, why }) => (
          <Tick key={path} isOn={contents.extraFiles.includes(path)} turn={() => turn(path)}>
            <span className="mono path">{path}</span> <span className="s dim">{why}</span>
          </Tick>
        ))}
        <Tick isOn={contents.withHistory} turn={() => change({ ...contents, withHistory: !contents.withHistory })}>
          History of proofs <span className="s dim">a second archive beside this one; it may be large</span>
        </Tick>
        <FaultNote fault={action.fault} close={action.clear} />
      </div>
    </section>
  )
}

/** Step 1: what goes into the backup. */
export function ContentsStep({ next, ...props }: Props & { readonly next: () => void }): ReactElement {
  return (
    <>
      <PlanProblems problems={props.plan.problems} />
      <Parts {...props} />
      <OwnFiles {...props} />
      <footer className="row between step-foot">
        <span className="dim s">The PoS data itself is never in it: it can be made again, the keys cannot.</span>
        <button type="button" className="btn primary" onClick={next}>
          Place and passphrase
        </button>
      </footer>
    </>
  )
}
