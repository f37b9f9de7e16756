import { once } from 'node:events'
import os from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fail, type Result } from '../../shared/domain/fault.ts'
import { doJob } from './do-job.ts'
import { parseRequest, type VaultLine } from './protocol.ts'

const PROGRESS_MS = 250

/**
 * The vault process: key derivation, ciphers and decrypted keys are here and nowhere else. It ends with its answer, or at
 * once when whoever started it is gone; what it leaves then is an unfinished file at most.
 */
export async function runVault(input: Readable, output: Writable): Promise<void> {
  lowerPriority()
  const lines = createInterface({ input })
  const [line] = (await once(lines, 'line')) as [string]
  let hasAnswered = false
  lines.on('close', () => {
    if (!hasAnswered) process.exit(3)
  })
  const say = (one: VaultLine): boolean => output.write(`${JSON.stringify(one)}\n`)
  const request = parseRequest(line)
  const result = 'problem' in request ? fail('internal', request.problem) : await answer(request, say)
  hasAnswered = true
  const last: VaultLine = result.ok ? { is: 'answer', value: result.value } : { is: 'fault', fault: result.fault }
  await new Promise<void>((resolve) => output.write(`${JSON.stringify(last)}\n`, () => resolve()))
  lines.close()
  input.destroy()
}

async function answer(request: Parameters<typeof doJob>[0], say: (line: VaultLine) => boolean): Promise<Result<unknown>> {
  let toldAt = 0
  try {
    return await doJob(request, (step, doneBytes, totalBytes) => {
      const now = performance.now()
      if (now - toldAt < PROGRESS_MS && doneBytes < totalBytes) return
      toldAt = now
      say({ is: 'progress', step, doneBytes, totalBytes })
    })
  } catch (cause) {
    // A bug. Its text may quote anything, a secret too: only where it came from is told.
    const where = cause instanceof Error ? (cause.stack?.split('\n').find((one) => one.includes(' at ')) ?? '').trim() : ''
    return fail('internal', `the vault process met a bug: ${cause instanceof Error ? cause.name : typeof cause} ${where}`, {
      retry: 'never',
    })
  }
}

/** A proof that runs beside it comes first. */
function lowerPriority(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Not allowed here.
  }
}
