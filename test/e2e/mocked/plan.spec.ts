import { expect, test } from '@playwright/test'
import { aPlanIdentity, planInputs } from '../../builders/machine.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { PlanRoom } from '../pages/plan.ts'
import { look, lookAtAllSizes } from './looks.ts'
import { startMocked, type Mocked } from './mocked.ts'

let mocked: Mocked
let room: PlanRoom

const HOUR = 3_600_000
const ok = (value: unknown) => ({ ok: true, value })
const today = planInputs({ gapOpensAt: NOW + HOUR, gapClosesAt: NOW + 13 * HOUR, publishEndsAt: NOW + 109 * HOUR })

test.beforeAll(async () => {
  mocked = await startMocked()
  room = new PlanRoom(mocked.page)
})
test.afterAll(async () => mocked.app.close())
test.beforeEach(async () => {
  await mocked.size(1280, 800)
  await mocked.answer('plan.inputs', ok(today))
  await mocked.answer('plan.saved', ok([]))
  await mocked.show(aSnapshot())
  await mocked.page.reload()
  await expect(room.headline).toBeVisible()
  await room.open()
})

test('says how many proofs are on time, and follows what is dragged and moved by keys', async () => {
  const { page } = mocked
  await expect(room.headline).toContainText('All 7 proofs are on time in')
  await expect(page.getByText(/10.000 simulated gaps/)).toBeVisible()
  await expect(room.ways.getByText('tried for you, all else equal')).toBeVisible()
  expect(page.workers().length, 'worked out beside the page, as its policy allows').toBe(2)
  await lookAtAllSizes(mocked, 'plan')

  await room.chip('Amber').dragTo(room.lane('South'))
  await expect(room.lane('South').getByRole('button', { name: /^Amber on South/ })).toBeVisible()
  await expect(room.headline).toContainText('So changed, all 7 proofs')
  await room.chip('Amber').press('ArrowUp')
  await expect(room.lane('East').getByRole('button', { name: /^Amber on East/ })).toBeFocused()
  await room.nonces('Amber', 288)
  for (let step = 0; step < 3; step += 1) await room.press('Undo')
  await expect(room.lane('North').getByRole('button', { name: /^Amber on North/ })).toBeVisible()
})

test('uses what was tried: settings at once, moves in Migrate', async () => {
  await room.chip('Amber').click()
  await room.nonces('Amber', 192)
  await room.chip('Amber').press('ArrowUp')
  await room.press('Use this set-up…')
  await expect(room.dialog).toContainText('Amber: 192 nonces, not 128')
  await look(mocked, 'plan-use')
  await room.press('Put 1 change into the set-up')
  await expect(room.dialog).toContainText('Services that prove now keep theirs')
  expect(await mocked.calls('plan.use')).toEqual([{ identities: [{ identity: anId(3), nonces: 192 }] }])
  await room.dialog.getByRole('button', { name: /^Move it in Migrate/ }).click()
  await expect(mocked.page.getByRole('heading', { level: 1 })).not.toContainText('proofs')
})

test('plays with a new identity on a new disk, keeps it and says what was assumed', async () => {
  await mocked.answer('plan.inputs', ok({ ...today, disks: today.disks.map(({ bytesPerSecond: _unmeasured, ...disk }) => disk) }))
  await mocked.page.reload()
  await expect(room.headline).toBeVisible()
  await room.open()
  await expect(mocked.page.getByText(/was never measured/)).toBeVisible()
  await room.press('Add an identity')
  await room.press('Add a disk')
  await expect(room.headline).toContainText('With the new one, the 8 proofs do not fit into the gap')
  await lookAtAllSizes(mocked, 'plan-new')
  await room.press('Save as…')
  await mocked.page.getByRole('textbox', { name: 'Name' }).fill('With Moor')
  await mocked.answer('plan.saved', ok([{ name: 'With Moor', at: NOW, draft: {} }]))
  await room.press('Keep it')
  await expect(mocked.page.getByRole('region', { name: 'Kept' })).toContainText('With Moor')
})

test('draws proofs of one disk that overlap below each other', async () => {
  // Three hours of proof of work each: one after the other they do not fit, beside each other's reading they do.
  const disks = today.disks.map((disk) => ({ ...disk, bytesPerSecond: 200e6, spread: 0.03 }))
  const times = { lastPowMs: 3 * HOUR, lastPreparingMs: 60_000 }
  const identities = [0, 1, 2].map((i) =>
    aPlanIdentity(i, { disk: 'disk:east', numUnits: 16, totalBytes: 16 * 2 ** 36, threads: 8, ...times }),
  )
  await mocked.answer('plan.inputs', ok({ ...today, disks, identities }))
  await mocked.page.reload()
  await room.open()
  const chips = room.lane('East').getByRole('button')
  await expect(chips).toHaveCount(3)
  const boxes = await Promise.all([0, 1, 2].map((at) => chips.nth(at).boundingBox()))
  const covers = boxes.flatMap((one, at) =>
    boxes
      .slice(at + 1)
      .filter((other) => one !== null && other?.y === one.y && other.x < one.x + one.width && one.x < other.x + other.width),
  )
  expect(new Set(boxes.map((box) => box?.y)).size).toBeGreaterThan(1)
  expect(covers).toEqual([])
  await look(mocked, 'plan-overlap')
})
