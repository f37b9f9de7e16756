// Entry of the process that asks OpenCL drivers; the only one in which they are loaded.
import { writeSync } from 'node:fs'
import { textOf } from '../../../shared/domain/fault.ts'
import { forbidDumps } from '../../lib/no-dumps.ts'
import { askDrivers } from './ask-drivers.ts'
import { probeLines, type ProbeLine } from './protocol.ts'
import { registeredDrivers, tryDriver } from './registered.ts'

/** At once, past every buffer: the next call may be the last. */
const tell = (line: ProbeLine): void => void writeSync(1, probeLines.write(line))

// A driver's crash leaves no image of a process behind, and no dialog of the system.
forbidDumps()
try {
  askDrivers(tell)
  for (const driver of registeredDrivers()) tell({ is: 'driver', ...tryDriver(driver) })
  tell({ is: 'done' })
} catch (cause: unknown) {
  tell({ is: 'problem', text: textOf(cause) })
}
