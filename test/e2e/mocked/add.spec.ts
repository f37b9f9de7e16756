import { expect, test } from '@playwright/test'
import { anInitJob, anInitPlan } from '../../builders/machine.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { AddRoom } from '../pages/add.ts'
import { look, lookAtAllSizes } from './looks.ts'
import { startMocked, type Mocked } from './mocked.ts'

let mocked: Mocked
let room: AddRoom

const TIB = 2 ** 40
const ok = (value: unknown) => ({ ok: true, value })
const harbor = anInitJob()
const lark = anInitJob({ id: 'init-lark', identity: anId(10), name: 'Lark', stage: { is: 'queued' }, doneBytes: 0, samples: [], parts: [] })
const moor = anInitJob({ ...lark, id: 'init-moor', identity: anId(11), name: 'Moor' })
const arrival = {
  folder: '/mnt/south/rented',
  identity: anId(12),
  is: 'arriving',
  doneBytes: TIB,
  totalBytes: 2 * TIB,
  bytesPerSecond: 94_371_840,
  etaAt: NOW + 3 * 3_600_000,
  sentence: '1.0 TiB of 2.0 TiB is here and whole so far',
  problems: [],
  seenAt: NOW - 20_000,
}
const state = (jobs: readonly unknown[], arrivals: readonly unknown[] = []) => ({ jobs, arrivals, benchmark: { is: 'idle' }, tested: [] })

test.beforeAll(async () => {
  mocked = await startMocked()
  room = new AddRoom(mocked.page)
})
test.afterAll(async () => mocked.app.close())
test.beforeEach(async () => {
  await mocked.size(1280, 800)
  await mocked.answer('init.state', ok(state([harbor, lark], [arrival])))
  await mocked.answer('init.plan', ok(anInitPlan()))
  await mocked.show(aSnapshot())
  await mocked.page.reload()
  await expect(room.headline).toBeVisible()
  await room.open()
})

test('a new identity: key, folder and size, plan, queue', async () => {
  await expect(room.headline).toHaveText('Add an identity')
  await room.name('Moor')
  await lookAtAllSizes(mocked, 'add-key')
  await room.next()
  await expect(room.headline).toContainText('on East')
  await expect(room.disk('North')).toBeDisabled()
  await room.disk('South').check()
  await room.size.press('End')
  await expect(room.headline).toContainText('5.9')
  await room.disk('East').check()
  await lookAtAllSizes(mocked, 'add-folder')
  await room.seePlan()
  await expect(room.headline).toHaveText('New identity: 4.0 TiB on East, ready Fri 5 Dec')
  await lookAtAllSizes(mocked, 'add-plan')
  await room.begin.click()
  await mocked.publish('init.changed', state([harbor, lark, moor], [arrival]))
  await expect(room.headline).toContainText('Harbor is 41.2')
  await lookAtAllSizes(mocked, 'add-queue')
  await room.press('Move Moor up')
  await expect.poll(() => mocked.calls('init.reorder')).toEqual([{ ids: ['init-moor', 'init-lark'] }])
})

test('a refused plan says why and cannot be begun', async () => {
  const refusals = [{ code: 'init/other-key', text: 'The folder holds data of another key', fix: 'Choose an empty folder' }]
  await mocked.answer('init.plan', ok(anInitPlan({ refusals })))
  await room.name('Moor')
  await room.next()
  await room.seePlan()
  await expect(mocked.page.getByRole('region', { name: 'Why it cannot be begun' })).toContainText('Choose an empty folder.')
  await expect(room.begin).toBeDisabled()
  await look(mocked, 'add-refused')
})

test('a job that stopped, one paused, data that is whole; discarding says that data stays', async () => {
  const failed = anInitJob({
    stage: { is: 'failed', at: NOW, code: 'disk-full', text: 'South is full.', fix: 'Free 12 GiB, then try again.' },
  })
  const paused = anInitJob({
    ...lark,
    doneBytes: TIB,
    stage: { is: 'paused', because: 'proof', text: 'paused until the proof of Basalt is done', since: NOW },
  })
  const jobs = state(
    [failed, paused, moor],
    [{ ...arrival, is: 'whole', doneBytes: 2 * TIB, sentence: 'All 512 files are here and whole' }],
  )
  await mocked.answer('init.state', ok(jobs))
  await mocked.publish('init.changed', jobs)
  await mocked.page.getByRole('button', { name: '2 of 3 in the queue' }).click()
  await expect(room.headline).toHaveText('Harbor stopped and needs you')
  await expect(room.job('Lark')).toContainText('paused until the proof of Basalt is done')
  await lookAtAllSizes(mocked, 'add-stopped')
  await room.press('Discard… Harbor')
  await expect(mocked.page.getByRole('dialog')).toContainText('stay in /mnt/south/post-harbor')
  await look(mocked, 'add-discard')
  await room.press('Keep it')
  await expect(mocked.page.getByRole('dialog')).toHaveCount(0)
})
