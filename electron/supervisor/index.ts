export { createSupervisor } from './supervisor.ts'
export type { SupervisorParts } from './supervisor.ts'
export type { Platform } from './platform.ts'
export type { AdoptionReport, Desired, Explanation, ProbeResult, ProcessPolicy, ProcessSpec, Supervisor } from './types.ts'
