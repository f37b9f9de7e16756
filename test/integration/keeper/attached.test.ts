import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchFromSource } from '../../../electron/launch.ts'
import { homeAt } from '../../../electron/lib/home.ts'
import { nodeProcess, serviceProcess, type ProcessPlan } from '../../../electron/programs/index.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { endLater, isAlive, newHome, preparedHome, runCli, startCli } from './running.ts'

const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))

function start(plan: ProcessPlan): number {
  const log = openSync(plan.logFile, 'a')
  const { pid = 0 } = spawn(plan.file, plan.args, {
    cwd: plan.cwd,
    env: { ...process.env, ...plan.env },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  endLater(pid)
  return pid
}

describe('a node and services that somebody else runs', () => {
  it('are watched, never stopped, and what cannot be known is unknown', { timeout: 120_000 }, async () => {
    const theirs = await preparedHome({ identities: 2, epochSeconds: 600 })
    const { setup, env } = theirs
    const folder = homeAt(theirs.home.practice)
    mkdirSync(folder.logs, { recursive: true })
    const network = resolveNetwork(setup.network)
    const launcher = (binary: string) => {
      const own = launch(binary === 'practice:go-spacemesh' ? 'go-spacemesh' : 'post-service')
      return { ...own, env: { ...own.env, ...env } }
    }
    const common = { network, paths: { logs: folder.logs, config: folder.config }, launcher, version: undefined }
    if (setup.node.mode !== 'managed') throw new Error('practice manages its node')
    const { listeners } = setup.node
    const plans = [nodeProcess({ ...common, node: setup.node }), ...setup.services.map((service) => serviceProcess({ ...common, service }))]
    const pids = plans.map((plan) => {
      if (!plan.ok) throw new Error(plan.fault.detail)
      return start(plan.value)
    })

    const home = newHome()
    mkdirSync(home.config)
    writeFileSync(
      path.join(home.config, 'setup.json'),
      JSON.stringify({
        ...setup,
        node: { mode: 'attached', owner: 'someone', ...listeners },
        services: setup.services.map((service) => ({ ...service, owner: 'someone' })),
      }),
    )
    const keeper = startCli(home, ['run', '--json'])
    const seen = await keeper.until(
      'node and services are seen',
      ({ node, identities }) => node.kind === 'synced' && identities.every(({ status }) => status.kind !== 'unknown'),
    )
    for (const { evidence } of seen.identities) {
      expect(evidence.map((line) => line.what)).toContain('operator')
      expect(evidence.some((line) => /process|log/i.test(line.what))).toBe(false)
    }

    const [amber, birch] = seen.identities
    expect(await runCli(home, 'stop', amber?.name ?? '', '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('someone') as string,
    })
    expect(await runCli(home, 'stop', 'node', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('somebody else') as string })
    expect((await runCli(home, 'logs')).out).not.toContain('node\t')

    process.kill(pids[1] ?? 0, 'SIGKILL')
    const gone = await keeper.until(
      'the ended service is noticed',
      ({ identities }) =>
        identities
          .find((one) => one.id === amber?.id)
          ?.evidence.some((line) => line.what === 'operator' && /nobody listens/.test(line.value)) === true,
    )
    expect(gone.identities.find((one) => one.id === birch?.id)?.status.kind).toMatch(/^(waiting|proving|handing-over)$/)

    expect(await runCli(home, 'stop', 'all', '--yes')).toMatchObject({ code: 0 })
    await keeper.exit
    expect(pids.map((pid, i) => i === 1 || isAlive(pid))).toEqual([true, true, true])
    const table = path.join(home.state, 'processes.json')
    if (existsSync(table)) expect(JSON.parse(readFileSync(table, 'utf8'))).toMatchObject({ records: [] })
  })
})
