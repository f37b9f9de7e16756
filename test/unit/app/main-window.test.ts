import { describe, expect, it, vi } from 'vitest'

vi.mock('electron', () => ({ BrowserWindow: class {}, nativeTheme: {}, screen: {}, app: {}, protocol: {}, session: {} }))
const { asPlace } = await import('../../../electron/app/main-window.ts')

describe('the place of the window', () => {
  const place = { x: -3, y: 40, width: 1280, height: 800, isMaximized: false }
  it('is read as it was written', () => expect(asPlace(JSON.parse(JSON.stringify(place)))).toEqual(place))
  it.each([null, 7, {}, { ...place, x: '3' }, { ...place, width: 12 }, { ...place, height: Number.NaN }, { ...place, isMaximized: 1 }])(
    'is forgotten when damaged: %j',
    (damaged) => expect(asPlace(damaged)).toBeUndefined(),
  )
})
