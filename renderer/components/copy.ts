/**
 * Puts `text` on the clipboard; whether it worked. By selection, as the page has no permission for the clipboard's own API:
 * all permissions are denied to it.
 */
export function copyText(text: string): boolean {
  const box = document.createElement('textarea')
  box.value = text
  box.className = 'sr'
  const before = document.activeElement
  // Inside an open dialog nothing outside it can hold the selection.
  const home = document.querySelector('dialog[open]') ?? document.body
  home.append(box)
  box.select()
  const isDone = document.execCommand('copy')
  box.remove()
  if (before instanceof HTMLElement) before.focus()
  return isDone
}
