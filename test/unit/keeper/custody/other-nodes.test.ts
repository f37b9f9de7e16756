import { describe, expect, it } from 'vitest'
import { otherNodes } from '../../../../electron/keeper/custody/other-nodes.ts'
import type { FoundNode, Inventory } from '../../../../shared/domain/inventory.ts'
import { aFoundNode, aFoundProcess, anInventory } from '../../../builders/inventory.ts'

const OWN = '/home/me/ours'
const starter = (label: string): FoundNode['starters'][number] => ({ owner: 'systemd', label, isAutomatic: true })
const node = (dataFolder: string, ...labels: string[]): FoundNode => aFoundNode({ dataFolder, starters: labels.map(starter) })
const found = (...nodes: FoundNode[]): Inventory => anInventory({ nodes })
const others = (processes: Parameters<typeof otherNodes>[0], inventory?: Inventory, pids: number[] = []) =>
  otherNodes(processes, inventory, { dataFolder: OWN, pids: new Set(pids) })

describe('nodes beside ours', () => {
  it('are told by their process, with its unit, and by what would start them, the running ones first', () => {
    expect(others([aFoundProcess({ folder: '/a' })], found(node('/b', 'old-node.service', 'Smapp')))).toEqual([
      { dataFolder: '/a', grade: 'running', by: 'process 4711 (spacemesh.service)', pid: 4711 },
      { dataFolder: '/b', grade: 'configured', by: 'old-node.service, Smapp' },
    ])
  })

  it.each([
    ['a user', 'someone', 'process 4711'],
    ['Smapp', 'smapp', 'process 4711 (smapp)'],
  ] as const)('that %s runs are named so', (_who, owner, by) => {
    const { ownerLabel: _unit, ...process } = aFoundProcess({ folder: '/a', owner })
    expect(others([process])).toEqual([expect.objectContaining({ by })])
  })

  it('are not our own folder and not our own children', () => {
    const processes = [
      aFoundProcess({ pid: 1, folder: OWN }),
      aFoundProcess({ pid: 2, folder: '/moved/elsewhere' }), // ours, before it was moved in the set-up
    ]
    expect(others(processes, found(node(OWN, 'Smeshkeeper')), [2])).toEqual([])
  })

  it('count once, as running, when their folder is also configured', () => {
    expect(others([aFoundProcess({ folder: '/a' })], found(node('/a', 'spacemesh.service')))).toEqual([
      expect.objectContaining({ dataFolder: '/a', grade: 'running' }),
    ])
  })

  it('are no folders that nothing starts, no services, and no process whose folder is unknown', () => {
    const { folder: _unknown, ...blind } = aFoundProcess()
    expect(others([aFoundProcess({ program: 'post-service', folder: '/pos' }), blind], found(node('/backup')))).toEqual([])
    expect(others([])).toEqual([])
  })
})
