import { useState, type ReactElement } from 'react'
import type { InitJob } from '../../../shared/domain/initialization.ts'
import { bytes } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Question } from '../../components/question.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'

const KEY: Readonly<Record<InitJob['key'], string>> = {
  none: 'No key of it is here.',
  kept: 'Its key stays held here.',
  armed: 'Its key stays in the node.',
}

/** Takes a job from the queue. Nothing is deleted, and the words say so before and after. */
export function Discard({ job, close }: { readonly job: InitJob; readonly close: () => void }): ReactElement {
  const action = useAction()
  const [told, setTold] = useState<string>()
  const act = async (): Promise<void> => {
    if (told !== undefined) return close()
    const answer = await action.run(() => api().init.discard({ id: job.id }))
    if (answer?.ok === true) setTold(answer.value.text)
  }
  return (
    <Question
      title={told === undefined ? `Take ${job.name} from the queue?` : `${job.name} is out of the queue`}
      yes={told === undefined ? 'Take it out' : 'Close'}
      no={told === undefined ? 'Keep it' : undefined}
      isDisabled={action.isBusy}
      act={() => void act()}
      close={close}
    >
      {told === undefined ? (
        <p>
          Nothing more is written. The {bytes(job.doneBytes)} that are written stay in <span className="mono path">{job.folder}</span>; add
          the same key with the same folder later, and it goes on where it stopped. {KEY[job.key]}
        </p>
      ) : (
        <p role="status">{told}</p>
      )}
      <FaultNote fault={action.fault} close={action.clear} />
    </Question>
  )
}
