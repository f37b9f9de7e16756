import { systemInterop } from '../interop/index.ts'
import { systemFiles } from '../lib/files.ts'
import { exchangeRules } from './exchange/index.ts'
import { foreignRules } from './foreign/rules.ts'
import { systemManagers } from './foreign/system-managers.ts'
import { belowOneCore, moveRules, systemBulkFiles, type MoveDeps } from './move/index.ts'
import { fileRules } from './steps/write-file.ts'
import { keyRules } from './steps/keys.ts'
import { rowRules } from './steps/rows.ts'
import { setUpRules } from './steps/set-up.ts'
import type { StepData, StepRule } from './types.ts'

/** What is known of a rule without its data: the journal's JSON goes through the schema first. */
type AnyRule = { readonly schema: StepRule['schema'] } & Pick<StepRule<never>, 'apply' | 'isDone' | 'undo' | 'obstacle'>

function checked(rule: AnyRule): StepRule {
  const parse = (data: StepData): never => rule.schema.parse(data) as never
  return {
    schema: rule.schema,
    apply: (data, tools) => rule.apply(parse(data), tools),
    isDone: (data, tools) => rule.isDone(parse(data), tools),
    undo: (data, tools) => rule.undo(parse(data), tools),
    obstacle: (data, tools) => rule.obstacle?.(parse(data), tools),
  }
}

/** Rules that need nothing but what every step gets. */
const PLAIN: Readonly<Record<string, AnyRule>> = { ...keyRules, ...rowRules, ...fileRules, ...setUpRules, ...exchangeRules() }

interface RuleDeps {
  /** Holds a move of PoS data while its disks are needed for a proof. */
  readonly mayUse?: MoveDeps['mayUse']
  /** Our own children. */
  readonly ownPids?: readonly number[]
}

/** Every kind of step by the name that stands in the journal. */
export function stepRules({ mayUse = () => Promise.resolve(), ownPids = [] }: RuleDeps = {}): Readonly<Record<string, StepRule>> {
  const rules: Readonly<Record<string, AnyRule>> = {
    ...PLAIN,
    ...moveRules({ bulk: systemBulkFiles, mayUse, pace: belowOneCore() }),
    ...foreignRules(systemManagers({ files: systemFiles, platform: systemInterop(), own: () => new Set(ownPids) })),
  }
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, checked(rule)]))
}
