import { describe, expect, it } from 'vitest'
import type { DiskSystem } from '../../../electron/hardware/index.ts'
import { answeringFiles } from '../../../electron/vault/answering-files.ts'
import { planBackup } from '../../../electron/vault/collect.ts'
import { makeBackup } from '../../../electron/vault/make.ts'
import { BACKUP_PARTS } from '../../../shared/domain/backup.ts'
import { aJob, aKey, aMachine, DATA, NOW, STICK, tools } from './helpers.ts'

const mounts = ['/', '/proc', '/pos/1', STICK].map((mountPoint) => ({
  mountPoint,
  device: '',
  fsType: mountPoint === '/proc' ? 'proc' : 'ext4',
  source: '',
  superOptions: '',
}))
const system: DiskSystem = {
  platform: 'linux',
  mounts: () => mounts,
  readText: () => undefined,
  realPath: () => undefined,
  list: () => [],
  resolve: (folder) => folder,
}
const silent =
  (...points: readonly string[]) =>
  async (mountPoint: string): Promise<boolean> =>
    !points.includes(mountPoint)

describe('a drive that does not answer', () => {
  it('keeps no key from being backed up; what lies on it is left out and told', async () => {
    const disk = aMachine()
    const files = await answeringFiles(silent('/pos/1', '/proc'), system, disk)
    const made = await makeBackup(aJob(), tools(files))
    expect(made).toMatchObject({
      ok: true,
      value: { identities: [aKey(1).id, aKey(2).id], leftOut: [expect.stringMatching(/does not answer/) as string] },
    })
    expect(disk.operations.some(({ path }) => path.startsWith('/pos/1'))).toBe(false)
  })

  it('is a problem of the plan', async () => {
    const files = await answeringFiles(silent('/pos/1'), system, aMachine())
    const key = { path: `${DATA}/identities/north.key`, identity: aKey(1).id, form: 'good', place: 'node', modifiedAt: NOW } as const
    const sources = {
      keys: [key],
      names: {},
      nodes: [],
      posFolders: [{ path: '/pos/1' }],
      records: [],
      extraFiles: [],
      offered: [],
      parts: BACKUP_PARTS,
    }
    const planned = planBackup(sources, files)
    expect(planned.ok && planned.value.plan.problems).toEqual([
      expect.stringMatching(/postdata_metadata\.json is not in the backup: .*does not answer/),
    ])
  })

  it('is no place for a backup', async () => {
    const files = await answeringFiles(silent(STICK), system, aMachine())
    expect(await makeBackup(aJob(), tools(files))).toMatchObject({ fault: { code: 'backup/no-place' } })
  })

  it('costs nothing when all answer', async () => {
    const disk = aMachine()
    expect(await answeringFiles(silent(), system, disk)).toBe(disk)
  })
})
