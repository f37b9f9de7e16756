// Makes a practice home for a story: node scripts/electron-runtime.mjs --as-node test/e2e/live/prepare.ts '<json>'
// { home, identities, epochSeconds, secondDisk?, pace? } → prints { ids, names, posFolders, script }.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { homeAt } from '../../../electron/lib/home.ts'
import { preparePractice } from '../../../electron/practice/index.ts'

interface Ask {
  readonly home: string
  readonly identities: number
  readonly epochSeconds: number
  /** The PoS data of the last identity is moved here. */
  readonly secondDisk?: string
  readonly pace?: Readonly<Record<string, number>>
}

const ask = JSON.parse(process.argv[2] ?? '{}') as Ask
const home = homeAt(ask.home)
const practice = homeAt(home.practice)
for (const folder of [practice.config, practice.state, home.state]) mkdirSync(folder, { recursive: true, mode: 0o700 })
const prepared = await preparePractice({ home: practice, identities: ask.identities, epochSeconds: ask.epochSeconds, now: Date.now() })
if (!prepared.ok) throw new Error(prepared.fault.detail)
const { setup, env } = prepared.value
const services = setup.services.map((service, n) => {
  if (ask.secondDisk === undefined || n !== setup.services.length - 1) return service
  const posFolder = path.join(ask.secondDisk, path.basename(service.posFolder))
  cpSync(service.posFolder, posFolder, { recursive: true })
  rmSync(service.posFolder, { recursive: true })
  return { ...service, posFolder }
})
const pace = { ...(JSON.parse(env['SMESHKEEPER_PRACTICE_PACE'] ?? '{}') as object), ...ask.pace }
writeFileSync(path.join(practice.config, 'setup.json'), JSON.stringify({ ...setup, services }, null, 2))
writeFileSync(path.join(practice.state, 'practice-env.json'), JSON.stringify({ ...env, SMESHKEEPER_PRACTICE_PACE: JSON.stringify(pace) }))
writeFileSync(path.join(home.state, 'mode.json'), JSON.stringify({ mode: 'practice' }))
process.stdout.write(
  JSON.stringify({
    ids: setup.identities.map((identity) => identity.id),
    names: setup.identities.map((identity) => identity.nickname),
    posFolders: services.map((service) => service.posFolder),
    script: env['SMESHKEEPER_PRACTICE_SCRIPT'],
  }),
)
