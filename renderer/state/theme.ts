/** Colour scheme that the user chose; `system` follows the desktop. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'smeshkeeper.theme'

export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset['theme']
    localStorage.removeItem(KEY)
    return
  }
  document.documentElement.dataset['theme'] = theme
  localStorage.setItem(KEY, theme)
}

/** What is seen now turned round. */
export function toggleTheme(): void {
  const chosen = storedTheme()
  const isDark = chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  applyTheme(isDark ? 'light' : 'dark')
}
