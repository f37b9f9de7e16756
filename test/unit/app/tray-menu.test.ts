import { describe, expect, it } from 'vitest'
import { trayView } from '../../../electron/app/tray-menu.ts'
import { anIdentity, aNode, aSnapshot, STATUSES } from '../../builders/snapshot.ts'

const only = (status: keyof typeof STATUSES, node = aNode()) =>
  trayView(aSnapshot({ identities: [anIdentity({ status: STATUSES[status]() })], alarms: [], node }))

describe('tray', () => {
  it('is offline, and says so, while no keeper answers', () => {
    expect(trayView(undefined)).toEqual({ icon: 'offline', tooltip: 'Smeshkeeper: the keeper does not answer', lines: [] })
  })
  it.each([
    ['published', 'ok'],
    ['reading', 'working'],
    ['queued', 'working'],
    ['needsService', 'attention'],
    ['failed', 'attention'],
    ['driveMissing', 'attention'],
  ] as const)('shows %s as %s', (status, icon) => {
    expect(only(status).icon).toBe(icon)
  })
  it('shows a node that is away as offline, and trouble of an identity before it', () => {
    expect(only('published', aNode({ kind: 'unreachable' })).icon).toBe('offline')
    expect(only('failed', aNode({ kind: 'failed' })).icon).toBe('attention')
  })
  it('has one line an identity that names it and leads to it', () => {
    const identity = anIdentity({ name: 'Amber', status: STATUSES.reading() })
    const [line] = trayView(aSnapshot({ identities: [identity] })).lines
    expect(line).toEqual({ label: `◔  Amber: ${identity.status.sentence}`, identity: identity.id })
  })
  it('lists only those in need when there are more than twelve, and counts the rest', () => {
    const identities = Array.from({ length: 40 }, (_, index) =>
      anIdentity({ index, status: index === 7 ? STATUSES.failed() : STATUSES.published() }),
    )
    const { lines } = trayView(aSnapshot({ identities }))
    expect(lines.map((line) => line.identity)).toEqual([identities[7]?.id, undefined])
    expect(lines[1]?.label).toBe('39 more without trouble')
  })
})
