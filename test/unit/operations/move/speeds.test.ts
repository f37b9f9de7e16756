import { describe, expect, it } from 'vitest'
import { lanesOf, parseMountInfo, type DiskSystem } from '../../../../electron/hardware/index.ts'
import { speedsBetween } from '../../../../electron/operations/plan-inputs/move.ts'

const MOUNTS = parseMountInfo(`1 0 8:2 / / rw - ext4 /dev/sda2 rw
2 1 0:60 / /mnt/old rw - nfs4 nas.lan:/export/old rw
3 1 0:61 / /mnt/new rw - nfs4 box.lan:/export/new rw
`)
const disks: DiskSystem = {
  platform: 'linux',
  mounts: () => MOUNTS,
  resolve: (folder) => folder,
  realPath: () => undefined,
  readText: () => undefined,
  list: () => [],
}
const laneOf = (folder: string): string => lanesOf([folder], disks).get(folder)?.id ?? ''

describe('speeds of a move', () => {
  const known = [
    { lane: laneOf('/mnt/old/pos'), read: 180e6, write: 90e6 },
    { lane: laneOf('/mnt/new'), read: 250e6, write: 140e6 },
  ]

  it('are what was measured of both disks: reading of the old, writing and reading of the new', () => {
    expect(speedsBetween('/mnt/old/pos', '/mnt/new/pos', disks, known)).toEqual({
      read: 180e6,
      write: 140e6,
      readBack: 250e6,
      isOneDisk: false,
    })
  })

  it('tell that one disk does both', () => {
    expect(speedsBetween('/mnt/old/pos', '/mnt/old/other', disks, known)).toMatchObject({ read: 180e6, write: 90e6, isOneDisk: true })
  })

  it('are left open where nothing was measured', () => {
    expect(speedsBetween('/mnt/old/pos', '/mnt/new/pos', disks, [{ lane: laneOf('/mnt/new') }])).toEqual({ isOneDisk: false })
  })
})
