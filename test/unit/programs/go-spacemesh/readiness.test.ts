import { describe, expect, it } from 'vitest'
import { nodeReadiness, readNodeLog, startProgress, type NodeSigns } from '../../../../electron/programs/index.ts'
import { recording } from '../recordings.ts'

/** The log up to and with the line that holds `text`, as it stood `laterMs` after that line. */
function at(file: string, text: string, laterMs: number, more: Partial<NodeSigns> = {}): NodeSigns {
  const whole = recording(file)
  const facts = readNodeLog(whole.slice(0, whole.indexOf('\n', whole.indexOf(text))))
  const last = facts.at(-1)?.loggedAt ?? 0
  const version = facts.find((fact) => fact.fact === 'version')
  return { api: 'down', version: version?.version, facts, nowMs: last + laterMs, startedAt: facts[0]?.loggedAt ?? 0, ...more }
}

describe('a node that starts', () => {
  it('names its step and the PoET that it waits for', () => {
    const said = nodeReadiness(at('node-start/mainnet-poet-refused.log', 'performing request', 5_000))
    expect(said).toMatchObject({ is: 'not-yet', step: 'waiting for a PoET (http://127.0.0.1:1)' })
  })

  it('says which PoET refuses', () => {
    const said = nodeReadiness(at('node-start/mainnet-poet-refused.log', 'request failed', 60_000))
    expect(said).toMatchObject({ is: 'not-yet', causeCode: 'node/poet-refuses', cause: expect.stringContaining('http://127.0.0.1:1') })
  })

  it('is patient for 13½ minutes with 1.7, for 30 s with 1.8', () => {
    const older = (ms: number) => startProgress(at('node-start/mainnet-poet-refused.log', 'performing request', ms))?.isLongerThanUsual
    expect([older(13 * 60_000), older(14 * 60_000)]).toEqual([false, true])
    const newer = (ms: number) => startProgress(at('node-start/poet-wait-1.8.3-log.jsonl', 'performing request', ms))?.isLongerThanUsual
    expect([newer(29_000), newer(31_000)]).toEqual([false, true])
  })

  it('suspects a silent PoET when the time is over without a refusal', () => {
    const said = nodeReadiness(at('node-start/mainnet-poet-refused.log', 'performing request', 14 * 60_000))
    expect(said).toMatchObject({ is: 'not-yet', causeCode: 'node/poet-silent' })
  })

  it('is ready when its API answers, not when it says so', () => {
    const signs = at('node-1n-1.8.3/node-log.jsonl', '"app started"', 0)
    expect(nodeReadiness(signs).is).toBe('not-yet')
    expect(nodeReadiness({ ...signs, api: 'up' })).toEqual({ is: 'ready' })
  })

  it('has failed at the line, long before it exits', () => {
    const said = nodeReadiness(at('node-supervised-1.7.6/2-renamed-smeshing-start-true.log', 'failed to start App', 0))
    expect(said).toMatchObject({ is: 'failed', causeCode: 'node/smeshing-start-remote' })
  })

  it('without a log just starts', () => {
    expect(nodeReadiness({ api: 'down', version: undefined, facts: undefined, nowMs: 1, startedAt: 0 })).toEqual({
      is: 'not-yet',
      step: 'starting',
    })
  })
})
