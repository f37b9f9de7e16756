import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startSocketServer, type KeeperLink, type SocketServer } from '../../../electron/ipc/index.ts'
import type { Home } from '../../../electron/lib/home.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { aBackupEntry, aBackupState, aDrill, aPlace } from '../../builders/backup.ts'
import { newHome, runCli } from '../keeper/running.ts'

const SECRET = 'correct horse battery staple'
const cliFile = path.resolve(import.meta.dirname, '../../../electron/cli.ts')
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
if (!hasScript) console.log('skipped: no `script` of util-linux here, which makes a terminal')

const servers: SocketServer[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of servers.splice(0)) await server.close()
})

/** A keeper that answers as the calls here need it, on the real socket. */
async function keeperAt(home: Home): Promise<{ readonly calls: { readonly name: string; readonly input: unknown }[] }> {
  const calls: { name: string; input: unknown }[] = []
  const answers: Readonly<Record<string, unknown>> = {
    'backup.state': aBackupState(),
    'backup.place': aPlace(),
    'backup.begin': aBackupEntry(),
    'backup.drill': aDrill(),
  }
  const link: KeeperLink = {
    call: (name, input) => {
      calls.push({ name, input })
      return Promise.resolve(ok(answers[name]))
    },
    onTopic: () => () => {},
  }
  const { version } = JSON.parse(readFileSync(path.resolve(cliFile, '../../package.json'), 'utf8')) as { version: string }
  const server = await startSocketServer(link, { socketPath: home.socket, version, log: silentLogger })
  if (!server.ok) throw new Error(server.fault.detail)
  servers.push(server.value)
  return { calls }
}

/** Runs a verb in a terminal of its own, then shows how that terminal is left. `steps`: what is typed once a text is seen. */
async function inTerminal(home: Home, verb: string, steps: readonly (readonly [string, string])[]): Promise<string> {
  const child = spawn('script', ['-qec', `"${process.execPath}" "${cliFile}" ${verb}; echo "code=$?"; stty -a`, '/dev/null'], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', SMESHKEEPER_HOME: home.root, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  let seen = ''
  let from = 0
  const left = [...steps]
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    seen += chunk
    const [step] = left
    const at = step === undefined ? -1 : seen.indexOf(step[0], from)
    if (step === undefined || at < 0) return
    left.shift()
    from = at + step[0].length
    child.stdin.write(step[1])
  })
  await new Promise((resolve) => child.on('close', resolve))
  expect(left).toEqual([])
  return seen
}

const isAsBefore = (seen: string): boolean => /(?<!-)\becho\b/.test(seen) && /(?<!-)\bicanon\b/.test(seen)

describe.skipIf(!hasScript)('verbs about keys in a real terminal', () => {
  it('read a passphrase twice and show none of it', async () => {
    const home = newHome()
    const { calls } = await keeperAt(home)
    const seen = await inTerminal(home, 'backup --to /x', [
      ['Passphrase for this backup: ', `wrong\u0015${SECRET}x\u007f\r`],
      ['The same once more: ', `${SECRET}\r`],
    ])
    expect(seen).toContain('code=0')
    expect(seen).toContain('Backed up the 6 keys')
    expect(seen).not.toContain('horse')
    expect(isAsBefore(seen)).toBe(true)
    expect(calls.at(-1)).toMatchObject({ name: 'backup.begin', input: { folder: '/x', passphrase: SECRET } })
  })

  it('give the terminal back on Ctrl-C', async () => {
    const home = newHome()
    const { calls } = await keeperAt(home)
    const seen = await inTerminal(home, 'drill', [['Passphrase of this backup: ', 'correct\u0003']])
    expect(seen).toContain('code=130')
    expect(seen).not.toContain('correct')
    expect(isAsBefore(seen)).toBe(true)
    expect(calls.map(({ name }) => name)).toEqual(['backup.state'])
  })
})

describe('verbs about keys without a terminal', () => {
  it('take a passphrase from a file, a variable and a pipe, and say who else can read the file', async () => {
    const home = newHome()
    const { calls } = await keeperAt(home)
    const file = path.join(home.root, 'secret')
    writeFileSync(file, `${SECRET}\n`, { mode: 0o644 })
    const drilled = await runCli(home, 'drill', '--passphrase-file', file, '--json')
    expect(drilled).toMatchObject({ code: 0, err: expect.stringContaining('Other users of this machine can read') as string })
    expect(JSON.parse(drilled.out)).toMatchObject({ id: 'b1', is: 'passed' })
    expect(calls.at(-1)).toMatchObject({ input: { id: 'b1', secret: { passphrase: SECRET, isTyped: false } } })
    expect(drilled.out + drilled.err).not.toContain('horse')
    // While the verb reads, the pipe's other end is still busy.
    const script = `(sleep 0.2; printf '%s\\n' "$S") | "${process.execPath}" "${cliFile}" drill b4 --passphrase-file /dev/stdin`
    const piped = spawn('sh', ['-c', script], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', SMESHKEEPER_HOME: home.root, S: SECRET },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    children.push(piped)
    expect(await new Promise((resolve) => piped.on('close', resolve))).toBe(0)
    expect(calls.at(-1)).toMatchObject({ input: { id: 'b4', secret: { passphrase: SECRET } } })
  })

  it('refuse a passphrase among the arguments, and ask nobody', async () => {
    const home = newHome()
    const { calls } = await keeperAt(home)
    const refused = await runCli(home, 'drill', `--passphrase=${SECRET}`)
    expect(refused).toMatchObject({ code: 64, out: '', err: expect.stringContaining('never taken from the command line') as string })
    expect(refused.err).not.toContain('horse')
    expect(await runCli(home, 'drill')).toMatchObject({
      code: 64,
      err: expect.stringContaining('There is no terminal to ask on') as string,
    })
    expect(calls.filter(({ name }) => name !== 'backup.state')).toEqual([])
  })
})
