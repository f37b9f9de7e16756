import { renameSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { MachineReport } from '../../../shared/domain/machine.ts'
import type { PlanOutcome } from '../../../shared/domain/planner/index.ts'
import type { ReadyReport } from '../../../shared/domain/readiness.ts'
import { preparedHome, runCli, startCli } from './running.ts'

const report = <T>(text: string): T => JSON.parse(text) as T

it('says before the gap what is not ready, and takes it back once it is; tells of machine and plan', async () => {
  const { home, setup } = await preparedHome({ identities: 2, epochSeconds: 300 })
  const keeper = startCli(home, ['run', '--json'])
  await keeper.until('node answers', (now) => now.node.kind === 'synced' && now.identities.length === 2)
  await keeper.until('services wait', (now) =>
    now.identities.every(({ status }) => status.kind !== 'unknown' && status.kind !== 'starting'),
  )

  const ready = await runCli(home, 'ready', '--json')
  const first = report<ReadyReport>(ready.out)
  expect(first.identityCount).toBe(2)
  expect(first.checks.map(({ key }) => key)).toEqual(expect.arrayContaining(['volume', 'files', 'service', 'sync', 'memory', 'clock']))
  expect(first.checks.filter(({ is, identity }) => is === 'fail' && identity !== undefined)).toEqual([])

  const posFolder = setup.services[0]?.posFolder ?? ''
  const file = path.join(posFolder, 'postdata_0.bin')
  renameSync(file, `${file}.away`)
  const broken = await runCli(home, 'ready')
  expect(broken.code).toBe(1)
  expect(broken.out).toMatch(/^! .*missing/im)
  renameSync(`${file}.away`, file)
  const mended = report<ReadyReport>((await runCli(home, 'ready', '--json')).out)
  expect(mended.checks.filter(({ is, key }) => is === 'fail' && key === 'files')).toEqual([])

  const machine = report<MachineReport>((await runCli(home, 'machine', '--json')).out)
  expect(machine.cpu.threads).toBeGreaterThan(0)
  expect(machine.memory.totalBytes).toBeGreaterThan(0)
  const plan = report<PlanOutcome>((await runCli(home, 'plan', '--json')).out)
  expect(plan.identities).toHaveLength(2)
  expect(plan.chance).toBeGreaterThan(0)
  expect(await runCli(home, 'stop', 'all', '--yes')).toMatchObject({ code: 0 })
})
