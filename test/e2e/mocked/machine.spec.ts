import { expect, test } from '@playwright/test'
import { setupSchema } from '../../../shared/setup/schema.ts'
import { aMachineReport, anInitJob, aReadyReport, aRehearsal, aVerifyRun, fileCellsOf } from '../../builders/machine.ts'
import { anOperationPlan } from '../../builders/operation.ts'
import { anId, aSnapshot } from '../../builders/snapshot.ts'
import { Frame } from '../pages/frame.ts'
import { MachineRoom } from '../pages/machine.ts'
import { look, lookAtAllSizes } from './looks.ts'
import { startMocked, type Mocked } from './mocked.ts'

let mocked: Mocked
let room: MachineRoom

const ok = (value: unknown) => ({ ok: true, value })
const amber = anId(3)
const COINBASE = 'sm1qqqqqqqhc5t0eaxdlzqhnkuqmtuhf3v60r4aqlchq2pmk'
const coinbase = {
  coinbase: COINBASE,
  source: 'setup.json',
  sentence: `Rewards of all 7 identities go to ${COINBASE}. One node, one coinbase.`,
}

test.beforeAll(async () => {
  mocked = await startMocked()
  room = new MachineRoom(mocked.page)
})
test.afterAll(async () => mocked.app.close())
test.beforeEach(async () => {
  await mocked.size(1280, 800)
  await mocked.answer('verify.state', ok({ runs: [], rehearsals: [] }))
  await mocked.answer('verify.map', ok({ files: fileCellsOf(1024), fileBytes: 4 * 2 ** 30 }))
  await mocked.answer('coinbase.read', ok(coinbase))
  await mocked.show(aSnapshot())
  await mocked.page.reload()
  await expect(room.headline).toContainText('on time')
})

test('says what the computer can do, disk by disk, and measures when asked', async () => {
  await room.open()
  await expect(room.headline).toHaveText('Fast enough for 7 proofs; North has 12 % in reserve')
  await lookAtAllSizes(mocked, 'machine')
  await room.press('Measure the disks')
  await expect.poll(() => mocked.calls('machine.measure')).toEqual([{ what: 'read', acceptsNow: true }])
  const report = aMachineReport()
  const test = { is: 'running', what: 'read', startedAt: report.at, percent: 40 } as const
  await mocked.publish('machine.changed', { ...report, disks: report.disks.map((disk, at) => (at === 0 ? { ...disk, test } : disk)) })
  await room.press('North')
  await expect(room.disk('East').getByRole('progressbar')).toBeVisible()
  await lookAtAllSizes(mocked, 'machine-measuring')
})

test('says of each provider what its test found, and tests what lacks one', async () => {
  const gpu = {
    id: 0,
    name: 'GeForce RTX 4070',
    measuredAt: aMachineReport().at - 60_000,
    labels: 'correct',
    bytesPerSecond: 5.2 * 2 ** 20,
  }
  const state = (...tested: unknown[]) => ({ jobs: [], arrivals: [], benchmark: { is: 'idle' }, tested })
  await mocked.answer('init.state', ok(state(gpu)))
  await room.open()
  const card = room.card('OpenCL devices')
  await expect(card).toContainText('labels correct')
  await card.scrollIntoViewIfNeeded()
  await lookAtAllSizes(mocked, 'machine-providers')
  await mocked.publish('init.changed', state({ ...gpu, labels: 'wrong' }))
  await expect(card).toContainText('Do not make PoS data with it')
  await look(mocked, 'machine-wrong-labels')
  await room.press('Test')
  expect(await mocked.calls('init.benchmark')).toEqual([{}])
  await mocked.answer('init.state', ok(state()))
})

test('says before a gap what is not ready, and what is being written', async () => {
  await mocked.publish('ready.changed', aReadyReport())
  await mocked.publish('init.changed', { jobs: [anInitJob()], arrivals: [], benchmark: { is: 'idle' }, tested: [] })
  await expect(room.card('Ready for the gap')).toContainText('Ready for Sunday: 6 of 7')
  await room
    .card('Ready for the gap')
    .getByText(/^What is not ready/)
    .click()
  await expect(room.card('Ready for the gap')).toContainText('Connect the drive West.')
  await expect(room.card('New PoS data')).toContainText('Harbor')
  await lookAtAllSizes(mocked, 'ready')
  await room.press('Show the queue')
  await expect(room.headline).not.toContainText('on time')
})

test('checks PoS data file by file, makes a bad one anew and rehearses', async () => {
  const { page } = mocked
  await page.locator('.list-scroll').getByText('Amber', { exact: true }).click()
  await expect(room.headline).toContainText('Amber: ')
  await expect(room.card('PoS data')).toContainText('1024 files of 4.0 GiB')
  await look(mocked, 'verify-not-checked')
  await room.press('Check the data')
  await expect.poll(() => mocked.calls('verify.begin')).toEqual([{ identity: amber, fractionPercent: 0.1 }])
  const states = { 211: 'bad', 388: 'short', 640: 'checking' } as const
  const rest = Object.fromEntries(Array.from({ length: 383 }, (_, at) => [641 + at, 'unchecked' as const]))
  await mocked.answer('verify.map', ok({ files: fileCellsOf(1024, { ...rest, ...states }), fileBytes: 4 * 2 ** 30 }))
  const run = aVerifyRun({
    filesDone: 640,
    badFiles: [211, 388],
    sentence: '640 of 1024 files of Amber checked, done in about 2 h. 2 are bad: 211, 388.',
  })
  await mocked.publish('verify.changed', { runs: [run], rehearsals: [aRehearsal()] })
  await expect(page.getByRole('img', { name: /^1024 files: 1 bad, 1 too short, 1 checked now/ })).toBeVisible()
  await lookAtAllSizes(mocked, 'verify')
  await page.getByRole('button', { name: 'Make it anew… File 211' }).click()
  await expect.poll(() => mocked.calls('verify.rewriteFile')).toEqual([{ identity: amber, file: 211 }])
  await room.press('Rehearse again')
  await expect.poll(() => mocked.calls('verify.rehearse')).toEqual([{ identity: amber }])
})

test('shows where rewards go and plans another coinbase', async () => {
  const listeners = { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' }
  const programs = { binary: '/opt/go-spacemesh', dataFolder: '/data', configFile: '/data/config.json' }
  const setup = setupSchema.parse({
    version: 1,
    network: { preset: 'mainnet' },
    node: { mode: 'managed', ...programs, listeners, coinbase: COINBASE },
  })
  await mocked.answer('setup.read', ok({ setup, path: '/home/me/.config/smeshkeeper/config/setup.json', problems: [] }))
  await new Frame(mocked.page).open('Settings')
  await expect(room.card('Coinbase')).toContainText('One node, one coinbase.')
  await lookAtAllSizes(mocked, 'coinbase')
  await room.card('Coinbase').getByRole('button', { name: 'Change…' }).click()
  await expect(room.headline).toHaveText('Which account shall receive the rewards?')
  await mocked.answer('coinbase.check', {
    ok: false,
    fault: { code: 'coinbase/invalid', detail: 'stest1q is no address of mainnet', retry: 'user' },
  })
  await mocked.page.getByLabel('New coinbase').fill('stest1q')
  await expect(mocked.page.getByText('stest1q is no address of mainnet.')).toBeVisible()
  await lookAtAllSizes(mocked, 'coinbase-change')
  await mocked.answer('coinbase.check', ok({ address: 'sm1new' }))
  await mocked.answer('operations.plan', ok(anOperationPlan({ kind: 'coinbase' })))
  await mocked.page.getByLabel('New coinbase').fill('sm1new')
  await room.press('Make the plan')
  await expect.poll(() => mocked.calls('operations.plan')).toEqual([{ kind: 'coinbase', address: 'sm1new' }])
})
