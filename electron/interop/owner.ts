import type { Owner } from '../../shared/domain/process.ts'

export interface Ownership {
  readonly owner: Owner
  /** Unit or container, for the user. */
  readonly label?: string
}

/** Services that only lend their cgroup to what a person or a timetable started in them. */
const HOSTS =
  /^(user@\d+|session-\w+|cron|crond|cronie|anacron|atd|ssh|sshd|sshd@.*|dbus|dbus-broker|docker|containerd|podman|gnome-terminal-server|tmux|screen|getty@.*|rc-local|systemd-.*)\.service$/
const CONTAINER =
  /(?:docker|cri-containerd|libpod|crio|nerdctl)-([0-9a-f]{12,64})\.scope$|\/(?:docker|libpod|lxc|containerd|kubepods)\/(?:[^/]+\/)*([0-9a-f]{12,64})$/

/** Units of our own supervisor: `smeshkeeper-<scope>-<name>.service`. */
export const isOwnUnit = (unit: string): boolean => /^smeshkeeper-.+\.service$/.test(unit)

/** The control group that says most: version 2's, else systemd's own of version 1. */
function groupOf(text: string): string {
  const lines = text.split('\n').map((line) => line.split(':'))
  const found =
    lines.find(([id, controllers]) => id === '0' && controllers === '') ?? lines.find(([, controllers]) => controllers === 'name=systemd')
  const group = found?.slice(2).join(':') ?? ''
  if (group !== '' && group !== '/') return group
  return lines.map((line) => line.slice(2).join(':')).find((path) => CONTAINER.test(path)) ?? group
}

/** systemd writes `-` in names as `\x2d` in paths of units that it made itself. */
const unescapeUnit = (name: string): string =>
  name.replaceAll(/\\x([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/**
 * Who runs a process, from `/proc/<pid>/cgroup`.
 * @returns undefined when it says nobody: a terminal, a log-in session, a desktop
 */
export function ownerByGroup(text: string): Ownership | undefined {
  const group = groupOf(text)
  const container = CONTAINER.exec(group)
  if (container !== null) return { owner: 'docker', label: `container ${(container[1] ?? container[2] ?? '').slice(0, 12)}` }
  const unit = group
    .split('/')
    .toReversed()
    .find((part) => part.endsWith('.service') || part.endsWith('.scope'))
  if (unit === undefined || unit.endsWith('.scope')) return undefined
  const name = unescapeUnit(unit)
  if (HOSTS.test(name)) return undefined
  return isOwnUnit(name) ? { owner: 'smeshkeeper', label: name } : { owner: 'systemd', label: name }
}
