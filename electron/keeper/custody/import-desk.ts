import { fail, ok } from '../../../shared/domain/fault.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { crossCheck } from '../../../shared/setup/parse.ts'
import { proposeImports } from '../../interop/index.ts'
import type { CustodyContext } from './context.ts'

/** Brings a found set-up in as it is: nothing changes but our own set-up file. */
export function importCalls(context: CustodyContext, inventory: () => Inventory | undefined): AppHandlers['imports'] {
  return {
    propose() {
      const found = inventory()
      return found === undefined ? fail('scan/never', 'This machine was not searched yet.') : ok(proposeImports(found, context.setup()))
    },
    async apply({ id }) {
      if (context.mode === 'practice') return fail('import/practice', 'Practice is a network of its own: end it first.')
      const found = inventory()
      const proposal = found === undefined ? undefined : proposeImports(found, context.setup()).find((one) => one.id === id)
      if (proposal === undefined) return fail('import/unknown', 'What was found has changed meanwhile. Search again.')
      if (proposal.setup === null) return fail('import/incomplete', proposal.problems.join(' '))
      const worst = crossCheck(proposal.setup).find((issue) => issue.severity === 'error')
      if (worst !== undefined) return fail('setup/invalid', `${worst.at}: ${worst.message}`)
      return context.changeSetup(proposal.setup)
    },
  }
}
