import { stat } from 'node:fs/promises'

const LOOK_AT_FILE_MS = 5_000

/** Whether something is at this path; a drive that does not answer is away. */
export async function reachable(file: string): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), LOOK_AT_FILE_MS).unref()
  })
  const there = stat(file).then(
    () => true,
    () => false,
  )
  const answer = await Promise.race([there, late])
  clearTimeout(timer)
  return answer
}
