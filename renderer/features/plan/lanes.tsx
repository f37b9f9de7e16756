import { useState, type KeyboardEvent, type ReactElement } from 'react'
import type { PlanIdentity, PlanInputs, PlanLane, PlanOutcome, PlanProof } from '../../../shared/domain/planner/index.ts'
import { duration } from '../../../shared/domain/words.ts'
import { movePlanned } from '../../state/plan.ts'
import { DRAGGED, useFollow, useLaneDrop } from './lane-drag.ts'
import { rowsOf } from './rows.ts'
import { chanceWords, intoGap } from './words.ts'

/** Beyond the gap's end the picture goes on for so much of its length. */
const AFTER = 0.12
/** Of one row of a lane, px. */
const ROW = 28

interface Props {
  readonly inputs: PlanInputs
  readonly outcome: PlanOutcome
  readonly selected: string | undefined
  readonly select: (id: string) => void
}

interface ChipProps {
  readonly identity: PlanIdentity
  readonly proof: PlanProof
  readonly segments: PlanLane['segments']
  readonly diskLabel: string
  readonly isOn: boolean
  readonly row: number
  readonly share: (at: number) => number
  readonly inputs: PlanInputs
  readonly onKey: (event: KeyboardEvent) => void
  readonly select: () => void
}

/** One proof on its lane: drag it, or move it with the arrow keys. */
function Chip(props: ChipProps): ReactElement {
  const { identity, proof, segments, diskLabel, isOn, row, share, inputs, onKey, select } = props
  const left = Math.min(98.5, share(proof.start))
  const width = Math.max(1.5, share(proof.end) - left)
  const inside = (at: number): number => (width <= 0 ? 0 : ((share(at) - left) / width) * 100)
  const words = `${identity.name} on ${diskLabel}: from ${intoGap(proof.start, inputs)} to ${intoGap(proof.end, inputs)} into the gap, on time in ${chanceWords(proof.chance)}`
  return (
    <button
      type="button"
      draggable
      data-chip={identity.id}
      className={isOn ? 'plan-chip on' : proof.chance < 0.9 ? 'plan-chip poor' : 'plan-chip'}
      style={{ left: `min(${left}%, 100% - 24px)`, width: `${width}%`, ...(row === 0 ? {} : { top: 3 + row * ROW }) }}
      aria-pressed={isOn}
      aria-label={words}
      aria-describedby="plan-lanes-hint"
      title={words}
      onClick={select}
      onKeyDown={onKey}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAGGED, identity.id)
        event.dataTransfer.effectAllowed = 'move'
        select()
      }}
    >
      {segments
        .filter((one) => one.is === 'pow')
        .map((one) => (
          <i key={one.from} style={{ left: `${inside(one.from)}%`, width: `${Math.max(0, inside(one.to) - inside(one.from))}%` }} />
        ))}
      <span className="cut">{identity.name}</span>
    </button>
  )
}

/** A typical gap, one lane a disk; identities are moved between disks here. */
export function Lanes({ inputs, outcome, selected, select }: Props): ReactElement {
  const { box, follow } = useFollow()
  const [told, setTold] = useState('')
  const length = inputs.gapClosesAt - inputs.gapOpensAt
  const share = (at: number): number => Math.max(0, Math.min(100, ((at - inputs.gapOpensAt) / (length * (1 + AFTER))) * 100))
  const labelOf = (disk: string): string => inputs.disks.find((one) => one.id === disk)?.label ?? disk
  const move = (id: string, disk: string): void => {
    const identity = inputs.identities.find((one) => one.id === id)
    if (identity === undefined || identity.disk === disk) return
    movePlanned(id, disk)
    setTold(`${identity.name} moved to ${labelOf(disk)}.`)
  }
  const over = useLaneDrop(box, move)
  const rows = new Map(
    inputs.disks.map((disk) => {
      const own = outcome.identities.filter((proof) => proof.disk === disk.id)
      return [disk.id, rowsOf(own.map(({ identity, start, end }) => ({ id: identity, start, end })))]
    }),
  )
  const heightOf = (disk: string): { readonly height?: number } => {
    const last = Math.max(0, ...(rows.get(disk)?.values() ?? []))
    return last === 0 ? {} : { height: 3 + (last + 1) * ROW }
  }
  const onKey = (identity: PlanIdentity, event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (by === 0) return
    event.preventDefault()
    const next = inputs.disks[inputs.disks.findIndex((one) => one.id === identity.disk) + by]
    if (next === undefined) return
    select(identity.id)
    follow(identity.id)
    move(identity.id, next.id)
  }
  return (
    <section className="card" aria-labelledby="plan-lanes">
      <div className="card-h">
        <h2 id="plan-lanes">A typical gap</h2>
        <span className="s dim" id="plan-lanes-hint">
          drag a proof to another disk, or move it with ↑ and ↓
        </span>
      </div>
      <div className="plan-lanes" ref={box}>
        {inputs.disks.map((disk) => (
          <div
            key={disk.id}
            role="group"
            aria-label={disk.label}
            className={over === disk.id ? 'plan-lane over' : 'plan-lane'}
            data-lane={disk.id}
          >
            <span className="cut" title={disk.detail}>
              {disk.label}
            </span>
            <div className="plan-track" style={heightOf(disk.id)}>
              {inputs.identities
                .filter((one) => one.disk === disk.id)
                .map((one) => {
                  const proof = outcome.identities.find(({ identity }) => identity === one.id)
                  if (proof === undefined) return null
                  const segments = outcome.lanes.find((lane) => lane.disk === disk.id)?.segments ?? []
                  return (
                    <Chip
                      key={one.id}
                      identity={one}
                      proof={proof}
                      segments={segments.filter(({ identity }) => identity === one.id)}
                      diskLabel={disk.label}
                      isOn={one.id === selected}
                      row={rows.get(disk.id)?.get(one.id) ?? 0}
                      share={share}
                      inputs={inputs}
                      onKey={(event) => onKey(one, event)}
                      select={() => select(one.id)}
                    />
                  )
                })}
              <i className="plan-deadline" style={{ left: `${share(inputs.gapClosesAt)}%` }} />
            </div>
          </div>
        ))}
        <div className="plan-lane plan-axis s dim" aria-hidden="true">
          <span />
          <div className="row between">
            <span>gap opens</span>
            <span>gap ends, {duration(length)}</span>
          </div>
        </div>
      </div>
      <p className="sr" role="status">
        {told}
      </p>
    </section>
  )
}
