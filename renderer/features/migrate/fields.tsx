import { useId, type ReactElement } from 'react'
import { ok } from '../../../shared/domain/fault.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Tick } from '../../components/tick.tsx'
import { Tile } from '../../components/tile.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { inventoryOf, useScan } from '../../state/scan.ts'
import { useSnapshot } from '../../state/store.ts'
import { nodeName } from './choose.ts'

interface FieldProps {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly set: (value: string) => void
}

interface WordProps extends FieldProps {
  /** What is wrong with it; stands in place of the hint. */
  readonly problem?: string | undefined
}

/** One line of text. */
export function WordField({ label, hint, value, set, problem }: WordProps): ReactElement {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="input">
        <input
          id={id}
          value={value}
          spellCheck={false}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-hint`}
          onChange={(event) => set(event.target.value)}
        />
      </span>
      <p id={`${id}-hint`} className={problem === undefined ? 's' : 'c-bad'}>
        {problem ?? hint}
      </p>
    </div>
  )
}

/** A folder or file, typed or chosen. */
export function PathField({ label, hint, value, set, kind }: FieldProps & { readonly kind: 'file' | 'folder' }): ReactElement {
  const id = useId()
  const action = useAction()
  const choose = async (): Promise<void> => {
    const chosen = await action.run(async () => {
      const answer = await api().window.chooseFile({ title: label, kind })
      return answer.ok ? ok(answer.value.path) : answer
    })
    if (chosen?.ok === true && chosen.value !== undefined) set(chosen.value)
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <span className="input mono grow">
          <input id={id} value={value} spellCheck={false} onChange={(event) => set(event.target.value)} />
        </span>
        <button type="button" className="btn" disabled={action.isBusy} aria-label={`Choose: ${label}`} onClick={() => void choose()}>
          Choose…
        </button>
      </div>
      {hint !== undefined && <p className="s">{hint}</p>}
      <FaultNote fault={action.fault} close={action.clear} />
    </div>
  )
}

export interface Option {
  readonly value: string
  readonly name: string
  readonly detail: string
  readonly colour?: number
}

/** Identities of the set-up, then further ones that the last search found with their key. */
export function useIdentityOptions(): readonly Option[] {
  const known = useSnapshot((snapshot) => snapshot.identities) ?? []
  const scan = useScan()
  const found = inventoryOf(scan.value)?.identities.filter((one) => one.key === 'here' && known.every((each) => each.id !== one.id)) ?? []
  return [
    ...known.map(({ id, name, colour, disk }) => ({
      value: id,
      name,
      colour,
      detail: [shortId(id), disk].filter((one) => one !== undefined).join(', '),
    })),
    ...found.map(({ id, nickname }) => ({
      value: id,
      name: nickname ?? shortId(id),
      colour: Number.parseInt(id.slice(0, 2), 16) || 0,
      detail: `${shortId(id)}, found by the search`,
    })),
  ]
}

/** Nodes that the last search found. */
export function useNodeOptions(mode: 'supervised' | 'any'): readonly Option[] {
  const scan = useScan()
  const nodes = inventoryOf(scan.value)?.nodes ?? []
  return nodes
    .filter((node) => mode === 'any' || node.mode === 'supervised')
    .map(({ dataFolder }) => ({ value: dataFolder, name: nodeName(dataFolder), detail: dataFolder }))
}

/** What starts nodes here, as the last search found it. */
export function useManagerOptions(): readonly Option[] {
  const scan = useScan()
  const setups = inventoryOf(scan.value)?.setups.filter((one) => one.kind !== 'process') ?? []
  return setups.map(({ label, file }) => ({ value: label, name: label, detail: file }))
}

interface PickProps {
  readonly label: string
  readonly options: readonly Option[]
  readonly chosen: readonly string[]
  readonly turn: (value: string) => void
  readonly isMany?: boolean
  /** Said when there is none. */
  readonly none: string
}

/** One or several of a list; nothing is ticked for the user. */
export function Pick({ label, options, chosen, turn, isMany, none }: PickProps): ReactElement {
  const name = useId()
  return (
    <fieldset className="picks">
      <legend className="label">{label}</legend>
      {options.length === 0 && <p className="s mid">{none}</p>}
      {options.map((option) => (
        <Tick
          key={option.value}
          {...(isMany === true ? {} : { type: 'radio' as const, name })}
          isOn={chosen.includes(option.value)}
          turn={() => turn(option.value)}
        >
          <span className="row">
            {option.colour !== undefined && <Tile id={option.value} colour={option.colour} size={20} />}
            <b className="nw">{option.name}</b> <span className="s dim cut">{option.detail}</span>
          </span>
        </Tick>
      ))}
    </fieldset>
  )
}
