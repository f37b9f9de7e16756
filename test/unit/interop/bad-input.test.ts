import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseObject } from '../../../electron/interop/config-values.ts'
import { readNode } from '../../../electron/interop/node-reading.ts'
import { readScriptPsm, readContainerPsm } from '../../../electron/interop/psm.ts'
import { findSmapp } from '../../../electron/interop/smapp.ts'
import { findUnits } from '../../../electron/interop/systemd.ts'
import { shellWords } from '../../../electron/interop/compose-words.ts'
import { parseCompose } from '../../../electron/interop/compose-model.ts'
import { systemFiles } from '../../../electron/lib/files.ts'
import { bareFiles, linux } from './machine.ts'

const root = mkdtempSync(path.join(tmpdir(), 'interop-bad-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const file = (name: string, text: string | Buffer): string => {
  const place = path.join(root, name)
  writeFileSync(place, text)
  return place
}
const read = (config: string) =>
  readNode(['--config', config, '-d', '/d'], { files: systemFiles, platform: linux, cwd: '/', home: '/home/u' })
const problemOf = (config: string): string => read(config).problems.join('\n')

describe('a config', () => {
  it.each<[string, () => string, string]>([
    ['that is cut off', () => file('cut.json', '{ "main": { "data-fol'), 'is not understood'],
    ['that is empty', () => file('empty.json', ' \n'), 'it is empty'],
    ['that is a list', () => file('list.json', '[1]'), 'it holds no JSON object'],
    ['that is YAML', () => file('c.yaml', 'main:\n  data-folder: /x\n'), 'it is YAML, and Smeshkeeper reads JSON only'],
    ['of noise', () => file('noise.json', Buffer.from([0, 255, 1, 254])), 'is not understood'],
    ['that is a folder', () => (mkdirSync(path.join(root, 'folder.json')), path.join(root, 'folder.json')), 'it is not a file'],
    [
      'that is a link to nothing',
      () => (symlinkSync('/nowhere/x', path.join(root, 'dangling.json')), path.join(root, 'dangling.json')),
      'is not there',
    ],
    ['beyond all size', () => file('huge.json', Buffer.alloc(5 * 1024 * 1024, ' ')), 'far larger than any file of its kind'],
    ['nested beyond reason', () => file('deep.json', '{"a":'.repeat(50_000)), 'is not understood'],
    [
      'that nobody waits for',
      () => (spawnSync('mkfifo', [path.join(root, 'fifo.json')]), path.join(root, 'fifo.json')),
      process.platform === 'win32' ? '' : 'it is not a file',
    ],
  ])('%s is a problem with its cause, and tells nothing', (_name, make, why) => {
    const reading = read(make())
    expect(reading.problems.join('\n')).toContain(why)
    // The command line still counts; what only the config could tell does not.
    expect(reading.node.dataFolder).toBe('/d')
    expect(reading.node.listeners).toBeUndefined()
    expect(reading.node.network).toBeUndefined()
  })

  it('keeps its own words out of the problem', () => {
    const secret = 'f00d'.repeat(32)
    expect(problemOf(file('secret.json', `{ "main": "${secret}" ${secret}`))).not.toContain('f00d')
  })

  it('that cannot be read leaves the data folder unknown when the command line does not give it', () => {
    const reading = readNode(['--config', path.join(root, 'none.json')], { files: systemFiles, platform: linux, cwd: '/', home: '/home/u' })
    expect(reading.node.dataFolder).toBeUndefined()
    expect(reading.problems.join('\n')).toContain('data folder is not known')
  })

  it('in another case of letters and with a BOM is read as the node reads it, digits of large numbers and all', () => {
    const text =
      '\uFEFF{"MAIN":{"Data-Folder":"/D","layer-duration":"30s"},"genesis":{"genesis-time":"2026-01-01T00:00:00Z","accounts":{"a":99999999999999999999}}}'
    const reading = readNode(['--config', file('bom.json', text)], { files: systemFiles, platform: linux, cwd: '/' })
    expect(reading).toMatchObject({
      problems: [],
      node: { dataFolder: '/D', network: { isMainnet: false, layerDurationMs: 30_000, layersPerEpoch: 4032 } },
    })
  })

  it('of a preset without a genesis takes the one of the data folder, and its own before that', () => {
    const genesis = '{"GenesisTime":"2026-11-21T00:00:00Z","ExtraData":"x","Accounts":{}}'
    const at = (...args: readonly string[]) =>
      readNode(['--preset=standalone', '-d', '/d', ...args], {
        files: bareFiles({ '/d/genesis.json': genesis }),
        platform: linux,
        cwd: '/',
      }).node.network
    expect(at()).toMatchObject({ genesisMs: Date.parse('2026-11-21T00:00:00Z'), isMainnet: false, addressPrefix: 'standalone' })
    expect(at('--genesis-time', '2026-11-22T00:00:00Z')?.genesisMs).toBe(Date.parse('2026-11-22T00:00:00Z'))
  })

  it('with an own prototype changes nobody else', () => {
    expect(parseObject('{"__proto__":{"polluted":true}}').is).toBe('object')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('set-ups', () => {
  it('of Smapp with foreign types in its settings give no nonsense', () => {
    const folder = '/home/u/.config/Spacemesh'
    const text = JSON.stringify({
      node: { dataPath: 7 },
      walletFiles: [null, 5, {}, { path: `${folder}/w.json` }],
      isAutoStartEnabled: 'maybe',
    })
    const [setup] = findSmapp(
      bareFiles({ [`${folder}/config.json`]: text, [`${folder}/w.json`]: '{}', [`${folder}/node-data/00000000/x`]: '' }),
      linux,
    )
    expect(setup).toMatchObject({
      isAutomatic: false,
      walletFiles: [`${folder}/w.json`],
      node: { dataFolder: `${folder}/node-data/00000000` },
    })
  })

  it('of units with open quotes, endless continuation and no section are read or left alone', () => {
    const unit = (text: string) => findUnits(bareFiles({ '/etc/systemd/system/a.service': text }), linux)
    expect(unit('[Service]\nExecStart=/opt/go-spacemesh -d "/open')[0]?.node?.dataFolder).toBe('/open')
    expect(unit(`[Service]\nExecStart=/opt/go-spacemesh \\\n${'-x \\\n'.repeat(50_000)}`)).toHaveLength(1)
    expect(unit('ExecStart=/opt/go-spacemesh')).toEqual([])
    expect(unit('[Service]\nExecStart=/opt/go-spacemesh -d /%y')[0]?.problems[0]).toContain('is not known')
    expect(unit('[Service]\nExecStart=/bin/sh -c "exec go-spacemesh -d /x"')[0]?.problems[0]).toContain(
      'starts go-spacemesh by way of /bin/sh',
    )
  })

  it('of units that run a container by hand are named', () => {
    const text = '[Service]\nExecStart=/usr/bin/docker run --rm -v /srv:/d spacemeshos/go-spacemesh:v1.8.3 -d /d\n'
    const [setup] = findUnits(bareFiles({ '/etc/systemd/system/n.service': text }), linux)
    expect(setup?.problems[0]).toContain('n.service starts go-spacemesh by way of /usr/bin/docker')
  })

  it('of PSM that are foreign or broken are told or left alone', () => {
    const parts = { file: '/c', platform: linux, setups: [], processes: [], isAutomatic: false }
    const contained = (text: string) => readContainerPsm({ ...parts, files: bareFiles({ '/c': text }) })
    expect(contained('{"node":{"endpoint":{}},"services":[{"name":5},{}]}')).toMatchObject({ services: [], problems: [] })
    expect(contained('{"some":"config"}')).toBeUndefined()
    expect(contained('{')?.problems[0]).toContain('/c is not understood')
    expect(readScriptPsm({ ...parts, files: bareFiles({ '/c': '#x\n\nnode\n,,,,\nname,host,1,2,3' }) })).toMatchObject({
      services: [{ unit: 'name', args: [] }],
    })
    expect(readScriptPsm({ ...parts, files: bareFiles({}) })).toBeUndefined()
  })

  it('of compose with foreign types give no nonsense', () => {
    const text =
      'services:\n  a: 5\n  b: [x]\n  c: { image: go-spacemesh, volumes: 7, ports: [null, {}, "9-1:2-3", "1-9999:1-9999"], command: {} }\nvolumes: [x]\n'
    expect(parseCompose(text, new Map()).services).toMatchObject([
      { name: 'a', command: [] },
      { name: 'b' },
      { name: 'c', volumes: [], ports: [], command: [] },
    ])
  })

  it('with variables that never end take no time', () => {
    const started = performance.now()
    parseCompose(`services: { a: { command: "${'${'.repeat(100_000)}" } }`, new Map())
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(shellWords(`a "b c" 'd e' f\\ g h"i"j`)).toEqual(['a', 'b c', 'd e', 'f g', 'hij'])
  })
})
