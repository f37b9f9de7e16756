import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { differencesOf, type Program, type Scenario } from './scenario.ts'

export interface Verdict {
  readonly scenario: Scenario
  readonly differences: readonly string[]
  readonly seconds: number
}

/** Runs one scenario in a folder of its own. */
export async function runScenario(scenario: Scenario, program: Program, shared: string): Promise<Verdict> {
  const folder = mkdtempSync(path.join(tmpdir(), 'smeshkeeper-conform-'))
  const begun = performance.now()
  try {
    const seen = await scenario.driver({ program, folder, shared })
    return { scenario, differences: differencesOf(scenario, seen), seconds: (performance.now() - begun) / 1000 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Folder for what several scenarios read; `remove` afterwards. */
export function sharedFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'smeshkeeper-shared-'))
  mkdirSync(folder, { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Side by side, at most `width` at once; verdicts in the order in which they come. */
export async function runAll(
  scenarios: readonly Scenario[],
  width: number,
  run: (scenario: Scenario) => Promise<Verdict>,
  onVerdict: (verdict: Verdict) => void,
): Promise<void> {
  const waiting = [...scenarios]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) onVerdict(await run(next))
  }
  await Promise.all(Array.from({ length: width }, worker))
}
