import path from 'node:path'
import { readFileSync } from 'node:fs'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { wizardSchema, type WizardState } from '../../../shared/ipc/operations-contract.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'

const FRESH: WizardState = { step: 'scan', from: [], to: null, names: {}, operation: null }

/** Where the wizard is, kept so that a closed window goes on where it was. What cannot be read begins anew. */
export function wizardFile(stateFolder: string): {
  read(): WizardState
  write(state: WizardState): Result<void, 'operation/not-written'>
} {
  const file = path.join(stateFolder, 'wizard.json')
  return {
    read() {
      try {
        const parsed = wizardSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
        return parsed.success ? parsed.data : FRESH
      } catch {
        return FRESH
      }
    },
    write(state) {
      try {
        writeFileAtomic(file, `${JSON.stringify(state)}\n`)
        return ok(undefined)
      } catch (cause) {
        return fail('operation/not-written', `where you are in the guide was not kept: ${textOf(cause)}`)
      }
    },
  }
}
