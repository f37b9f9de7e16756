import { contract, windowContract } from './contract.ts'
import { namesOf } from './define.ts'

/** Every call and topic that the page may use, as `group.name`. */
export interface ContractNames {
  readonly calls: readonly string[]
  readonly topics: readonly string[]
}

/**
 * The names of the whole contract. The build writes them into the preload, which so needs neither the contract nor its
 * schemas: it is loaded before every first frame.
 */
export const contractNames = (): ContractNames => ({
  calls: [...namesOf(contract, 'call'), ...namesOf(windowContract, 'call')],
  topics: [...namesOf(contract, 'topic'), ...namesOf(windowContract, 'topic')],
})
