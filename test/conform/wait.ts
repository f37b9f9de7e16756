/** Resolves true as soon as `isTrue` holds (looked at every few ms), false when the time is over. */
export async function until(isTrue: () => boolean, deadlineMs: number, everyMs = 5): Promise<boolean> {
  const end = performance.now() + deadlineMs
  while (!isTrue()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  return true
}
