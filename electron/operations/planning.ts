import path from 'node:path'
import type { PlanNode } from '../../shared/domain/operation.ts'
import { shortId } from '../../shared/domain/ids.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { PlanContext } from './context.ts'
import { setUpChange } from './steps/set-up.ts'
import { sha256Of } from './steps/write-file.ts'
import type { WriteFile } from './steps/data.ts'
import type { Draft, StepData } from './types.ts'

/** How the user calls an identity. */
export const nameIn = ({ names }: Pick<PlanContext, 'names'>, id: string): string => names[id] ?? shortId(id)

const textOf = (setup: unknown): string => `${JSON.stringify(setup, null, 2)}\n`

/** Our set-up as it will be, as planners take it: `finished` makes the piecewise change of it. */
export function setUpWrite({ setUp }: PlanContext, change: (setup: Setup) => Setup): WriteFile {
  const file = setUp?.file ?? ''
  const text = setUp === null ? '' : textOf(change(setUp.setup))
  return { is: 'write-file', file, before: setUp === null ? null : sha256Of(setUp.text), keep: 'setup.json', text, mode: 0o600 }
}

/**
 * A draft with every write of our set-up replaced by the change of just those pieces: the user goes on using the rest of it,
 * and an undo days later takes back only what the operation did.
 */
export function finished<D extends Draft>(draft: D, { setUp }: PlanContext): D {
  if (setUp === null) return draft
  const steps = draft.steps.map((step): StepData => {
    if (step.is !== 'write-file' || Reflect.get(step, 'file') !== setUp.file) return step
    const text: unknown = Reflect.get(step, 'text')
    return setUpChange(setUp.file, setUp.setup as never, JSON.parse(String(text)) as never)
  })
  return { ...draft, steps }
}

/** Our node with its identities, for the pictures of a plan; undefined when it has no data folder here. */
export function ownNode(context: PlanContext): PlanNode | undefined {
  const setup = context.setUp?.expanded
  const folder = setup?.node.dataFolder
  if (setup === undefined || folder === undefined) return undefined
  return {
    name: path.basename(folder),
    folder,
    version: '',
    identities: setup.identities.map(({ id, keyFile }) => ({ id, name: nameIn(context, id), keyFile: keyFile ?? '' })),
  }
}
