import { describe, expect, it } from 'vitest'
import { planMoveData, type BulkFiles, type MoveInput } from '../../../../electron/operations/move/index.ts'
import { aKey } from '../../../builders/machine-tree.ts'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { bulkOver } from './bulk-over.ts'
import { aDisk, anInput, ASIDE, FROM, IDENTITY, KEY, metadata, mount, NOW, SETUP, TO } from './move-world.ts'

const HOUR = 3_600_000

interface Asked {
  readonly to?: string
  readonly change?: (files: CrashFiles) => void
  readonly bulk?: (bulk: BulkFiles) => BulkFiles
  readonly input?: Partial<MoveInput>
}

async function plan({ to = TO, change, bulk = (one) => one, input = {} }: Asked = {}) {
  const files = aDisk()
  change?.(files)
  const before = JSON.stringify(files.all().map(({ path, bytes }) => [path, bytes.toString('hex')]))
  const draft = await planMoveData({ identity: IDENTITY, to }, anInput(bulk(bulkOver(files)), input))
  expect(JSON.stringify(files.all().map(({ path, bytes }) => [path, bytes.toString('hex')]))).toBe(before)
  expect(files.operations.filter(({ changes }) => changes)).toEqual([])
  return draft
}

const refusal = async (asked: Asked): Promise<string> => {
  const draft = await plan(asked)
  expect(draft.steps).toEqual([])
  const [first] = draft.plan.refusals
  return first === undefined ? 'not refused' : `${first.code}: ${first.detail}`
}

const system = (...mounts: ReturnType<typeof mount>[]): Partial<MoveInput> => ({
  system: { platform: 'linux', mounts: [mount('/'), mount('/old'), ...mounts], resolve: (folder) => folder },
})

describe('the plan of a move', () => {
  it('names the steps, what they need, when they end and what stays', async () => {
    const { plan: shown, steps } = await plan()
    expect(steps.map(({ is }) => is)).toEqual(['move-copy', 'move-verify', 'move-switch', 'write-file', 'move-keep'])
    expect(steps.length).toBe(shown.steps.length)
    expect(steps[0]).toMatchObject({ from: FROM, to: TO, fromMount: '/old', toMount: '/new' })
    expect(steps[3]).toMatchObject({ file: SETUP, keep: 'setup.json' })
    expect(shown.title).toBe('Move the PoS data of Amber to /new/post')
    expect(shown.refusals).toEqual([])
    expect(shown.asks).toEqual([])
    expect(shown.stops).toEqual(['the service of Amber'])
    expect(shown.needs.bytes).toBeGreaterThan(11_264)
    expect(shown.checks.map(({ text }) => text).join(' ')).toMatch(/3.d before Amber has to prove/)
    expect(shown.checks.map(({ text }) => text).join(' ')).toMatch(/Measured: 100.MiB\/s/)
    expect(shown.risks.map(({ text }) => text)).toEqual([
      `identity.key in ${FROM} stays where it is: a key is never doubled, and no service needs it there.`,
    ])
  })

  it('never takes a key along, whatever it is called, and copies the metadata last', async () => {
    const { steps, plan: shown } = await plan({
      change: (files) => {
        files.put(`${FROM}/old-name.txt`, KEY)
        files.put(`${FROM}/amber.key.bak`, 'anything')
        files.putFolder(`${FROM}/folder`)
      },
    })
    const names = (steps[0] as unknown as { files: { name: string }[] }).files.map(({ name }) => name)
    expect(names).toEqual(['postdata_0.bin', 'postdata_1.bin', 'postdata_2.bin', 'smeshing_metadata.json', 'postdata_metadata.json'])
    expect(shown.risks.map(({ text }) => text).join(' ')).toContain('amber.key.bak, identity.key, old-name.txt')
    expect(shown.checks.map(({ text }) => text).join(' ')).toContain('not moved and stay: folder')
  })

  it('says that speeds are assumed when nobody measured them, and counts half on one disk', async () => {
    const assumed = await plan({ input: { speeds: {} } })
    expect(assumed.plan.checks.map(({ text }) => text).join(' ')).toMatch(/Not measured, so assumed: 120.MiB\/s/)
    const one = await plan({ input: { speeds: { isOneDisk: true } } })
    expect(one.plan.checks.map(({ text }) => text).join(' ')).toMatch(/assumed: 60.MiB\/s/)
  })

  it('tells the price while the identity proves, is due before the end, or nobody knows', async () => {
    const slow = { read: 1, write: 1, readBack: 1 } // 11,000 s each
    const proving = await plan({ input: { need: { is: 'proving', price: 'Amber has worked for 3 h: that is lost.' } } })
    expect(proving.plan.risks[0]).toMatchObject({ grade: 'cost', text: expect.stringContaining('that is lost') as string })
    const due = await plan({ input: { speeds: slow, need: { is: 'needed-at', at: NOW + 2 * HOUR, gapEnd: NOW + 48 * HOUR } } })
    expect(due.plan.risks[0]).toMatchObject({ grade: 'cost', text: expect.stringContaining('has to prove from') as string })
    const lost = await plan({ input: { speeds: slow, need: { is: 'needed-at', at: NOW + 2 * HOUR, gapEnd: NOW + 3 * HOUR } } })
    expect(lost.plan.risks[0]).toMatchObject({ grade: 'loss', text: expect.stringContaining('An epoch is lost') as string })
    const unknown = await plan({ input: { need: { is: 'unknown' } } })
    for (const { plan: shown } of [proving, due, lost, unknown]) {
      expect(shown.refusals).toEqual([])
      expect(shown.asks.map(({ id }) => id)).toEqual(['price'])
    }
  })

  it('allows network shares with a note', async () => {
    const { plan: shown, steps } = await plan({ input: system(mount('/new', 'nfs4')) })
    expect(steps.length).toBe(5)
    expect(shown.risks[0]).toMatchObject({ grade: 'note', text: expect.stringContaining('network share') as string })
  })

  it('renames within one volume: no room needed, nothing copied', async () => {
    const { plan: shown, steps } = await plan({
      to: '/old/moved',
      input: system(),
      bulk: (bulk) => ({ ...bulk, freeBytes: () => Promise.resolve(0) }),
    })
    expect(steps.map(({ is }) => is)).toEqual(['move-names', 'write-file'])
    expect(shown.needs.bytes).toBe(0)
  })

  it('gives up when a disk does not answer', async () => {
    const text = await refusal({ bulk: (bulk) => ({ ...bulk, list: () => new Promise(() => undefined) }), input: { patienceMs: 20 } })
    expect(text).toBe('move/no-answer: A disk does not answer. See whether both are connected and healthy, then plan again')
  })
})

describe('a move is refused', () => {
  it.each<[string, Asked, string]>([
    [
      'without a folder',
      { input: { from: null } },
      'move/no-source: Amber has no service with a folder of data, so there is nothing to move. Add the service first',
    ],
    [
      'for a service of somebody else',
      { input: { owner: 'systemd' } },
      'move/foreign-service: The service of Amber is run by systemd, which would go on reading the old folder. Take it over first',
    ],
    ['to a path that is not whole', { to: 'post' }, 'move/not-absolute: post is no full path. Give the new folder from the root on'],
    [
      'when the old disk is away',
      { input: { from: '/gone/post' } },
      'move/source-away: /gone/post cannot be found. Connect its disk, then plan again',
    ],
    ['to where it is', { to: FROM }, 'move/same: /old/post is where the data is already. Choose another folder'],
    [
      'into itself',
      { to: `${FROM}/inner` },
      'move/nested: /old/post/inner lies inside the folder that is to be moved. Choose one beside it or on another disk',
    ],
    ['to a folder that holds it', { to: '/old', input: system() }, 'move/nested: The data lies inside /old. Choose another folder'],
    [
      'onto a whole disk',
      { to: '/new' },
      'move/target-is-disk: /new is a whole disk. Choose a new folder on it, for example /new/post-data',
    ],
    [
      'below a folder that is not there',
      { to: '/new/a/b' },
      'move/no-parent: The folder in which /new/a/b should lie does not exist, or its disk is not there. Connect the disk, or make the folder first',
    ],
    [
      'into the data of another service',
      {
        to: '/new/other/x',
        change: (files) => files.putFolder('/new/other'),
        input: { others: [{ name: 'Birch', posFolder: '/new/other' }] },
      },
      'move/in-use: /new/other/x and the data of Birch in /new/other would lie in one another. Choose another folder',
    ],
    [
      'onto other files',
      { change: (files) => files.put(`${TO}/mine.txt`, 'mine') },
      'move/target-taken: /new/post is not empty, and nothing is written over. Choose a new or an empty folder',
    ],
    [
      'onto the data of another identity',
      {
        change: (files) =>
          files.put(`${TO}/postdata_metadata.json`, metadata({ NodeId: Buffer.from(aKey(2).identity, 'hex').toString('base64') })),
      },
      `move/target-other-identity: /new/post holds the PoS data of ${aKey(2).identity.slice(0, 8)}…, and nothing is written over. Choose another folder`,
    ],
    [
      'beside what an earlier move left',
      { change: (files) => files.putFolder(ASIDE) },
      `move/leftover: ${ASIDE} is there already. If it is what an earlier move left, remove it; then plan again`,
    ],
    [
      'onto a read-only disk',
      { input: system(mount('/new', 'ext4', 'ro,errors=continue')) },
      'move/target-read-only: The disk of /new/post is mounted read-only. Make it writable, or choose another one',
    ],
    [
      'when a file is missing',
      { change: (files) => files.remove(`${FROM}/postdata_1.bin`) },
      'move/source-incomplete: /old/post is not complete: postdata_1.bin is missing. Mend or finish the data before it is moved',
    ],
    [
      'when a file is short',
      { change: (files) => files.put(`${FROM}/postdata_1.bin`, 'short') },
      'move/source-incomplete: /old/post is not complete: postdata_1.bin has 5 bytes instead of 4096. Mend or finish the data before it is moved',
    ],
    [
      'when there is a file too many',
      { change: (files) => files.put(`${FROM}/postdata_7.bin`, 'x') },
      'move/source-incomplete: /old/post is not complete: postdata_7.bin should not be there, and the service would read it as data. Mend or finish the data before it is moved',
    ],
    [
      'without metadata',
      { change: (files) => files.remove(`${FROM}/postdata_metadata.json`) },
      'move/source-incomplete: /old/post is no whole PoS folder: it has no postdata_metadata.json. Choose the right folder in the service first',
    ],
    [
      'before initialization is finished',
      { change: (files) => files.put(`${FROM}/postdata_metadata.json`, metadata({ Nonce: null })) },
      'move/source-incomplete: The initialization of /old/post is not finished: its metadata has no nonce yet. Let postcli finish before the data is moved',
    ],
    [
      'when the data is of another identity',
      {
        change: (files) =>
          files.put(`${FROM}/postdata_metadata.json`, metadata({ NodeId: Buffer.from(aKey(2).identity, 'hex').toString('base64') })),
      },
      `move/other-identity: The data in /old/post is of ${aKey(2).identity.slice(0, 8)}…, not of Amber (${IDENTITY.slice(0, 8)}…). Point the service of Amber to its own data first`,
    ],
    [
      'when data files are links',
      {
        change: (files) => {
          files.remove(`${FROM}/postdata_1.bin`)
          files.putLink(`${FROM}/postdata_1.bin`, '/elsewhere')
        },
      },
      'move/linked: postdata_1.bin in /old/post is a link or a folder, so the data lies elsewhere. Bring the files together in one folder first',
    ],
  ])('%s', async (_name, asked, text) => {
    expect(await refusal(asked)).toBe(text)
  })

  it('when there is not enough room, with both numbers', async () => {
    const text = await refusal({ bulk: (bulk) => ({ ...bulk, freeBytes: () => Promise.resolve(11_300) }) })
    expect(text).toMatch(
      /^move\/no-space: The move needs 11.KiB on the disk of \/new\/post, and 11.KiB are free. Make room, or choose another disk$/,
    )
  })

  it('when the file system of the target holds no files of 4 GiB', async () => {
    const large = 4 * 1024 ** 3
    const text = await refusal({
      input: system(mount('/new', 'vfat')),
      change: (files) => files.put(`${FROM}/postdata_metadata.json`, metadata({ LabelsPerUnit: large / 16, MaxFileSize: large })),
      bulk: (bulk) => ({
        ...bulk,
        list: (folder) => Promise.resolve(folder === FROM ? ['postdata_0.bin', 'postdata_metadata.json'] : []),
        facts: async (file) => {
          const found = await bulk.facts(file)
          return found === undefined || !file.endsWith('postdata_0.bin') ? found : { ...found, bytes: large, heldBytes: large }
        },
      }),
    })
    expect(text).toMatch(
      /^move\/file-size: The disk of \/new\/post has the file system vfat, which holds files below 4 GiB only; postdata_0.bin has 4.0.GiB/,
    )
  })
})
