// npm run conform -- [--programs DIR] [--only TEXT] [--json]
// Plays the recorded scenarios against the practice programs, or against the real binaries in DIR, and prints what differs.
import { goSpacemeshScenarios } from './go-spacemesh/scenarios.ts'
import { postServiceScenarios } from './post-service/scenarios.ts'
import { prepareFolders } from './post-service/folders.ts'
import { postcliScenarios } from './postcli/scenarios.ts'
import { ofVersion, practiceProgram, realProgram, versionOf } from './programs.ts'
import { runAll, runScenario, sharedFolder, type Verdict } from './run-all.ts'
import type { Program, ProgramName, Scenario } from './scenario.ts'

interface Options {
  readonly programs: string | undefined
  readonly only: string
  readonly isJson: boolean
}

function readOptions(args: readonly string[]): Options {
  const after = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  return { programs: after('--programs'), only: after('--only') ?? '', isJson: args.includes('--json') }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function tell({ scenario, differences, seconds }: Verdict, isJson: boolean): void {
  const { name, program, recording } = scenario
  if (isJson) say(JSON.stringify({ name, program, recording, seconds: Number(seconds.toFixed(2)), differences }))
  else
    say(
      [
        `${differences.length === 0 ? 'same     ' : 'DIFFERENT'} ${program} ${name} (${seconds.toFixed(1)} s)`,
        ...differences.map((line) => `    ${line}`),
      ].join('\n'),
    )
}

/** What can be compared with this program. */
function suitedTo(program: Program | undefined, all: readonly Scenario[]): readonly Scenario[] {
  const own = all.filter((scenario) => scenario.program === program?.name)
  if (program?.isReal !== true) return own
  return ofVersion(
    own.filter((scenario) => scenario.isPracticeOnly !== true),
    versionOf(program),
  )
}

async function main(options: Options): Promise<number> {
  const names: readonly ProgramName[] = ['post-service', 'postcli', 'go-spacemesh']
  const programs = new Map(
    names.map((name) => [name, options.programs === undefined ? practiceProgram(name) : realProgram(name, options.programs)]),
  )
  const all = [...postServiceScenarios(), ...postcliScenarios(), ...goSpacemeshScenarios()].filter(
    (scenario) => programs.get(scenario.program) !== undefined,
  )
  const suited = names.flatMap((name) => suitedTo(programs.get(name), all))
  const chosen = suited.filter((scenario) => scenario.name.includes(options.only))
  for (const name of names) {
    if (programs.get(name) !== undefined) continue
    const reason = `no executable ${name} in ${options.programs ?? ''}`
    say(options.isJson ? JSON.stringify({ program: name, skipped: reason }) : `skipped   ${name}: ${reason}`)
  }
  const shared = sharedFolder()
  let different = 0
  try {
    if (chosen.some((scenario) => scenario.program === 'post-service')) {
      const postcli = programs.get('postcli')
      await prepareFolders(shared.folder, postcli?.isReal === true ? postcli.command : undefined)
    }
    await runAll(
      chosen,
      4,
      async (scenario) => {
        const program = programs.get(scenario.program)
        if (program === undefined) throw new Error(`no program for ${scenario.name}`)
        return runScenario(scenario, program, shared.folder)
      },
      (verdict) => {
        if (verdict.differences.length > 0) different += 1
        tell(verdict, options.isJson)
      },
    )
  } finally {
    shared.remove()
  }
  if (!options.isJson) say(`${chosen.length - different} of ${chosen.length} scenarios as recorded`)
  return different === 0 ? 0 : 1
}

process.exitCode = await main(readOptions(process.argv.slice(2)))
