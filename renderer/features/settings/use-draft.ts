import { useCallback, useEffect, useMemo, useState } from 'react'
import type { SetupProblem } from '../../../shared/ipc/contract.ts'
import { checkSetup } from '../../../shared/setup/parse.ts'
import { setupSchema } from '../../../shared/setup/schema.ts'
import { useAction, type Action } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { countChanges, newSetup, writeAt, type Draft } from './draft.ts'
import type { Form } from './form.tsx'

const CHECK_AFTER_MS = 600

export interface DraftState {
  readonly form: Form
  readonly isLoaded: boolean
  readonly isNew: boolean
  /** Places that differ from what is saved. */
  readonly changes: number
  /** Something of a program changed: it takes effect when that program starts again. */
  readonly needsRestart: boolean
  readonly canSave: boolean
  readonly path: string
  readonly action: Action
  readonly save: () => Promise<void>
  readonly discard: () => void
  readonly reload: () => Promise<void>
}

const toDraft = (value: unknown): Draft => JSON.parse(JSON.stringify(value)) as Draft

/** Problems of the draft: the schema at once, files and ports by the keeper a moment later. */
function useProblems(draft: Draft, isLoaded: boolean): readonly SetupProblem[] {
  const own = useMemo(() => checkSetup(draft).issues ?? [], [draft])
  const [remote, setRemote] = useState<{ readonly of: Draft; readonly problems: readonly SetupProblem[] }>()
  const isValid = own.every((issue) => issue.severity !== 'error')
  useEffect(() => {
    if (!isLoaded || !isValid) return undefined
    let isCurrent = true
    const timer = setTimeout(() => {
      api()
        .setup.check({ setup: draft })
        .then(
          (answer) => isCurrent && answer.ok && setRemote({ of: draft, problems: answer.value }),
          () => undefined, // without a keeper there is no second opinion; saving says so
        )
    }, CHECK_AFTER_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [draft, isLoaded, isValid])
  return useMemo(
    () => [
      ...own,
      ...(remote?.of === draft ? remote.problems : []).filter(
        (one) => !own.some((mine) => mine.at === one.at && mine.message === one.message),
      ),
    ],
    [own, remote, draft],
  )
}

/** The set-up while it is edited, beside the one that is saved. */
export function useDraft(): DraftState {
  const [saved, setSaved] = useState<Draft>()
  const [draft, setDraft] = useState<Draft>(newSetup)
  const [path, setPath] = useState('')
  const [isLoaded, setLoaded] = useState(false)
  const action = useAction()
  const { run } = action
  const problems = useProblems(draft, isLoaded)
  const reload = useCallback(async () => {
    const answer = await run(() => api().setup.read())
    if (answer?.ok !== true) return
    const known = answer.value.setup === undefined ? undefined : toDraft(answer.value.setup)
    setSaved(known)
    setDraft(known ?? newSetup())
    setPath(answer.value.path)
    setLoaded(true)
  }, [run])
  useEffect(() => {
    const begin = async (): Promise<void> => reload()
    void begin()
  }, [reload])
  const set = useCallback((at: string, value: unknown) => setDraft((before) => writeAt(before, at, value)), [])
  const canSave = problems.every((problem) => problem.severity !== 'error')
  const save = async (): Promise<void> => {
    const parsed = setupSchema.safeParse(draft)
    if (!parsed.success) return
    const answer = await run(() => api().setup.save({ setup: parsed.data }))
    if (answer?.ok === true) await reload()
  }
  const form = useMemo(() => ({ draft, problems, set }), [draft, problems, set])
  const changes = useMemo(() => countChanges(saved ?? newSetup(), draft), [saved, draft])
  return {
    form,
    isLoaded,
    isNew: saved === undefined,
    needsRestart:
      saved !== undefined &&
      countChanges([saved['node'], saved['services'], saved['network']], [draft['node'], draft['services'], draft['network']]) > 0,
    changes,
    canSave,
    path,
    action,
    save,
    discard: () => setDraft(saved ?? newSetup()),
    reload,
  }
}
