import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runVaultJob } from '../../../electron/vault/index.ts'
import { aMachine, has, launch, made, PASSPHRASE, type Machine } from './machine.ts'

const NEEDED = ['age', 'age-keygen', 'unzip', 'zip', 'script']
const missing = NEEDED.filter((command) => !has(command))
const why = `needs ${missing.join(', ')} (Debian: age, unzip, zip, bsdutils)`
if (missing.length > 0) console.log(`skipped: ${why}`)

let machine: Machine
beforeEach(() => (machine = aMachine()))
afterEach(() => machine.end())

/** Runs age on a terminal of its own and types at each of its questions. */
function typed(command: string, answers: readonly string[]): Promise<number | null> {
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] })
  let asked = 0
  child.stdout.on('data', (chunk: Buffer) => {
    if (/passphrase[^\n]*:/i.test(chunk.toString()) && asked < answers.length) child.stdin.write(`${answers[asked++] ?? ''}\r`)
  })
  return new Promise((resolve) => child.on('close', resolve))
}

function anIdentity(): { readonly file: string; readonly recipient: string } {
  const file = path.join(machine.root, 'identity.txt')
  spawnSync('age-keygen', ['-o', file])
  return { file, recipient: /age1\w+/.exec(readFileSync(file, 'utf8'))?.[0] ?? '' }
}

function expectUnzips(zip: string): string {
  const out = path.join(machine.root, 'out')
  execFileSync('unzip', ['-q', zip, '-d', out])
  const manifest = JSON.parse(readFileSync(path.join(out, 'manifest.json'), 'utf8')) as { entries: { name: string; sha256: string }[] }
  const sums = manifest.entries.map(({ name, sha256 }) => `${sha256}  ${name}`).join('\n')
  expect(spawnSync('sha256sum', ['-c', '--quiet', '-'], { cwd: out, input: `${sums}\n`, encoding: 'utf8' })).toMatchObject({ status: 0 })
  return out
}

describe.skipIf(missing.length > 0)('Debian’s age and unzip', () => {
  it('open a backup by its passphrase; the keys are the node’s own files and local.sql holds the rows of the log', async () => {
    const file = await made(machine, { passphrase: PASSPHRASE })
    const zip = path.join(machine.root, 'opened.zip')
    expect(await typed(`age -d -o ${zip} ${file}`, [PASSPHRASE])).toBe(0)
    const out = expectUnzips(zip)
    const own = readdirSync(path.join(machine.dataFolder, 'identities'))
    const texts = (folder: string, names: readonly string[]): string[] =>
      names.map((name) => readFileSync(path.join(folder, name), 'utf8')).sort()
    expect(texts(path.join(out, 'keys'), readdirSync(path.join(out, 'keys')))).toEqual(
      texts(path.join(machine.dataFolder, 'identities'), own),
    )
    const db = new Database(path.join(out, 'node/local.sql'), { readonly: true })
    expect(db.pragma('user_version', { simple: true })).toBe(9)
    expect((db.prepare('SELECT count(*) AS n FROM post').get() as { n: number }).n).toBeGreaterThan(0)
    db.close()
    expect(readFileSync(path.join(out, 'README.txt'), 'utf8')).toMatch(/Never let one key run in two nodes/)
  })

  it('open a backup for a recipient', async () => {
    const identity = anIdentity()
    const file = await made(machine, { recipients: [identity.recipient] })
    const zip = path.join(machine.root, 'opened.zip')
    execFileSync('age', ['-d', '-i', identity.file, '-o', zip, file])
    expectUnzips(zip)
    const opened = await runVaultJob({
      launch,
      request: { job: 'open', file, secret: { identityFile: identity.file }, here: machine.here() },
    }).done
    expect(opened).toMatchObject({ ok: true, value: { identities: machine.identities } })
  })

  it('make files that we open, also when the zip is deflated and has folders', async () => {
    const identity = anIdentity()
    const zip = path.join(machine.root, 'opened.zip')
    execFileSync('age', ['-d', '-i', identity.file, '-o', zip, await made(machine, { recipients: [identity.recipient] })])
    const out = expectUnzips(zip)
    execFileSync('zip', ['-q', '-9', '-r', path.join(machine.root, 'theirs.zip'), '.'], { cwd: out })
    const theirs = path.join(machine.stick, 'theirs.zip.age')
    expect(await typed(`age -p -o ${theirs} ${path.join(machine.root, 'theirs.zip')}`, [PASSPHRASE, PASSPHRASE])).toBe(0)
    const job = { file: theirs, live: [], isTyped: true, at: Date.now() }
    const drill = await runVaultJob({ launch, request: { job: 'drill', drill: job, secret: { passphrase: PASSPHRASE } } }).done
    expect(drill).toMatchObject({ ok: true, value: { result: { is: 'passed' } } })
  })

  it('make files that are no backup, which we say', async () => {
    const identity = anIdentity()
    mkdirSync(path.join(machine.root, 'letters'))
    writeFileSync(path.join(machine.root, 'letters/a.txt'), 'dear')
    execFileSync('zip', ['-q', '-r', path.join(machine.root, 'letters.zip'), 'letters'], { cwd: machine.root })
    const file = path.join(machine.root, 'letters.zip.age')
    execFileSync('age', ['-r', identity.recipient, '-o', file, path.join(machine.root, 'letters.zip')])
    const request = { job: 'open', file, secret: { identityFile: identity.file }, here: machine.here() } as const
    expect(await runVaultJob({ launch, request }).done).toMatchObject({ ok: false, fault: { code: 'backup/foreign' } })
    const armored = path.join(machine.root, 'armored.age')
    execFileSync('age', ['-a', '-r', identity.recipient, '-o', armored, path.join(machine.root, 'letters.zip')])
    expect(await runVaultJob({ launch, request: { ...request, file: armored } }).done).toMatchObject({ fault: { code: 'backup/foreign' } })
  })
})
