import { exportRules } from './export-rules.ts'
import { importRules } from './import-rules.ts'
import { exchangeSetUpRules } from './set-up-rules.ts'

/**
 * The steps of export and import, by the name that stands in the journal.
 * @param workFactor  log2 of scrypt's work; for tests
 */
export const exchangeRules = ({ workFactor }: { readonly workFactor?: number } = {}) =>
  ({ ...exportRules(workFactor), ...importRules, ...exchangeSetUpRules }) as const
