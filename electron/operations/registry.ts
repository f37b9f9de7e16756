import { fileRules } from './steps/write-file.ts'
import { keyRules } from './steps/keys.ts'
import { rowRules } from './steps/rows.ts'
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

const RULES: Readonly<Record<string, AnyRule>> = { ...keyRules, ...rowRules, ...fileRules }

/** Every kind of step by the name that stands in the journal. */
export const stepRules = (): Readonly<Record<string, StepRule>> =>
  Object.fromEntries(Object.entries(RULES).map(([name, rule]) => [name, checked(rule)]))
