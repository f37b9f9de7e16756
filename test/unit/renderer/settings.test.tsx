import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'
import { countChanges, freePort, newService, newSetup, readAt, writeAt } from '../../../renderer/features/settings/draft.ts'
import { SettingsPage } from '../../../renderer/features/settings/settings-page.tsx'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'
import { anId, aSnapshot } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const aSetup = (): Setup => {
  const draft = writeAt(newSetup(), 'node', {
    ...(readAt(newSetup(), 'node') as object),
    binary: '/opt/go-spacemesh',
    dataFolder: '/data',
    configFile: '/data/c.json',
  })
  const withIdentity = writeAt(draft, 'identities', [{ id: anId(1), nickname: 'Amber' }])
  return setupSchema.parse(
    writeAt(withIdentity, 'services', [{ ...newService(withIdentity, anId(1)), binary: '/opt/post-service', posFolder: '/mnt/pos' }]),
  )
}

function open(part: string, setup: Setup | undefined): FakeApi {
  const fake = fakeApi(aSnapshot())
  fake.answer('setup.read', ok({ setup, path: '/x/setup.json', problems: [] }))
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<SettingsPage part={part} />)
  return fake
}

beforeEach(() => keeperStore.setState(initialState(), true))

describe('draft', () => {
  it('writes at a dotted place without touching the old one', () => {
    const before = { services: [{ threads: 1 }] }
    const after = writeAt(before, 'services.0.threads', 4)
    expect(readAt(after, 'services.0.threads')).toBe(4)
    expect(before.services[0]?.threads).toBe(1)
  })
  it('takes a key away with undefined', () => {
    expect(writeAt({ node: { coinbase: 'x', mode: 'm' } }, 'node.coinbase', undefined)).toEqual({ node: { mode: 'm' } })
  })
  it('gives every new service an operator port that nobody has', () => {
    const first = writeAt(newSetup(), 'services', [newService(newSetup(), anId(1))])
    expect(freePort(first, 50_051)).toBe(50_052)
  })
  it('counts the places that differ', () => {
    expect(countChanges({ a: 1, b: { c: [1, 2] } }, { a: 2, b: { c: [1, 3, 4] } })).toBe(3)
  })
})

describe('settings', () => {
  it('shows no bar while nothing is changed', async () => {
    open('node', aSetup())
    await screen.findByLabelText('Data folder')
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull()
  })
  it('says what is wrong beside the field and does not save it', async () => {
    open('node', aSetup())
    fireEvent.change(await screen.findByLabelText('Post'), { target: { value: 'nonsense' } })
    expect(screen.getAllByText(/write it as host:port/).length).toBeGreaterThan(0)
    expect(screen.getByLabelText('Post').getAttribute('aria-invalid')).toBe('true')
    expect(screen.getByRole('button', { name: 'Save' }).hasAttribute('disabled')).toBe(true)
  })
  it('saves the whole set-up with the change', async () => {
    const fake = open('node', aSetup())
    fireEvent.change(await screen.findByLabelText('Data folder'), { target: { value: '/elsewhere' } })
    fireEvent.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'setup.save')).toBe(true))
    const saved = fake.calls.find((call) => call.name === 'setup.save')?.input
    expect(readAt(saved, 'setup.node.dataFolder')).toBe('/elsewhere')
    expect(readAt(saved, 'setup.services.0.posFolder')).toBe('/mnt/pos')
  })
  it('shows where rewards go, and leads to the plan of another coinbase', async () => {
    open('node', aSetup())
    expect((await screen.findByLabelText('Coinbase')).tagName).toBe('INPUT')
    cleanup()
    const shown = { coinbase: 'sm1qq', source: 'setup.json', sentence: 'Rewards of all 7 identities go to sm1qq', problem: 'It is odd' }
    open('node', aSetup()).answer('coinbase.read', ok(shown))
    expect((await screen.findByRole('region', { name: 'Coinbase' })).textContent).toContain(
      'Rewards of all 7 identities go to sm1qq.It is odd.',
    )
    fireEvent.click(screen.getByRole('button', { name: 'Change…' }))
    expect(routeStore.getState().route).toEqual({ room: 'migrate', part: 'coinbase' })
  })
  it('puts everything back on Discard', async () => {
    open('node', aSetup())
    fireEvent.change(await screen.findByLabelText('Data folder'), { target: { value: '/elsewhere' } })
    fireEvent.click(screen.getByRole('button', { name: 'Discard' }))
    expect(screen.getByLabelText<HTMLInputElement>('Data folder').value).toBe('/data')
  })
  it('takes the program of a chosen file only after it was inspected', async () => {
    const fake = open('node', aSetup())
    const report = {
      path: '/chosen/go-spacemesh',
      program: 'go-spacemesh',
      version: 'v1.7.6',
      sha256: 'ab'.repeat(32),
      architecture: 'x64',
      runsHere: true,
      remark: 'Earns nothing on mainnet below 1.8.0.',
    }
    fake.answer('window.chooseFile', ok({ path: '/chosen/go-spacemesh' }))
    fake.answer('binaries.inspect', ok([report]))
    fireEvent.click((await screen.findAllByRole('button', { name: 'Choose file…' }))[0] ?? document.body)
    expect(await screen.findByText(/Earns nothing on mainnet/)).toBeTruthy()
    expect(screen.getByLabelText<HTMLInputElement>('go-spacemesh').value).toBe('/chosen/go-spacemesh')
  })
  it('adds an identity by its base64 id and refuses the same twice', async () => {
    open('identities', aSetup())
    const field = await screen.findByLabelText(/Identity id/)
    fireEvent.change(field, { target: { value: anId(1) } })
    expect(screen.getByText('It is in the list already.')).toBeTruthy()
    const base64 = btoa(String.fromCharCode(...(anId(2).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))))
    fireEvent.change(field, { target: { value: base64 } })
    fireEvent.click(screen.getByRole('button', { name: 'Add' }))
    expect(screen.getByText(anId(2))).toBeTruthy()
  })
})

describe('rarely needed settings', () => {
  it('take pinned cores in place of threads, and say what is no number', async () => {
    open('services', aSetup())
    fireEvent.click(await screen.findByRole('button', { name: 'pinned cores' }))
    const box = screen.getByLabelText('Pinned cores')
    fireEvent.change(box, { target: { value: '0, 2,' } })
    expect((box as HTMLTextAreaElement).value).toBe('0, 2,')
    expect(screen.queryByLabelText('Threads')).toBeNull()
    expect((screen.getByRole('button', { name: 'Save' }) as HTMLButtonElement).disabled).toBe(false)
    fireEvent.change(box, { target: { value: '0, x' } })
    expect(box.getAttribute('aria-invalid')).toBe('true')
    expect((screen.getByRole('button', { name: 'Save' }) as HTMLButtonElement).disabled).toBe(true)
  })
  it('save arguments and log levels as the set-up has them', async () => {
    const fake = open('node', aSetup())
    fireEvent.change(await screen.findByLabelText('More arguments'), { target: { value: '--pprof-server\n--metrics' } })
    fireEvent.change(screen.getByLabelText('Log levels'), { target: { value: 'nipostBuilder=debug' } })
    fireEvent.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'setup.save')).toBe(true))
    const saved = fake.calls.find((call) => call.name === 'setup.save')?.input as { setup: Setup }
    expect(saved.setup.node).toMatchObject({ extraArgs: ['--pprof-server', '--metrics'], logLevels: { nipostBuilder: 'debug' } })
  })
  it('pause alarms for a while and end the pause', async () => {
    const fake = open('alerts', aSetup())
    fireEvent.click(await screen.findByRole('button', { name: '4 h' }))
    fireEvent.click(await screen.findByRole('button', { name: 'End the pause' }))
    await screen.findByRole('button', { name: '4 h' })
    const paused = fake.calls.filter((call) => call.name === 'alerts.pause').map((call) => call.input as { untilMs: number | null })
    expect(paused[0]?.untilMs).toBeGreaterThan(Date.now() + 3 * 3_600_000)
    expect(paused[1]).toEqual({ untilMs: null })
  })
  it('stop everything only after the question', async () => {
    const fake = open('quit', aSetup())
    fake.answer('window.confirm', ok({ confirmed: false }))
    fireEvent.click(await screen.findByRole('button', { name: 'Stop everything…' }))
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'window.confirm')).toBe(true))
    expect(fake.calls.some((call) => call.name === 'app.quit')).toBe(false)
    fake.answer('window.confirm', ok({ confirmed: true }))
    await waitFor(() => expect((screen.getByRole('button', { name: 'Stop everything…' }) as HTMLButtonElement).disabled).toBe(false))
    fireEvent.click(screen.getByRole('button', { name: 'Stop everything…' }))
    await waitFor(() => expect(fake.calls.at(-1)).toEqual({ name: 'app.quit', input: { outcome: 'stop-all' } }))
  })
  it('accept a changed program only where the set-up names it as changed', async () => {
    const fake = open('node', aSetup())
    await screen.findByLabelText('More arguments')
    expect(screen.queryByRole('button', { name: 'Accept the changed program' })).toBeNull()
    act(() =>
      keeperStore.setState({
        snapshot: aSnapshot({ setupProblem: 'The node cannot be started: /opt/go-spacemesh has changed since its first use (SHA-256 …).' }),
      }),
    )
    fireEvent.click(await screen.findByRole('button', { name: 'Accept the changed program' }))
    await waitFor(() => expect(fake.calls.at(-1)).toEqual({ name: 'binaries.accept', input: { path: '/opt/go-spacemesh' } }))
  })
})
