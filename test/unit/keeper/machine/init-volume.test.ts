import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { initVolume, type InitVolume } from '../../../../electron/keeper/machine/init-volume.ts'
import type { InitRecord } from '../../../../shared/domain/init-job.ts'

let disk = ''
let points: readonly string[] = []
let volume: InitVolume
const job = (folder: string, more: Partial<InitRecord> = {}): InitRecord =>
  ({ folder, volume: disk, totalBytes: 1024, ...more }) as InitRecord

beforeEach(() => {
  disk = mkdtempSync(path.join(os.tmpdir(), 'sk-init-volume-'))
  points = ['/', disk]
  volume = initVolume({
    platform: 'linux',
    mounts: () => points.map((mountPoint) => ({ mountPoint, device: '8:1', fsType: 'ext4', source: '/dev/sda1', superOptions: '' })),
    resolve: (folder) => folder,
    readText: () => undefined,
    realPath: () => undefined,
    list: () => [],
  })
})
afterEach(() => rmSync(disk, { recursive: true, force: true }))

it('a disk that is there is not gone, whatever else is mounted', async () => {
  expect(volume.mountPointOf(path.join(disk, 'post'))).toBe(disk)
  expect(await volume.gone(job(disk))).toBeUndefined()
})

it('an empty mount point is a disk that is gone, and is named', async () => {
  points = ['/']
  const text = `the disk at ${disk} is gone; attach it there again, and it goes on`
  expect(await volume.gone(job(disk))).toEqual({ because: 'drive', text })
})

it('of a job of an older version, only a folder that is missing tells it', async () => {
  points = ['/']
  const folder = path.join(disk, 'post')
  mkdirSync(folder)
  expect(await volume.gone(job(folder, { volume: undefined }))).toBeUndefined()
  rmSync(folder, { recursive: true })
  expect(await volume.gone(job(folder, { volume: undefined }))).toMatchObject({
    because: 'drive',
    text: expect.stringContaining(folder) as string,
  })
})

it('a disk with room for all that is left is not full', async () => {
  expect(await volume.full(job(disk), 0)).toBeUndefined()
  expect(await volume.full(job(disk), 1024)).toBeUndefined()
})
