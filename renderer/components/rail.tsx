import type { ReactElement } from 'react'
import { Icon, Logo, type IconName } from './icons.tsx'

export interface RailItem {
  readonly room: string
  readonly label: string
  readonly icon: IconName
  readonly key: string
  readonly count?: number
  /** Says that something of the room wants a look; may draw nothing. */
  readonly mark?: ReactElement
}

interface Props {
  readonly items: readonly RailItem[]
  readonly here: string
  readonly open: (room: string) => void
  readonly toggleTheme: () => void
  /** A fact above the local time, e.g. how the backups stand. */
  readonly foot?: ReactElement | null
}

const zone = (): string => {
  const minutes = -new Date().getTimezoneOffset()
  const hours = minutes / 60
  return minutes === 0 ? 'UTC' : `UTC${hours > 0 ? '+' : ''}${hours}`
}

/** The rooms, on the left; icons only in a narrow window. */
export function Rail({ items, here, open, toggleTheme, foot }: Props): ReactElement {
  return (
    <nav className="rail" aria-label="Rooms">
      <div className="brand">
        <Logo />
        <span>Smeshkeeper</span>
      </div>
      {items.map((item) => (
        <button
          key={item.room}
          type="button"
          className="nav"
          title={`${item.label} (g ${item.key})`}
          aria-current={here === item.room ? 'page' : undefined}
          onClick={() => open(item.room)}
        >
          <Icon name={item.icon} />
          <span className="lbl">{item.label}</span>
          {item.count !== undefined && item.count > 0 && (
            <span className="count" aria-hidden="true">
              {item.count}
            </span>
          )}
          {item.mark}
        </button>
      ))}
      <div className="railfoot">
        {foot}
        <div className="row between">
          <span className="lbl dim">Local time, {zone()}</span>
          <button type="button" className="theme" aria-label="Switch between light and dark" onClick={toggleTheme}>
            <Icon name="theme" />
          </button>
        </div>
      </div>
    </nav>
  )
}
