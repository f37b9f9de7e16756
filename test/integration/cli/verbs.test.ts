import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { aSetup } from '../../unit/keeper/builders.ts'
import { newHome, runCli } from '../keeper/running.ts'

describe('verbs without a keeper', () => {
  it('set up: check, import and show say what is wrong and lose nothing', { timeout: 60_000 }, async () => {
    const home = newHome()
    const file = (name: string): string => path.join(home.root, name)
    expect(await runCli(home, 'setup', 'show')).toMatchObject({ code: 1, err: expect.stringContaining('There is no set-up yet') as string })
    writeFileSync(file('good.json'), JSON.stringify(aSetup()))
    writeFileSync(file('typo.json'), JSON.stringify({ ...aSetup(), servces: [] }))
    writeFileSync(file('newer.json'), JSON.stringify({ ...aSetup(), version: 7 }))
    writeFileSync(file('huge.json'), '')
    truncateSync(file('huge.json'), 20_000_000)
    mkdirSync(file('folder.json'))
    for (const [name, words] of [
      ['typo.json', "did you mean 'services'?"],
      ['newer.json', 'update Smeshkeeper'],
      ['huge.json', 'more than any set-up'],
      ['folder.json', 'is a folder'],
      ['none.json', 'does not exist'],
    ] as const) {
      const imported = await runCli(home, 'setup', 'import', file(name))
      expect(imported).toMatchObject({ code: 1, out: '', err: expect.stringContaining(words) as string })
      expect(await runCli(home, 'setup', 'check', file(name))).toMatchObject({ code: 1, err: expect.stringContaining(words) as string })
    }
    expect(await runCli(home, 'setup', 'check', file('good.json'))).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 identities, 2 services') as string,
    })
    expect(await runCli(home, 'setup', 'import', file('good.json'))).toEqual({
      code: 0,
      out: 'Imported 2 identities and 2 services.',
      err: '',
    })
    const shown = await runCli(home, 'setup', 'show')
    expect(JSON.parse(shown.out)).toEqual(aSetup())
  })

  it('everything else says that no keeper runs, or what it does not understand', { timeout: 60_000 }, async () => {
    const home = newHome()
    for (const verb of [['status'], ['status', '--json'], ['watch'], ['logs'], ['stop', 'all']])
      expect(await runCli(home, ...verb)).toMatchObject({
        code: 4,
        out: '',
        err: expect.stringContaining('No keeper is running here') as string,
      })
    expect(await runCli(home, 'run')).toMatchObject({ code: 1, err: expect.stringContaining('There is no set-up here') as string })
    expect(await runCli(home, 'run', '--practise')).toMatchObject({
      code: 64,
      err: expect.stringContaining('--practise is not known') as string,
    })
    expect(await runCli(home, 'dance')).toMatchObject({ code: 64 })
    expect(await runCli(home, 'help')).toMatchObject({ code: 0, out: expect.stringContaining('smeshkeeper <verb>') as string })
    expect((await runCli(home, 'version')).out).toMatch(/^smeshkeeper \d+\.\d+\.\d+$/)
    for (const wrong of ['0', '13', 'many']) {
      const answer = await runCli(home, 'run', '--practice', '--identities', wrong, '--json')
      expect(answer).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Practice did not begin') as string })
    }
  })
})
