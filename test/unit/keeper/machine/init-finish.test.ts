import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MachineContext } from '../../../../electron/keeper/machine/context.ts'
import type { InitBook } from '../../../../electron/keeper/machine/init-book.ts'
import { finisher } from '../../../../electron/keeper/machine/init-finish.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import type { InitRecord } from '../../../../shared/domain/init-job.ts'

let folder = ''
let job: InitRecord
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-init-finish-'))
  job = { id: 'job-1', folder, is: 'verifying', numUnits: 1, labelsPerUnit: 64, maxFileBytes: 1024, fileCount: 1, scryptN: 2 } as InitRecord
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Checks the job with a postcli that finds no file. */
async function checked(isDiskGone: boolean): Promise<InitRecord> {
  const says = `console.error('2026/11/29 12:00:00 cli: failed (invalid argument)'); process.exit(1)`
  const context = {
    clock: new FakeClock(),
    log: silentLogger,
    launcher: () => ({ file: process.execPath, prefixArgs: ['-e', says, '--'], env: { ELECTRON_RUN_AS_NODE: '1' } }),
    setup: () => ({ machine: { postcli: '/opt/postcli' } }),
  } as unknown as MachineContext
  const book = {
    job: () => job,
    update: (_id: string, edit: (one: InitRecord) => InitRecord) => void (job = edit(job)),
  } as unknown as InitBook
  await new Promise<void>((resolve) => {
    finisher({ context, book, changed: resolve, isDiskGone: () => Promise.resolve(isDiskGone) }).verify(job)
  })
  return job
}

it('data that could not be checked is told', async () => {
  expect(await checked(false)).toMatchObject({ is: 'failed', fault: { code: 'init/not-checked' } })
})

it('a check whose disk vanished is no failure: it is made when the disk is there again', async () => {
  expect(await checked(true)).toMatchObject({ is: 'verifying' })
})
