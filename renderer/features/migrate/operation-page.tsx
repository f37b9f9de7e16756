import type { ReactElement } from 'react'
import type { OperationsState } from '../../../shared/domain/operation.ts'
import { Empty } from '../../components/empty.tsx'
import { go } from '../../state/route.ts'
import { Crumb } from './crumb.tsx'
import { OperationFlow } from './plan-flow.tsx'

interface Props {
  readonly id: string | undefined
  readonly state: OperationsState
}

/** One operation of the list. */
export function OperationPage({ id, state }: Props): ReactElement {
  const operation = state.operations.find((one) => one.id === id)
  if (operation !== undefined) return <OperationFlow operation={operation} state={state} />
  return (
    <>
      <header className="head">
        <div>
          <Crumb here="Operation" />
          <h1>This operation is not known here</h1>
        </div>
      </header>
      <Empty why="Its journal is not in the folder of Smeshkeeper." action={{ label: 'To Migrate', run: () => go({ room: 'migrate' }) }} />
    </>
  )
}
