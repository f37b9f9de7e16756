import type { ReactElement } from 'react'
import type { MatchAnswer } from '../../shared/domain/inventory.ts'
import { Icon, type IconName } from './icons.tsx'
import { IdText } from './id-text.tsx'

const ICONS: Readonly<Record<MatchAnswer['is'], IconName>> = {
  key: 'key',
  'pos-folder': 'disk',
  'node-folder': 'node',
  backup: 'tray',
  identity: 'identities',
  unknown: 'file',
}

interface Props {
  /** What was dropped or pasted, as the user knows it. */
  readonly subject: string
  readonly answer: MatchAnswer
  readonly next?: { readonly label: string; readonly run: () => void } | undefined
}

/** What one file, folder or id is: the answer first, then the one thing to do with it. */
export function MatchNote({ subject, answer, next }: Props): ReactElement {
  const [first, ...more] = answer.sentences
  return (
    <div className="match">
      <Icon name={ICONS[answer.is]} />
      <div className="grow">
        <p className="s dim mono match-subject">{subject}</p>
        {first !== undefined && <b>{first}</b>}
        {more.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {answer.identity !== undefined && <IdText id={answer.identity} />}
      </div>
      {next !== undefined && (
        <button type="button" className="btn sm primary" onClick={next.run}>
          {next.label}
        </button>
      )}
    </div>
  )
}
