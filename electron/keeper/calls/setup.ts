import { accessSync, constants, existsSync, statSync } from 'node:fs'
import os from 'node:os'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { checkSetup, crossCheck, type SetupIssue } from '../../../shared/setup/parse.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { expandPath, expandSetup } from '../expand.ts'
import type { CallContext } from './context.ts'
import { priceOf } from './price.ts'

/** What a look at this machine says of a set-up: files that are missing or cannot be run. */
export function lookAtMachine(raw: Setup): SetupIssue[] {
  const setup = expandSetup(raw, os.homedir())
  const issues: SetupIssue[] = []
  const warn = (at: string, message: string): void => void issues.push({ at, message, severity: 'warning' })
  const binary = (at: string, file: string): void => {
    if (file.startsWith('practice:')) return
    if (!existsSync(file)) return warn(at, `${file} does not exist`)
    if (!statSync(file).isFile()) return warn(at, `${file} is not a file`)
    try {
      accessSync(file, constants.X_OK)
    } catch {
      warn(at, `${file} may not be run: it is not marked executable (chmod +x)`)
    }
  }
  const folder = (at: string, file: string): void => {
    if (!existsSync(file)) warn(at, `${file} is not there now`)
    else if (!statSync(file).isDirectory()) warn(at, `${file} is not a folder`)
  }
  if (setup.node.mode === 'managed') {
    binary('node.binary', setup.node.binary)
    folder('node.dataFolder', setup.node.dataFolder)
    if (!existsSync(setup.node.configFile)) warn('node.configFile', `${setup.node.configFile} does not exist`)
    if (setup.node.coinbase === undefined)
      warn('node.coinbase', 'without a coinbase the node refuses PoST services, unless its config file names one')
  }
  setup.services.forEach((service, n) => {
    if (service.owner === 'smeshkeeper') binary(`services.${n}.binary`, service.binary)
    folder(`services.${n}.posFolder`, service.posFolder)
  })
  return issues
}

const ownsNode = ({ node }: Setup): boolean => node.mode === 'managed' && node.owner === 'smeshkeeper'

/** Taking a service or the node out of our hands would stop it: while a proof hangs on it, that is asked by `stop` first. */
function costsWork(context: CallContext, next: Setup): string | undefined {
  const session = context.session()
  const busy = (session?.snapshot()?.identities ?? []).filter((one) => priceOf(one, context.clock.now()).lostMs > 0)
  const kept = new Set(next.services.filter((one) => one.owner === 'smeshkeeper').map((one) => one.identity))
  const lost = busy.find((one) => one.service?.owner === 'smeshkeeper' && !kept.has(one.id))
  if (lost !== undefined) return `${priceOf(lost, context.clock.now()).sentence} Nothing was changed. Stop its service first.`
  const isNodeLost = session !== undefined && ownsNode(session.setup()) && !ownsNode(next)
  const state = session?.processes.state('node')?.at
  if (!isNodeLost || busy.length === 0 || state === undefined || state === 'stopped') return undefined
  const names = busy.map((one) => one.name).join(', ')
  return `The node would be stopped while ${names} ${busy.length === 1 ? 'makes its proof' : 'make their proofs'}: nothing could be handed over. Nothing was changed. Stop the node first.`
}

export function setupCalls(context: CallContext): AppHandlers['setup'] {
  const change = async (next: Setup) => {
    const worst = crossCheck(next).find((issue) => issue.severity === 'error')
    if (worst !== undefined) return fail('setup/invalid', `${worst.at}: ${worst.message}`)
    const price = costsWork(context, next)
    if (price !== undefined) return fail('setup/invalid', price)
    return context.changeSetup(next)
  }
  return {
    read() {
      const loaded = context.store.load()
      const problems =
        loaded.problem === undefined ? loaded.issues : [{ at: '', message: loaded.problem, severity: 'error' as const }, ...loaded.issues]
      return ok({ setup: loaded.setup, path: context.store.file, problems })
    },
    check({ setup }) {
      const checked = checkSetup(setup)
      return ok([...(checked.issues ?? []), ...(checked.ok ? lookAtMachine(checked.value) : [])])
    },
    save: ({ setup }) => change(setup),
    async importFile({ path }) {
      const read = context.store.read(expandPath(path, os.homedir()))
      return read.ok ? change(read.value) : read
    },
    async setIdentity(identity) {
      const { setup } = context.store.load()
      if (setup === undefined) return fail('setup/invalid', 'there is no set-up yet')
      const others = setup.identities.filter((one) => one.id !== identity.id)
      const at = setup.identities.findIndex((one) => one.id === identity.id)
      const identities = at < 0 ? [...others, identity] : setup.identities.map((one) => (one.id === identity.id ? identity : one))
      return change({ ...setup, identities })
    },
    async setService(service) {
      const { setup } = context.store.load()
      if (setup === undefined) return fail('setup/invalid', 'there is no set-up yet')
      const at = setup.services.findIndex((one) => one.identity === service.identity)
      const services =
        at < 0 ? [...setup.services, service] : setup.services.map((one) => (one.identity === service.identity ? service : one))
      return change({ ...setup, services })
    },
  }
}
