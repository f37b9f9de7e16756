import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FolderFacts } from '../../../../electron/operations/facts/folder-facts.ts'
import type { NodeConfigFacts } from '../../../../electron/operations/facts/node-config.ts'
import { mergeDraft } from '../../../../electron/operations/plans/merge.ts'
import type { MergeFacts } from '../../../../electron/operations/plans/merge-facts.ts'
import { aFolder, aMerge } from './merge-folders.ts'
import { aMoment, IDS } from './plan-world.ts'

const amber = { name: 'amber.key', identity: IDS.amber }
const iris = { name: 'iris.key', identity: IDS.iris }
const local = { name: 'local.key', identity: IDS.local }
const MAIN = aFolder('Main', [amber])
const ATTIC = aFolder('Attic', [iris])
const main = (parts: Partial<FolderFacts>): FolderFacts => ({ ...MAIN, ...parts })
const attic = (parts: Partial<FolderFacts>): FolderFacts => ({ ...ATTIC, ...parts })
const placed = (node: FolderFacts, place: Partial<FolderFacts['place']>): FolderFacts => ({ ...node, place: { ...node.place, ...place } })
const database = (node: FolderFacts, parts: FolderFacts['database'] | { readonly schema: number }): FolderFacts => ({
  ...node,
  database: { ...('is' in parts ? {} : node.database), ...parts } as FolderFacts['database'],
})
const unsupported = (schema: number, name: 'local.sql' | 'node_state.sql' = 'local.sql'): FolderFacts['database'] => ({
  is: 'unsupported',
  schema,
  bytes: 1,
  name,
  text: '',
})
const config = (text: string, file = '/node/main.json'): NodeConfigFacts => ({ is: 'read', file, text, mode: 0o600, values: {} })
const named = (name: string): Partial<MergeFacts> => ({
  request: { from: ['/node/attic'], to: '/node/main', names: { [IDS.iris]: name } },
})
const genesis = (id: string): FolderFacts['genesis'] => ({
  is: 'known',
  id: id.repeat(20),
  time: `2026-11-2${id[0] ?? ''}T00:00:00Z`,
  extra: '',
})
const POETS = { poets: ['http://poet.two'] }
const tool = { file: '/opt/merge-nodes', sha256: 'ab'.repeat(32) }
const registered = database(ATTIC, {
  is: 'read',
  schema: 9,
  bytes: 1,
  isInWal: true,
  rows: [
    {
      identity: IDS.iris,
      hasPost: true,
      hasProof: false,
      registrations: [{ address: 'http://poet.one', roundId: '3', roundEndsAt: 0 }],
    },
  ],
  tables: {},
  perId: {},
  shape: '',
})

/** Everything that can be in the way, and what the user reads then: what, why, what to do. */
const MATRIX: readonly (readonly [what: string, facts: MergeFacts, code: string, text: string])[] = [
  [
    'one folder twice',
    aMerge(MAIN, [{ ...MAIN, name: 'Again' }]),
    'same-folder',
    '/node/main and /node/main cannot be merged: they are one folder (merge-nodes says “file already exists”). Choose two nodes that lie apart',
  ],
  [
    'two paths of one folder',
    aMerge(MAIN, [placed(ATTIC, { realPath: '/node/main' })]),
    'same-folder',
    '/node/main and /node/attic cannot be merged: both lead to /node/main (merge-nodes says “file already exists”). Choose two nodes that lie apart',
  ],
  [
    'folders that share their keys',
    aMerge(placed(MAIN, { marks: { folder: 'a', identities: 'x' } }), [placed(ATTIC, { marks: { folder: 'b', identities: 'x' } })]),
    'same-folder',
    '/node/main and /node/attic cannot be merged: they share their identities by a link (merge-nodes says “file already exists”). Choose two nodes that lie apart',
  ],
  [
    'folders that share their database',
    aMerge(placed(MAIN, { marks: { folder: 'a', database: 'x' } }), [placed(ATTIC, { marks: { folder: 'b', database: 'x' } })]),
    'same-folder',
    '/node/main and /node/attic cannot be merged: they share their local.sql by a link (merge-nodes says “file already exists”). Choose two nodes that lie apart',
  ],
  [
    'folders that differ in case',
    aMerge(placed(MAIN, { realPath: '/node/ATTIC', marks: {} }), [ATTIC]),
    'same-folder',
    '/node/main and /node/attic cannot be merged: they differ only in upper and lower case, and many disks do not tell these apart (merge-nodes says “file already exists”). Choose two nodes that lie apart',
  ],
  [
    'nested folders',
    aMerge(MAIN, [placed(ATTIC, { realPath: '/node/main/attic' })]),
    'nested-folders',
    '/node/main and /node/attic cannot be merged: one lies in the other (merge-nodes says “file already exists”). Choose two nodes that lie apart',
  ],
  [
    'a source that is not there',
    aMerge(MAIN, [placed(ATTIC, { is: 'absent', marks: {} })]),
    'no-folder',
    'There is no folder /node/attic. Connect its disk or choose the right folder',
  ],
  [
    'a source that is a file',
    aMerge(MAIN, [placed(ATTIC, { is: 'no-folder' })]),
    'no-folder',
    '/node/attic is not a folder. Choose the folder that holds identities and local.sql',
  ],
  [
    'a source that may not be read',
    aMerge(MAIN, [placed(ATTIC, { is: 'unreadable' })]),
    'unreadable-folder',
    '/node/attic may not be read by your user. Give it the right, then plan again',
  ],
  [
    'a source that may not be written',
    aMerge(MAIN, [placed(ATTIC, { canWrite: false })]),
    'read-only',
    '/node/attic cannot be written to: the keys of Attic could not be taken out, and would be live twice. Make it writable for your user (or mount it so), then plan again',
  ],
  [
    'a target that is a file',
    aMerge(placed(MAIN, { is: 'no-folder' }), [ATTIC]),
    'no-folder',
    '/node/main is not a folder. Choose the folder that holds identities and local.sql',
  ],
  [
    'a target that may not be read',
    aMerge(placed(MAIN, { is: 'unreadable' }), [ATTIC]),
    'unreadable-folder',
    '/node/main may not be read by your user. Give it the right, then plan again',
  ],
  [
    'a target that may not be written',
    aMerge(placed(MAIN, { canWrite: false }), [ATTIC]),
    'read-only',
    '/node/main cannot be written to: neither keys nor rows could be written. Make it writable for your user (or mount it so), then plan again',
  ],
  [
    'a target whose path a node misreads',
    aMerge(main({ dataFolder: '/node/ma#in' }), [ATTIC]),
    'target-path',
    'The path /node/ma#in has a “#”: a node takes it for a part of an address and reads another file than the one that is merged (merge-nodes loses the rows this way without a word). Rename the folder, then plan again',
  ],
  [
    'a node that runs',
    aMerge(MAIN, [ATTIC], {
      input: { ...aMoment({ held: [{ realFolder: '/node/attic', by: 'process 4711 (systemd)' }] }), nodes: [], stops: [] },
    }),
    'node-running',
    'Attic is in use: process 4711 (systemd). A node that runs goes on with keys that are taken from it, and then two sign with them. Stop it, also whatever would start it again, then plan again',
  ],
  [
    'a database that is locked',
    aMerge(MAIN, [
      database(ATTIC, {
        is: 'locked',
        text: '/node/attic/local.sql is locked by another program, so it cannot be read now. Stop that program or try again',
      }),
    ]),
    'node-running',
    'Attic is in use: /node/attic/local.sql is locked by another program, so it cannot be read now. Stop that program or try again',
  ],
  [
    'a source without keys',
    aMerge(MAIN, [aFolder('Attic', [])]),
    'no-keys',
    'Attic has no key in /node/attic/identities, so there is nothing to merge. Leave it out',
  ],
  [
    'a key file that is none',
    aMerge(MAIN, [attic({ keys: [{ name: 'iris.key', form: 'bad', problem: 'it has 0 bytes and a key file has 128' }] })]),
    'bad-key',
    '/node/attic/identities/iris.key is not a valid key file: it has 0 bytes and a key file has 128. No node starts as long as it is there. Mend it, or move it out of the folder, then plan again',
  ],
  [
    'identities that cannot be read',
    aMerge(MAIN, [attic({ keys: [], keyProblems: ['/node/attic/identities cannot be read: give read access to it'] })]),
    'bad-key',
    'Attic: /node/attic/identities cannot be read: give read access to it. Then plan again',
  ],
  [
    'a local.key beside others',
    aMerge(MAIN, [aFolder('Attic', [iris, local])]),
    'local-key-beside-others',
    '/node/attic/identities/local.key lies beside other keys: Attic appears to be a supervised node, and no node starts so. When the node made it by itself and it has no PoS data, move it out; otherwise give it another name. Then plan again',
  ],
  [
    'one key in two places',
    aMerge(MAIN, [aFolder('Attic', [{ name: 'other.key', identity: IDS.amber }])]),
    'same-key',
    'Amber has its key in /node/main/identities/amber.key and /node/attic/identities/other.key: a node refuses it as “duplicate key found in identity files”, and two nodes with it are banned for ever. Find out which node published last, move the other file out of its folder, then plan again',
  ],
  [
    'a name that is none',
    aMerge(MAIN, [ATTIC], named('local.key')),
    'name-invalid',
    'The key of Iris cannot be called local.key: a name ends in .key, holds no slash and is not local.key. Choose another',
  ],
  [
    'a name that is taken',
    aMerge(MAIN, [ATTIC], named('amber.key')),
    'name-taken',
    'The key of Iris cannot be called amber.key: identity file amber.key already exists at Main, or another key gets this name. Choose another',
  ],
  [
    'a source without a database',
    aMerge(MAIN, [database(ATTIC, { is: 'absent' })]),
    'no-database',
    'Attic has no database: /node/attic/local.sql: no such file or directory. Without it a registered identity loses its epoch. Look for it where this folder came from; if its node never ran, start it once, then plan again',
  ],
  [
    'a damaged database',
    aMerge(MAIN, [database(ATTIC, { is: 'corrupt', text: '/node/attic/local.sql has damaged pages: restore it from a backup' })]),
    'corrupt-database',
    'Attic: /node/attic/local.sql has damaged pages: restore it from a backup, then plan again',
  ],
  [
    'a database that may not be read',
    aMerge(MAIN, [
      database(ATTIC, { is: 'unreadable', text: '/node/attic/local.sql may not be read by this user: give read access to it' }),
    ]),
    'unreadable-database',
    'Attic: /node/attic/local.sql may not be read by this user: give read access to it, then plan again',
  ],
  [
    'a database of a node before v1.4',
    aMerge(MAIN, [database(ATTIC, unsupported(2))]),
    'old-database',
    'Attic was last run by a node before v1.4 (local.sql, version 2), and newer ones refuse it. Start go-spacemesh v1.4.6 on /node/attic once, then v1.8.3 once, then plan again',
  ],
  [
    'a database by its old name',
    aMerge(MAIN, [database(ATTIC, unsupported(5, 'node_state.sql'))]),
    'old-database',
    'Attic was last run by a node before v1.4 (node_state.sql, version 5), and newer ones refuse it. Start go-spacemesh v1.4.6 on /node/attic once, then v1.8.3 once, then plan again',
  ],
  [
    'a database that is empty',
    aMerge(MAIN, [database(ATTIC, unsupported(0))]),
    'empty-database',
    'The local.sql of Attic is empty (old database version: 0 < 9): either its node never ran to its end, or the file was copied without local.sql-wal, which holds all rows. Bring local.sql-wal from where the folder came from, or start the node once, then plan again',
  ],
  [
    'a database that is too new',
    aMerge(MAIN, [database(ATTIC, unsupported(10))]),
    'unknown-schema',
    'The database of Attic is too new: version 10 > 9, the newest that this Smeshkeeper knows. Update Smeshkeeper, or give the merge-nodes of that node’s own release',
  ],
  [
    'databases of two versions',
    aMerge(MAIN, [database(ATTIC, { schema: 8 })]),
    'other-schema',
    'The databases of Main and Attic have different versions (old database version: 8 < 9): Attic was run by v1.6, Main by v1.7 and v1.8. Start Attic with go-spacemesh v1.8.3 once, stop it, then plan again',
  ],
  [
    'databases of two versions, one before v1.4.3',
    aMerge(MAIN, [database(ATTIC, { schema: 5 })]),
    'other-schema',
    'The databases of Main and Attic have different versions (old database version: 5 < 9): Attic was run by v1.4.0 to v1.4.2, Main by v1.7 and v1.8. Start Attic with go-spacemesh v1.4.6 once, then v1.8.3 once, stop it, then plan again',
  ],
  [
    'versions that one merge-nodes cannot bring together',
    aMerge(MAIN, [database(ATTIC, unsupported(11))], { tool }),
    'other-schema',
    'The databases of Attic and Main have different versions (old database version: 9 < 11), and merge-nodes works on one version only. Start Main once with the release that Attic runs, stop it, then plan again',
  ],
  [
    'a merge-nodes that is not there',
    aMerge(MAIN, [ATTIC], {
      tool: { file: '/opt/merge-nodes', problem: 'it is not there. Unpack the release of these nodes and name its merge-nodes' },
    }),
    'tool-unusable',
    '/opt/merge-nodes cannot be used: it is not there. Unpack the release of these nodes and name its merge-nodes',
  ],
  [
    'tables that no node made',
    aMerge(MAIN, [
      database(ATTIC, {
        is: 'read',
        schema: 9,
        bytes: 1,
        isInWal: true,
        rows: [],
        tables: {},
        perId: {},
        shape: 'x',
        drift: 'it has “CREATE TABLE mine (x)”',
      }),
    ]),
    'schema-drift',
    'The tables of Attic are not those of a node (schema drift detected: it has “CREATE TABLE mine (x)”): rows could land in the wrong columns, and nodes from v1.7 on do not start with it. Take back what was changed in /node/attic/local.sql, or restore it from a backup, then plan again',
  ],
  [
    'old tables that differ',
    aMerge(database(MAIN, { schema: 5 }), [
      database(ATTIC, { is: 'read', schema: 5, bytes: 1, isInWal: true, rows: [], tables: {}, perId: {}, shape: 'x' }),
    ]),
    'schema-drift',
    'The tables of Attic are not those of a node (schema drift detected: its tables differ from those of Main): rows could land in the wrong columns, and nodes from v1.7 on do not start with it. Take back what was changed in /node/attic/local.sql, or restore it from a backup, then plan again',
  ],
  [
    'two networks',
    aMerge(main({ genesis: genesis('1a') }), [attic({ genesis: genesis('2b') })]),
    'other-genesis',
    'Attic is of another network than Main: its genesis is 2026-11-22T00:00:00Z (2b2b2b2b), that of Main 2026-11-21T00:00:00Z (1a1a1a1a). Nodes of two networks cannot be merged: choose a target of the same one',
  ],
  [
    'a PoET that the target does not list',
    aMerge(main({ config: { is: 'read', file: '/node/main.json', text: '{}', mode: 0o600, values: POETS }, values: POETS }), [registered]),
    'poet-not-listed',
    'Iris is registered at http://poet.one, which Main does not list: its node would stop with a FATAL line for all its identities. Add http://poet.one to main.poet-servers in /node/main.json, then plan again',
  ],
  [
    'a PoET that the command line of the target does not list',
    aMerge(main({ config: config('{}'), values: POETS }), [registered]),
    'poet-not-listed',
    'Iris is registered at http://poet.one, which Main does not list: its node would stop with a FATAL line for all its identities. Add http://poet.one to --poet-servers of the command line of Main, then plan again',
  ],
  [
    'an identity that is banned',
    aMerge(MAIN, [ATTIC], { bans: [{ is: 'read', banned: [IDS.iris], sets: [] }] }),
    'banned',
    'Iris is banned for ever: it was seen to sign twice, and earns nothing anywhere. Take its key out of its node (Retire), then plan again',
  ],
  [
    'an identity whose set is banned',
    aMerge(MAIN, [ATTIC], { bans: [{ is: 'read', banned: [IDS.kelp], sets: [[IDS.iris, IDS.kelp]] }] }),
    'set-banned',
    'Iris shares an equivocation set with Kelp, banned for ever, and such a ban holds for the whole set. Take its key out of its node (Retire), then plan again',
  ],
  [
    'Smapp’s node as the target',
    aMerge(aFolder('Smapp', [local], { dataFolder: '/smapp/node-data/7c8cef2b', config: config('{}', '/smapp/node-config.json') }), [
      ATTIC,
    ]),
    'target-config',
    'Smapp is run by Smapp, which writes its config anew at every start. Convert it first, then merge into it',
  ],
  [
    'a supervised target whose config is not there',
    aMerge(aFolder('Main', [local], { config: { is: 'unreadable', file: '/node/main.json', why: '/node/main.json is not there' } }), [
      ATTIC,
    ]),
    'target-config',
    'Main runs its own service, and its config cannot be changed: /node/main.json is not there. Mend it, then plan again',
  ],
  [
    'a supervised target whose config cannot be changed',
    aMerge(aFolder('Main', [local], { config: config('[]') }), [ATTIC]),
    'target-config',
    'Main runs its own service. The node’s config is no JSON object. Write its settings as a JSON object, which every node reads, then plan again',
  ],
  [
    'no room at the target',
    aMerge(placed(MAIN, { freeBytes: 1000 }), [ATTIC]),
    'no-space',
    'The disk of Main has 1000 B free, and 16 MiB are needed for the new database and the snapshots. Make room, then plan again',
  ],
  [
    'no room for the snapshots',
    aMerge(MAIN, [ATTIC], { home: { freeBytes: 1000, device: '2' } }),
    'no-space',
    'The disk of Smeshkeeper’s own folder has 1000 B free, and 16 MiB are needed for the new database and the snapshots. Make room, then plan again',
  ],
]

describe('what a merge that is refused says', () => {
  it.each(MATRIX)('of %s', (_what, facts, code, text) => {
    const { plan, steps } = mergeDraft(facts)
    expect(plan.refusals.map((one) => [one.code, one.detail])).toEqual([[`merge/${code}`, text]])
    expect([plan.steps, steps]).toEqual([[], []])
    expect(text).toMatch(/[^.]$/)
  })

  it('is listed here for every code', () => {
    const folder = path.resolve('electron/operations/plans')
    const sources = ['', '-databases', '-network']
      .map((part) => readFileSync(path.join(folder, `merge-refusals${part}.ts`), 'utf8'))
      .join('\n')
    const codes = [...sources.matchAll(/(?:refusal\(\s*|code: )'([a-z-]+)'/g)].flatMap(([, code]) => code ?? [])
    expect(codes.length).toBeGreaterThan(20)
    expect([...new Set(MATRIX.map(([, , code]) => code))].sort()).toEqual([...new Set([...codes, 'read-only'])].sort())
  })
})
