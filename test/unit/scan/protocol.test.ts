import { PassThrough } from 'node:stream'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { asLine, parseAsk, parseLine, type ScanAsk } from '../../../electron/scan/protocol.ts'
import { aKeyCopy } from '../../builders/inventory.ts'

describe('the lines between keeper and scan process', () => {
  it('survive names that hold line separators of every kind', async () => {
    const path = '/a\n/b\r/\u2028c\u2029/"d"\\'
    const pipe = new PassThrough()
    const lines: string[] = []
    const reader = createInterface({ input: pipe }).on('line', (line) => lines.push(line))
    const closed = new Promise((resolve) => reader.once('close', resolve))
    pipe.end(asLine({ is: 'key', key: aKeyCopy({ path }) }))
    await closed
    expect(lines).toHaveLength(1)
    expect(parseLine(lines[0] ?? '')).toMatchObject({ is: 'key', key: { path } })
  })

  it('are refused when they are half or foreign', () => {
    expect(parseLine('{"is":"key","ke')).toBeUndefined()
    expect(parseLine('{"is":"else"}')).toBeUndefined()
    expect(parseAsk('{"ask":"walk"}')).toHaveProperty('problem')
    expect(parseAsk('nothing')).toHaveProperty('problem')
  })

  it('carry every ask whole', () => {
    const asks: ScanAsk[] = [
      { ask: 'look', path: '/x', temporary: '/t', platform: 'linux' },
      { ask: 'programs', ownPids: [1], composeFiles: ['/c'], psmFiles: [], smappFolders: [] },
      {
        ask: 'walk',
        roots: [{ path: '/', volume: '/', label: 'System disk', is: 'volume' }],
        stops: ['/proc'],
        depth: 8,
        ms: 10,
        temporary: '/t',
        quarantine: '/q',
        platform: 'linux',
        hangAt: '/x',
      },
    ]
    for (const ask of asks) expect(parseAsk(asLine(ask))).toEqual(ask)
  })
})
