import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { MigratePage } from '../../../renderer/features/migrate/migrate-page.tsx'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { aFoundNode, aKeyCopy, anInventory, anInventoryIdentity } from '../../builders/inventory.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

export const MAIN = '/home/me/spacemesh'
export const ATTIC = '/home/me/attic/node-data'
export const THIRD = '/srv/third'
/** Not those of the set-up: the search gave them their names. */
export const id = (index: number) => anId(20 + index) as ReturnType<typeof anInventoryIdentity>['id']
export const key = (folder: string, file: string, index: number) =>
  aKeyCopy({ path: `${folder}/identities/${file}`, identity: id(index), nodeFolder: folder, isLoaded: true, place: 'node' })

/** Main with one key, Attic supervised with one, a third without any. */
export const threeNodes = (): Inventory =>
  anInventory({
    nodes: [
      aFoundNode({ dataFolder: MAIN, identities: [id(0)] }),
      aFoundNode({ dataFolder: ATTIC, identities: [id(1)], mode: 'supervised' }),
      aFoundNode({ dataFolder: THIRD, identities: [], mode: 'empty' }),
    ],
    keys: [key(MAIN, 'identity.key', 0), key(ATTIC, 'local.key', 1)],
    identities: ['Amber', 'Iris'].map((nickname, index) => anInventoryIdentity({ index: 20 + index, nickname })),
  })

/** The room over an API that answers as `prepare` says. */
export async function openRoom(prepare?: (fake: FakeApi) => void, props: { part?: string; file?: string } = {}): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  fake.answer('scan.state', ok({ is: 'done', inventory: threeNodes() }))
  prepare?.(fake)
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<MigratePage part={props.part} file={props.file} />)
  // Each part asks when it is first shown, and what it shows asks again.
  for (let round = 0; round < 5; round += 1) await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
  await waitFor(() => expect(screen.queryByRole('status', { busy: true })).toBeNull())
  return fake
}
export const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input
export const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
export const isOff = (name: string | RegExp): boolean => screen.getByRole<HTMLButtonElement>('button', { name }).disabled
export const tick = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('checkbox', { name }))
export const headline = (): string => screen.getByRole('heading', { level: 1 }).textContent
export const headlineIs = (text: string): Promise<void> => waitFor(() => expect(headline()).toBe(text))

/** The clock of the design's pictures, an empty store, the window in Migrate. */
export function setUpRoom(): void {
  beforeEach(() => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW)
    keeperStore.setState(initialState(), true)
    routeStore.setState({ route: { room: 'migrate' }, past: [] })
  })
  afterEach(() => vi.restoreAllMocks())
}
