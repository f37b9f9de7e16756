import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { alarmSchema, evidenceLineSchema, statusSchema } from '../../../shared/domain/status.ts'
import { childrenOf, isAlive, newHome, runCli, startCli } from './running.ts'

/** docs/cli.md, "One snapshot a line". */
const lineSchema = z.strictObject({
  at: z.number(),
  mode: z.enum(['none', 'real', 'practice']),
  headline: z.string().min(1),
  node: z.strictObject({
    kind: z.enum(['none', 'stopped', 'starting', 'syncing', 'synced', 'unreachable', 'failed', 'unknown']),
    mode: z.enum(['managed', 'attached', 'none']),
    sentence: z.string().min(1),
    version: z.string().optional(),
    step: z.string().optional(),
    layer: z.number().optional(),
    peers: z.number().optional(),
    evidence: z.array(evidenceLineSchema),
  }),
  identities: z.array(
    z.strictObject({
      id: z.string().regex(/^[0-9a-f]{64}$/),
      name: z.string(),
      status: statusSchema,
      lastPublishedEpoch: z.number().optional(),
      evidence: z.array(evidenceLineSchema),
    }),
  ),
  alarms: z.array(alarmSchema),
  setupProblem: z.string().optional(),
})

describe('run --practice --json --until-proved', () => {
  it('says the truth in valid lines until every identity is proved, and lets others look meanwhile', { timeout: 240_000 }, async () => {
    const home = newHome()
    const keeper = startCli(home, ['run', '--practice', '--json', '--until-proved', '--identities', '2', '--epoch-seconds', '40'])
    const line = await keeper.until('node answers', (now) => now.node.kind === 'synced' && now.identities.length === 2)
    const [first] = line.identities

    const second = await runCli(home, 'run', '--json')
    expect(second).toMatchObject({ code: 5, out: '' })
    expect(second.err).toContain('A keeper is running here already')

    const status = await runCli(home, 'status', '--json')
    expect(lineSchema.parse(JSON.parse(status.out)).identities).toHaveLength(2)
    const plain = await runCli(home, 'status', '--plain')
    expect(plain.out).toMatch(/^\S+Z epoch=\d+ identities=2 /)
    const logs = await runCli(home, 'logs')
    expect(logs.out).toContain('node\t')
    expect((await runCli(home, 'logs', 'node', '--lines', '5')).out.split('\n')).toHaveLength(5)
    expect(await runCli(home, 'logs', 'nobody')).toMatchObject({ code: 1 })
    const watcher = startCli(home, ['watch', '--json'])
    expect((await watcher.until('a first snapshot', () => true)).identities[0]?.id).toBe(first?.id)
    expect(await runCli(home, 'stop', 'nobody')).toMatchObject({ code: 1 })

    expect(await keeper.exit).toBe(0)
    expect(await watcher.exit).toBe(4)
    for (const text of keeper.lines) lineSchema.parse(JSON.parse(text))
    expect(keeper.last()?.identities.every((one) => (one.lastPublishedEpoch ?? 0) >= 1)).toBe(true)
    expect([...childrenOf(home)].filter(([, pid]) => isAlive(pid))).toEqual([])
    expect(await runCli(home, 'status')).toMatchObject({ code: 4 })
  })
})
