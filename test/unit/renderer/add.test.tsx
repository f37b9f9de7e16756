import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AddPage } from '../../../renderer/features/add/add-page.tsx'
import { openJobs, startAdd } from '../../../renderer/state/init.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { Arrival, InitState } from '../../../shared/domain/initialization.ts'
import { anInitJob, anInitOptions, anInitPlan } from '../../builders/machine.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const TIB = 2 ** 40
const state = (more: Partial<InitState> = {}): InitState => ({ jobs: [], arrivals: [], benchmark: { is: 'idle' }, tested: [], ...more })
const anArrival = (more: Partial<Arrival> = {}): Arrival => ({
  folder: '/mnt/south/rented',
  identity: anId(8),
  is: 'arriving',
  doneBytes: TIB,
  totalBytes: 2 * TIB,
  bytesPerSecond: 90 * 1_048_576,
  sentence: '1.0 TiB of 2.0 TiB is here and whole so far',
  problems: [],
  seenAt: NOW - 20_000,
  ...more,
})

async function openAdd(prepare?: (fake: FakeApi) => void, part?: string): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  prepare?.(fake)
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<AddPage part={part} />)
  await settle()
  return fake
}
const settle = async (): Promise<void> => {
  for (let round = 0; round < 3; round += 1) await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
}
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const isOff = (name: string | RegExp): boolean => screen.getByRole<HTMLButtonElement>('button', { name }).disabled
const write = (label: string, value: string): boolean => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const headline = (): string => screen.getByRole('heading', { level: 1 }).textContent.replaceAll('\u2009', ' ')
const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input
const text = (pattern: RegExp): HTMLElement =>
  screen.getByText(
    (_, node) =>
      node !== null &&
      pattern.test(node.textContent.replaceAll('\u2009', ' ')) &&
      [...node.children].every((child) => !pattern.test(child.textContent.replaceAll('\u2009', ' '))),
  )

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
  routeStore.setState({ route: { room: 'add' }, past: [] })
  startAdd()
})
afterEach(() => vi.restoreAllMocks())

async function atFolder(prepare?: (fake: FakeApi) => void): Promise<FakeApi> {
  const fake = await openAdd(prepare)
  write('Name', 'Moor')
  press('Next: folder and size')
  await settle()
  return fake
}

describe('the key of a new identity', () => {
  it('needs a name when it is made here', async () => {
    await openAdd()
    expect(headline()).toBe('Add an identity')
    expect(isOff('Next: folder and size')).toBe(true)
    write('Name', 'Moor')
    expect(headline()).toBe('New identity: Moor')
    expect(isOff('Next: folder and size')).toBe(false)
  })

  it('is a public key only when it has 64 hex characters, or 44 in base64', async () => {
    await openAdd()
    fireEvent.click(screen.getByRole('radio', { name: /^Only a public key/ }))
    write('Public key', 'abc')
    expect(screen.getByText(/This is no identity/)).toBeTruthy()
    expect(isOff('Next: folder and size')).toBe(true)
    write('Public key', anId(9))
    expect(isOff('Next: folder and size')).toBe(false)
  })

  it('is one of those that are here without data', async () => {
    await openAdd((fake) => fake.answer('keys.held', ok([{ identity: anId(40), name: 'Kelp', file: 'kelp.key', heldAt: NOW, why: 'x' }])))
    fireEvent.click(screen.getByRole('radio', { name: /^A key that is here/ }))
    await settle()
    fireEvent.click(screen.getByRole('radio', { name: /^Kelp/ }))
    expect(headline()).toBe('New identity: Kelp')
    expect(screen.getByLabelText<HTMLInputElement>('Its id').value).toBe(anId(40))
  })
})

describe('folder, size and providers', () => {
  it('offers the first disk that can be taken, a folder by the name, and says why one cannot', async () => {
    await atFolder()
    expect(headline()).toBe('New identity: 4.0 TiB on East')
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'North' }).disabled).toBe(true)
    expect(screen.getByText('too little space')).toBeTruthy()
    expect(screen.getByLabelText<HTMLInputElement>('Folder of its own').value).toBe('/mnt/east/post-moor')
    fireEvent.click(screen.getByRole('radio', { name: 'South' }))
    expect(screen.getByLabelText<HTMLInputElement>('Folder of its own').value).toBe('/mnt/south/post-moor')
  })

  it('counts Space Units in bytes and files, to what the disk holds', async () => {
    await atFolder()
    const slider = screen.getByRole<HTMLInputElement>('slider', { name: 'Size in Space Units' })
    expect([slider.min, slider.max, slider.value]).toEqual(['4', '72', '64'])
    fireEvent.change(slider, { target: { value: '16' } })
    expect(headline()).toBe('New identity: 1.0 TiB on East')
    expect(text(/1\.0 TiB, 256 files of 4\.0 GiB/)).toBeTruthy()
    expect(text(/4\.5 TiB free − 0 B kept .* − 1\.0 TiB for this = 3\.5 TiB left/)).toBeTruthy()
    fireEvent.click(within(screen.getByRole('group', { name: 'Size of a file' })).getByRole('button', { name: /^2\.0/ }))
    expect(text(/1\.0 TiB, 512 files of 2\.0 GiB/)).toBeTruthy()
  })

  it('asks with what was chosen; several providers share the files', async () => {
    const fake = await atFolder()
    fireEvent.click(screen.getByRole('checkbox', { name: 'CPU, 16 threads' }))
    expect(text(/Together 5\.5 MiB\/s/)).toBeTruthy()
    press('128')
    press('See the plan')
    await settle()
    expect(headline()).toBe('New identity: 4.0 TiB on East, ready Fri 5 Dec')
    expect(inputOf(fake, 'init.plan')).toEqual({
      key: { is: 'new', name: 'Moor' },
      folder: '/mnt/east/post-moor',
      numUnits: 64,
      providers: [0, 4_294_967_295],
      nonces: 128,
      randomx: 'fast',
    })
  })

  it('does not take a provider that makes wrong labels', async () => {
    const [gpu, cpu] = anInitOptions().providers
    if (gpu === undefined || cpu === undefined) throw new Error('two providers')
    await atFolder((fake) => fake.answer('init.options', ok(anInitOptions({ providers: [{ ...gpu, labels: 'wrong' }, cpu] }))))
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: gpu.name }).disabled).toBe(true)
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: cpu.name }).checked).toBe(true)
  })

  it('measures the providers, says which, and asks for the figures when it ended', async () => {
    const fake = await atFolder()
    press('Measure all')
    await settle()
    expect(fake.calls.some((call) => call.name === 'init.benchmark')).toBe(true)
    act(() => fake.publish('init.changed', state({ benchmark: { is: 'running', provider: 0, since: NOW } })))
    expect(screen.getByText('Measuring GeForce RTX 4070…')).toBeTruthy()
    const before = fake.calls.filter((call) => call.name === 'init.options').length
    act(() => fake.publish('init.changed', state({ benchmark: { is: 'failed', text: 'The driver hung' } })))
    await waitFor(() => expect(screen.getByText('The driver hung.')).toBeTruthy())
    await waitFor(() => expect(fake.calls.filter((call) => call.name === 'init.options').length).toBeGreaterThan(before))
  })

  it('says what is missing before anything is filled in', async () => {
    await openAdd((fake) =>
      fake.answer('init.options', ok(anInitOptions({ commitment: { is: 'missing', why: 'The node does not answer' } }))),
    )
    expect(screen.getByText(/The node does not answer\./)).toBeTruthy()
  })

  it('leads to the settings while there is no node', async () => {
    await openAdd((fake) => fake.answer('init.options', fail('init/no-setup', 'none')))
    press('Set up a node')
    expect(routeStore.getState().route.room).toBe('settings')
  })
})

describe('the plan', () => {
  const atPlan = async (prepare?: (fake: FakeApi) => void): Promise<FakeApi> => {
    const fake = await atFolder(prepare)
    press('See the plan')
    await settle()
    return fake
  }

  it('is begun once read, and the queue opens', async () => {
    const fake = await atPlan()
    expect(screen.getByText('Make the key of Moor and put it into a backup')).toBeTruthy()
    press('Make the key and begin')
    await settle()
    expect(inputOf(fake, 'init.begin')).toEqual({ plan: 'plan-1' })
    expect(routeStore.getState().route).toEqual({ room: 'add', part: 'queue' })
  })

  it('cannot be begun while it is refused: cause and way out', async () => {
    const refusals = [{ code: 'init/other-key', text: 'The folder holds data of another key', fix: 'Choose an empty folder' }]
    await atPlan((fake) => fake.answer('init.plan', ok(anInitPlan({ refusals }))))
    expect(screen.getByText(/The folder holds data of another key\./).textContent).toContain('Choose an empty folder.')
    expect(isOff('Make the key and begin')).toBe(true)
  })

  it('stays with the reason when something changed meanwhile', async () => {
    await atPlan((fake) => fake.answer('init.begin', fail('init/stale', 'space')))
    press('Make the key and begin')
    expect((await screen.findByRole('alert')).textContent).toContain('Something changed since the plan was made')
    press('Back')
    expect(screen.getByLabelText('Folder of its own')).toBeTruthy()
  })
})

describe('the queue', () => {
  const waiting = (name: string) => anInitJob({ id: `init-${name.toLowerCase()}`, name, stage: { is: 'queued' }, samples: [], parts: [] })
  const open = (...jobs: InitState['jobs']) => openAdd((fake) => fake.answer('init.state', ok(state({ jobs }))), 'queue')

  it('says how far, how fast and until when', async () => {
    await open(anInitJob())
    expect(headline()).toBe('Harbor is 41.2 % written')
    expect(screen.getByRole('progressbar', { name: 'Harbor written' }).getAttribute('aria-valuenow')).toBe('41')
    expect(screen.getByRole('img', { name: /one pause$/ })).toBeTruthy()
    expect(text(/^5\.2 MiB\/s$/)).toBeTruthy()
  })

  it('pauses, resumes and tries again by what stands', async () => {
    const fake = await open(anInitJob())
    press('Pause Harbor')
    await settle()
    expect(inputOf(fake, 'init.pause')).toEqual({ id: 'init-harbor' })
    act(() =>
      fake.publish(
        'init.changed',
        state({ jobs: [anInitJob({ stage: { is: 'paused', because: 'user', text: 'paused by you', since: NOW } })] }),
      ),
    )
    await waitFor(() => press('Resume Harbor'))
    await settle()
    expect(inputOf(fake, 'init.resume')).toEqual({ id: 'init-harbor' })
    act(() =>
      fake.publish(
        'init.changed',
        state({ jobs: [anInitJob({ stage: { is: 'failed', at: NOW, code: 'x', text: 'The disk is full.', fix: 'Free 12 GiB.' } })] }),
      ),
    )
    await waitFor(() => expect(headline()).toBe('Harbor stopped and needs you'))
    expect(screen.getByText(/The disk is full\./).textContent).toContain('Free 12 GiB.')
    expect(screen.getByRole('button', { name: 'Try again Harbor' })).toBeTruthy()
  })

  it('moves those that wait', async () => {
    const fake = await open(anInitJob(), waiting('Lark'), waiting('Moor'))
    expect(isOff('Move Lark up')).toBe(true)
    press('Move Moor up')
    await settle()
    expect(inputOf(fake, 'init.reorder')).toEqual({ ids: ['init-moor', 'init-lark'] })
  })

  it('takes one out only after the words that its data stays', async () => {
    HTMLDialogElement.prototype.showModal = function showModal() {
      this.open = true
    }
    const fake = await open(waiting('Lark'))
    fake.answer('init.discard', ok({ text: 'Its 824 GiB stay in /mnt/south/post-harbor.' }))
    press('Discard… Lark')
    expect(screen.getByRole('dialog').textContent).toContain('goes on where it stopped')
    expect(fake.calls.some((call) => call.name === 'init.discard')).toBe(false)
    press('Take it out')
    await waitFor(() => expect(screen.getByText('Its 824 GiB stay in /mnt/south/post-harbor.')).toBeTruthy())
  })

  it('puts what works before what waits, and leaves out what is done', () => {
    const done = anInitJob({ id: 'done', stage: { is: 'done', at: NOW } })
    expect(openJobs(state({ jobs: [waiting('Lark'), done, anInitJob()] })).map((job) => job.name)).toEqual(['Harbor', 'Lark'])
  })

  it('says that there is nothing, with the way to begin', async () => {
    await open()
    expect(headline()).toBe('Nothing is being written')
    press('Add an identity')
    expect(routeStore.getState().route).toEqual({ room: 'add' })
  })
})

describe('data made elsewhere', () => {
  const open = (...arrivals: readonly Arrival[]) => openAdd((fake) => fake.answer('init.state', ok(state({ arrivals }))), 'queue')

  it('is watched while it arrives, with what is wrong', async () => {
    await open(
      anArrival(),
      anArrival({ folder: '/mnt/south/other', is: 'bad', sentence: 'It cannot be used', problems: ['postdata_3.bin is 12 bytes short'] }),
    )
    const first = within(screen.getByRole('listitem', { name: '/mnt/south/rented' }))
    expect(first.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('50')
    expect(first.queryByRole('button', { name: /^Make a service/ })).toBeNull()
    expect(screen.getByText('postdata_3.bin is 12 bytes short.')).toBeTruthy()
  })

  it('becomes a service when it is whole', async () => {
    const fake = await open(anArrival({ is: 'whole' }))
    fake.answer('init.addArrived', ok({ text: 'It proves from the next gap on.' }))
    press(/^Make a service of it/)
    await waitFor(() => expect(screen.getByText('It proves from the next gap on.')).toBeTruthy())
    expect(inputOf(fake, 'init.addArrived')).toEqual({ folder: '/mnt/south/rented' })
  })

  it('begins with a folder, which may be empty yet', async () => {
    const fake = await open()
    fake.answer('window.chooseFile', ok({ path: '/mnt/new' }))
    press('Watch a folder…')
    await waitFor(() => expect(inputOf(fake, 'init.watchArrival')).toEqual({ folder: '/mnt/new' }))
  })
})
