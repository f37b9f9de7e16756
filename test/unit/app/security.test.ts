import { describe, expect, it, vi } from 'vitest'

vi.mock('electron', () => ({ app: {}, protocol: {}, session: {} }))
const { CONTENT_SECURITY_POLICY, isOwnSender, LINKS, pageFile, PAGE_URL } = await import('../../../electron/app/security.ts')

describe('page files', () => {
  it('finds what lies below the root', () => {
    expect(pageFile('/app/renderer', PAGE_URL)).toBe('/app/renderer/index.html')
    expect(pageFile('/app/renderer', 'app://smeshkeeper/assets/a%20b.js')).toBe('/app/renderer/assets/a b.js')
  })
  it.each(['app://smeshkeeper/../../etc/passwd', 'app://smeshkeeper/%2e%2e/%2e%2e/etc/passwd', 'app://smeshkeeper/..%2f..%2fetc/passwd'])(
    'never leaves the root: %s',
    (url) => {
      const file = pageFile('/app/renderer', url)
      expect(file === undefined || file.startsWith('/app/renderer/')).toBe(true)
    },
  )
  it.each([
    'app://other/index.html',
    'file:///etc/passwd',
    'https://smeshkeeper/index.html',
    'app://smeshkeeper/%',
    'app://smeshkeeper/a%00b',
    '',
  ])('refuses %s', (url) => expect(pageFile('/app/renderer', url)).toBeUndefined())
  it('does not take a neighbour that begins with the same name for the root', () => {
    expect(pageFile('/app/renderer', 'app://smeshkeeper/..%2frenderer-other/x.js')).toBeUndefined()
  })
})

describe('sender', () => {
  it('is only the main frame of our own page', () => {
    expect(isOwnSender({ url: PAGE_URL, parent: null })).toBe(true)
    expect(isOwnSender({ url: `${PAGE_URL}#main`, parent: null })).toBe(true)
    expect(isOwnSender({ url: PAGE_URL, parent: {} })).toBe(false)
    expect(isOwnSender({ url: 'https://example.invalid/', parent: null })).toBe(false)
    expect(isOwnSender({ url: `${PAGE_URL}.evil.invalid/`, parent: null })).toBe(false)
    expect(isOwnSender(null)).toBe(false)
  })
})

describe('policy', () => {
  it('allows nothing by default, no network and no inline code', () => {
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'")
    expect(CONTENT_SECURITY_POLICY).toContain("connect-src 'none'")
    expect(CONTENT_SECURITY_POLICY).not.toContain('unsafe')
  })
  it('opens only https links', () => {
    for (const link of Object.values(LINKS)) expect(link).toMatch(/^https:\/\//)
  })
})
