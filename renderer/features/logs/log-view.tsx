import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactElement } from 'react'
import { bytes } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Icon } from '../../components/icons.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { useLog, type MinLevel } from './use-log.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
const NEAR_TOP_PX = 200
const NEAR_END_PX = 30

interface ToolsProps {
  readonly level: MinLevel
  readonly isFollowing: boolean
  readonly filter: string
  readonly setLevel: (level: MinLevel) => void
  readonly setFollowing: (on: boolean) => void
  readonly setFilter: (text: string) => void
  readonly jump: (direction: 'back' | 'forward') => void
}

function Tools(props: ToolsProps): ReactElement {
  return (
    <div className="log-tools">
      <span className="seg" role="group" aria-label="Least level">
        {LEVELS.map((level) => (
          <button
            key={level}
            type="button"
            className={props.level === level ? 'on' : ''}
            aria-pressed={props.level === level}
            onClick={() => props.setLevel(level)}
          >
            {level}
          </button>
        ))}
      </span>
      <label className="input">
        <Icon name="search" />
        <input
          type="search"
          data-search
          placeholder="Filter loaded lines"
          aria-label="Filter loaded lines"
          value={props.filter}
          onChange={(event) => props.setFilter(event.target.value)}
        />
      </label>
      <button type="button" className="btn sm" onClick={() => props.jump('back')}>
        <Icon name="up" />
        Previous error
      </button>
      <button type="button" className="btn sm" onClick={() => props.jump('forward')}>
        <Icon name="down" />
        Next error
      </button>
      <button
        type="button"
        className={props.isFollowing ? 'chip on' : 'chip'}
        aria-pressed={props.isFollowing}
        onClick={() => props.setFollowing(!props.isFollowing)}
      >
        Follow
      </button>
    </div>
  )
}

/** One log: levels, filter, errors, older lines on scroll, new ones while following. */
export function LogView({ name }: { readonly name: string }): ReactElement {
  const [level, setLevel] = useState<MinLevel>('debug')
  const [isFollowing, setFollowing] = useState(true)
  const [filter, setFilter] = useState('')
  const log = useLog(name, level, isFollowing)
  const box = useRef<HTMLDivElement>(null)
  const heightBefore = useRef(0)
  const text = filter.trim().toLowerCase()
  const lines = useMemo(
    () => (text === '' ? log.buffer.lines : log.buffer.lines.filter((line) => line.text.toLowerCase().includes(text))),
    [log.buffer, text],
  )

  useLayoutEffect(() => {
    const view = box.current
    if (view === null) return
    if (isFollowing) view.scrollTop = view.scrollHeight
    else if (view.scrollTop < NEAR_TOP_PX && heightBefore.current > 0) view.scrollTop += view.scrollHeight - heightBefore.current
    heightBefore.current = view.scrollHeight
  }, [lines, isFollowing])
  useEffect(() => {
    if (log.found !== undefined) box.current?.querySelector(`[data-offset="${log.found}"]`)?.scrollIntoView({ block: 'center' })
  }, [log.found, lines])

  const onScroll = (): void => {
    const view = box.current
    if (view === null) return
    const isAtEnd = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END_PX
    if (isFollowing && !isAtEnd) setFollowing(false)
    if (view.scrollTop < NEAR_TOP_PX && !isFollowing) void log.older()
  }
  const jump = (direction: 'back' | 'forward'): void => {
    setFollowing(false)
    void log.jump(direction, log.found ?? (direction === 'back' ? log.buffer.endOffset : log.buffer.startOffset))
  }
  const follow = (on: boolean): void => {
    setFollowing(on)
    if (on) void log.newest()
  }
  return (
    <section className="card log-view" aria-label={`Log ${name}`}>
      <Tools
        level={level}
        isFollowing={isFollowing}
        filter={filter}
        setLevel={setLevel}
        setFollowing={follow}
        setFilter={setFilter}
        jump={jump}
      />
      <FaultNote fault={log.fault} retry={() => void log.newest()} />
      <div className="log-lines" ref={box} role="log" aria-live="off" aria-label="Lines" onScroll={onScroll}>
        {!log.isLoaded && <Skeleton rows={8} step="Reading the end of the log" />}
        {log.isLoaded && log.fault === undefined && (
          <div className="log-edge s">
            {log.buffer.startOffset === 0 ? (
              'Begin of the log'
            ) : (
              <button type="button" className="link" onClick={() => void log.older()}>
                Older lines, {bytes(log.buffer.startOffset)} before this
              </button>
            )}
          </div>
        )}
        {lines.map((line) => (
          <div key={line.offset} data-offset={line.offset} className={`log-line ${line.level}${log.found === line.offset ? ' found' : ''}`}>
            <span className="level">{line.level === 'none' ? '' : line.level}</span>
            <span>{line.text}</span>
          </div>
        ))}
        {log.isLoaded && lines.length === 0 && log.fault === undefined && <p className="log-edge">No line of this level here.</p>}
      </div>
      {log.note !== undefined && (
        <p className="log-edge s" role="status">
          {log.note}
        </p>
      )}
    </section>
  )
}
