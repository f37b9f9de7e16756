import type { FoundProcess, FoundServiceSetup, FoundSetup } from '../../shared/domain/inventory.ts'
import { parseObject } from './config-values.ts'
import { readText } from './read-text.ts'
import { readService } from './service-reading.ts'
import { pathsOf, type InteropFiles, type InteropPlatform } from './types.ts'

/** Config of the PSM that is a shell script (`sm-psm.sh`). The other one, in a container, has a `config.json`. */
export const SCRIPT_CONFIG = 'sm-psm-config.txt'

interface Psm {
  readonly file: string
  readonly files: InteropFiles
  readonly platform: InteropPlatform
  /** Set-ups of compose files: the container PSM names containers, and only they tell folders. */
  readonly setups: readonly FoundSetup[]
  readonly processes: readonly FoundProcess[]
  readonly isAutomatic: boolean
}

type Tree = Readonly<Record<string, unknown>>
const treeOf = (value: unknown): Tree => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {})

const base = ({ file, isAutomatic }: Psm): Omit<FoundSetup, 'services' | 'problems'> => ({
  kind: 'psm',
  owner: 'psm',
  label: `PSM (${file})`,
  file,
  isAutomatic,
  walletFiles: [],
})

const LITERAL = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$/

/** `http://127.0.0.1:9100/status` to `127.0.0.1:9100`; a container's name is no address on this machine. */
function operatorOf(metrics: unknown): string | undefined {
  const address = /^https?:\/\/([^/]+)/.exec(typeof metrics === 'string' ? metrics : '')?.[1] ?? ''
  return LITERAL.test(address) ? address : undefined
}

/**
 * The PSM in a container: it starts and stops containers by name; how they run, their compose file says.
 * @source github.com/tjb-altf4/spacemesh-psm, docs/CONFIGURATION.md (format of config.json)
 */
export function readContainerPsm(psm: Psm): FoundSetup | undefined {
  const read = readText(psm.files, psm.file)
  if (read.is === 'absent') return undefined
  const broken = (why: string): FoundSetup => ({
    ...base(psm),
    services: [],
    problems: [`${psm.file} is not understood: ${why}. What PSM runs is not known.`],
  })
  if (read.is === 'unreadable') return broken(read.why)
  const parsed = parseObject(read.text)
  if (parsed.is === 'bad') return broken(parsed.why)
  const listed: unknown = parsed.value['services']
  if (!Array.isArray(listed) || treeOf(parsed.value['node'])['endpoint'] === undefined) return undefined
  const known = psm.setups.flatMap(({ services }) => services)
  const problems: string[] = []
  const services = listed.flatMap((entry: unknown): FoundServiceSetup[] => {
    const name = treeOf(entry)['name']
    if (typeof name !== 'string' || name === '') return []
    const service = known.find(({ unit }) => unit === name)
    if (service !== undefined) return [service]
    const operator = operatorOf(treeOf(treeOf(entry)['endpoint'])['metrics'])
    problems.push(`PSM runs the container ${name}, of which no compose file was found: its folder and arguments are not known.`)
    return [{ unit: name, args: [], ...(operator === undefined ? {} : { operator }) }]
  })
  return { ...base(psm), services, problems }
}

/** Lines of the script's config: name, address, three ports, Space Units; the first is the node. `#` begins a comment. */
function scriptLines(text: string): readonly (readonly string[])[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(',').map((field) => field.trim()))
}

/** The running service of a name: the script keeps its pid beside its config. */
function runningOf(name: string, { file, files, platform, processes }: Psm): FoundProcess | undefined {
  const rules = pathsOf(platform)
  const read = readText(files, rules.join(rules.dirname(file), `${name.replace(/\.key$/, '')}.pid`))
  const pid = read.is === 'text' && /^\s*\d{1,10}\s*$/.test(read.text) ? Number(read.text) : undefined
  return processes.find((process) => process.pid === pid && process.program === 'post-service')
}

/**
 * The PSM that is a script: it starts each service through a script of the service's name, which is not read; the process
 * tells while it runs.
 * @source the script's public text, version 1.01 (format of sm-psm-config.txt, pid files)
 */
export function readScriptPsm(psm: Psm): FoundSetup | undefined {
  const read = readText(psm.files, psm.file)
  if (read.is === 'absent') return undefined
  if (read.is === 'unreadable')
    return { ...base(psm), services: [], problems: [`${psm.file} could not be read: ${read.why}. What PSM runs is not known.`] }
  const [, ...lines] = scriptLines(read.text)
  const problems: string[] = []
  const services = lines.flatMap(([name = '', ip = '', , , port = '']): FoundServiceSetup[] => {
    if (name === '') return []
    const operator = LITERAL.test(`${ip}:${port}`) ? { operator: `${ip}:${port}` } : {}
    const running = runningOf(name, psm)
    if (running !== undefined) {
      const { files, platform } = psm
      const context = { files, platform, ...(running.cwd === undefined ? {} : { cwd: running.cwd }) }
      return [
        {
          ...operator,
          ...readService(running.args, context),
          unit: name,
          pid: running.pid,
          ...(running.binary === undefined ? {} : { binary: running.binary }),
        },
      ]
    }
    problems.push(`PSM starts ${name} through a script of its own, and it does not run now: its folder and arguments are not known.`)
    return [{ unit: name, args: [], ...operator }]
  })
  return { ...base(psm), services, problems }
}
