import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isLoadedByNode, parseKeyBytes, readIdentitiesFolder } from '../../../electron/identities/index.ts'
import { inspectPosFolder } from '../../../electron/pos-data/index.ts'
import { asLine, parseLine, type ScanAsk, type ScanLine } from '../../../electron/scan/protocol.ts'
import { runScanProcess, type ScanParts } from '../../../electron/scan/scan-process.ts'
import type { ScanRoot } from '../../../electron/scan/request.ts'
import { aFoundProcess, aFoundSetup } from '../../builders/inventory.ts'
import { aKey, writeKey, writeNodeFolder, writePosFolder } from '../../builders/machine-tree.ts'

let root: string
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-scan-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))
const at = (name: string): string => path.join(root, name)

const parts = (databases: readonly string[] = []): ScanParts => ({
  readers: () => ({
    parseKeyBytes,
    readIdentitiesFolder,
    isLoadedByNode,
    readLocalDatabase: (folder) => (databases.includes(folder) ? { is: 'locked', text: 'a node writes to it' } : { is: 'absent' }),
    inspectPosFolder: (folder) => inspectPosFolder(folder).state,
  }),
  programs: () => ({
    findProcesses: (own) => Promise.resolve(own.map((pid) => aFoundProcess({ pid }))),
    findSetups: (processes, hints) =>
      Promise.resolve(hints.composeFiles.map((file) => aFoundSetup({ file, label: `${processes.length}` }))),
  }),
})

const walkAsk = (more: Partial<Extract<ScanAsk, { ask: 'walk' }>> = {}): ScanAsk => ({
  ask: 'walk',
  roots: [{ path: root, volume: '/', label: 'System disk', is: 'folder' }],
  stops: [],
  depth: 8,
  ms: 60_000,
  temporary: '/nowhere',
  quarantine: at('home/quarantine'),
  platform: 'linux',
  ...more,
})

async function served(asks: readonly (ScanAsk | string)[], how: ScanParts = parts()): Promise<ScanLine[]> {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const lines: ScanLine[] = []
  let rest = ''
  const enough = new Promise<void>((resolve) => {
    output.on('data', (chunk: Buffer) => {
      const all = (rest + chunk.toString('utf8')).split('\n')
      rest = all.pop() ?? ''
      lines.push(...all.flatMap((line) => parseLine(line) ?? []))
      if (lines.filter((line) => line.is === 'end' || line.is === 'broken').length >= asks.length) resolve()
    })
  })
  const done = runScanProcess(input, output, how)
  for (const ask of asks) input.write(typeof ask === 'string' ? ask : asLine(ask))
  await enough
  input.end()
  await done
  return lines
}

const keysOf = (lines: readonly ScanLine[]) => lines.flatMap((line) => (line.is === 'key' ? [line.key] : []))
const foldersOf = (lines: readonly ScanLine[]) => lines.flatMap((line) => (line.is === 'pos-folder' ? [line.folder] : []))
const nodesOf = (lines: readonly ScanLine[]) => lines.flatMap((line) => (line.is === 'node' ? [line.node] : []))
const rootOf = (lines: readonly ScanLine[]) => lines.find((line) => line.is === 'root')

describe('the scan process', () => {
  it('tells where a key lies: in a node, beside data, in the quarantine or anywhere', async () => {
    writeNodeFolder(at('node'), { 'a.key': 1 })
    writeKey(at('node/identities/b.key.old'), 2)
    writePosFolder(at('pos'), { number: 3 })
    writeKey(at('pos/identity.key'), 3)
    writeKey(at('home/quarantine/2026-11-28-x/a.key'), 4)
    writeKey(at('papers/amber'), 5)
    const byPath = new Map(keysOf(await served([walkAsk()])).map((key) => [path.relative(root, key.path), key]))
    expect(byPath.get('node/identities/a.key')).toMatchObject({
      place: 'node',
      nodeFolder: at('node'),
      isLoaded: true,
      identity: aKey(1).identity,
    })
    expect(byPath.get('node/identities/b.key.old')).toMatchObject({ place: 'node', isLoaded: false })
    expect(byPath.get('pos/identity.key')).toMatchObject({ place: 'pos-folder', identity: aKey(3).identity })
    expect(byPath.get('home/quarantine/2026-11-28-x/a.key')).toMatchObject({ place: 'quarantine' })
    expect(byPath.get('papers/amber')).toMatchObject({ place: 'loose', form: 'good' })
    expect(byPath.size).toBe(5)
  })

  it('tells every state of a PoS folder by names and sizes', async () => {
    writePosFolder(at('whole'), { number: 1 })
    writePosFolder(at('short'), { number: 2, files: 3 })
    truncateSync(at('short/postdata_1.bin'), 10)
    rmSync(at('short/postdata_2.bin'))
    writeFileSync(at('short/postdata_9.bin'), 'x')
    writePosFolder(at('cut'), { number: 3 })
    writeFileSync(at('cut/postdata_metadata.json'), '{"NodeId":')
    writePosFolder(at('absurd'), { number: 4, metadata: { LabelsPerUnit: 1e300 } })
    writePosFolder(at('newer'), { number: 5, metadata: { Version: 2, Extra: { any: 'thing' } } })
    writePosFolder(at('lost'), { number: 6 })
    rmSync(at('lost/postdata_metadata.json'))
    mkdirSync(at('odd/postdata_metadata.json'), { recursive: true })
    const found = new Map(foldersOf(await served([walkAsk()])).map((one) => [path.relative(root, one.path), one]))
    expect(found.get('whole')).toMatchObject({ volume: 'System disk', state: { is: 'present', problems: [] } })
    expect(found.get('newer')).toMatchObject({ state: { is: 'present', identity: aKey(5).identity } })
    const short = found.get('short')?.state
    expect(short?.is === 'present' && short.problems.map((one) => `${one.file} ${one.is}`)).toEqual([
      'postdata_9.bin long',
      'postdata_1.bin short',
      'postdata_2.bin missing',
    ])
    for (const name of ['cut', 'absurd', 'odd']) expect(found.get(name)?.state.is).toBe('bad-metadata')
    expect(found.get('lost')?.state.is).toBe('no-metadata')
  })

  it('knows a data folder by its keys, its database or its genesis, and no other folder named identities', async () => {
    writeNodeFolder(at('remote'), { 'a.key': 1, 'b.key': 2 })
    writeNodeFolder(at('supervised'), { 'local.key': 3 })
    writeNodeFolder(at('fresh'), {})
    mkdirSync(at('keyless'))
    writeFileSync(at('keyless/local.sql'), '')
    mkdirSync(at('app/identities'), { recursive: true })
    writeFileSync(at('app/identities/photo.txt'), 'x')
    const found = new Map(
      nodesOf(await served([walkAsk()], parts([at('keyless')]))).map((one) => [path.relative(root, one.dataFolder), one]),
    )
    expect(found.get('remote')).toMatchObject({
      mode: 'remote',
      identities: [aKey(1).identity, aKey(2).identity],
      genesisId: '9eebff023abb17ccb775c602daade8ed708f0a50',
    })
    expect(found.get('supervised')).toMatchObject({ mode: 'supervised' })
    expect(found.get('fresh')).toMatchObject({ mode: 'empty', identities: [] })
    expect(found.get('keyless')).toMatchObject({ mode: 'empty', local: { is: 'locked' } })
    expect(found.has('app')).toBe(false)
  })

  it('tells of a dangling link that would cost a node all its keys', async () => {
    writeNodeFolder(at('node'), { 'a.key': 1 })
    symlinkSync('nowhere', at('node/identities/b.key'))
    const [node] = nodesOf(await served([walkAsk()]))
    expect(node?.problems?.join(' ')).toContain('link to nothing')
  })

  it('leads to set-ups by the names of their files', async () => {
    mkdirSync(at('smesh'))
    mkdirSync(at('Spacemesh'))
    writeFileSync(at('smesh/compose.yaml'), '')
    writeFileSync(at('smesh/sm-psm-config.txt'), '')
    writeFileSync(at('Spacemesh/node-config.7c8cef2b.json'), '{}')
    const hints = (await served([walkAsk()])).flatMap((line) =>
      line.is === 'hint' ? [`${line.hint} ${path.relative(root, line.path)}`] : [],
    )
    expect(hints.sort()).toEqual(['composeFiles smesh/compose.yaml', 'psmFiles smesh/sm-psm-config.txt', 'smappFolders Spacemesh'])
  })

  it('serves asks one after the other', async () => {
    const hints = { composeFiles: ['/c.yaml'], psmFiles: [], smappFolders: [] }
    const lines = await served([{ ask: 'programs', ownPids: [7], ...hints }, walkAsk()])
    expect(lines.map((line) => line.is)).toEqual(['processes', 'setups', 'end', 'at', 'root', 'end'])
    expect(lines[1]).toMatchObject({ setups: [{ file: '/c.yaml', label: '1' }] })
  })

  it('follows a link that the user named as a root, and tells the real place', async () => {
    writeKey(at('real/amber'), 1)
    symlinkSync('real', at('link'))
    const link: ScanRoot = { path: at('link'), volume: '/', label: 'x', is: 'folder' }
    const lines = await served([walkAsk({ roots: [link] })])
    expect(keysOf(lines)[0]?.path).toBe(at('real/amber'))
    expect(rootOf(lines)).toMatchObject({ root: at('link'), end: { is: 'ended' } })
  })

  it('says of a root that is not there, and ends within its time', async () => {
    expect(rootOf(await served([walkAsk({ roots: [{ path: at('gone'), volume: '/', label: 'x', is: 'maybe' }] })]))).toMatchObject({
      end: { is: 'unreadable', code: 'ENOENT' },
    })
    expect(rootOf(await served([walkAsk({ ms: 0 })]))).toBeUndefined()
  })

  it('answers nonsense with words, and lives on', async () => {
    const lines = await served(['{"ask":"all"}\n', walkAsk()])
    expect(lines.map((line) => line.is)).toEqual(['broken', 'at', 'root', 'end'])
  })

  it('never tells a byte of a secret half', async () => {
    for (let i = 0; i < 20; i += 1) writeKey(at(`keys/k${i}.key`), i)
    writeNodeFolder(at('node'), { 'a.key': 21, 'b.key': 22 })
    writeFileSync(at('node/identities/c.key'), `${aKey(23).text}\n`)
    const told = JSON.stringify(await served([walkAsk(), { ask: 'look', path: at('keys'), temporary: '/t', platform: 'linux' }]))
    for (let i = 0; i < 24; i += 1) expect(told).not.toContain(aKey(i).text.slice(0, 16))
  })
})
