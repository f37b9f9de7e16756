export { findProcesses, type ProcessSystem } from './processes.ts'
export { systemProcesses } from './system.ts'
export { systemInterop, type InteropFiles, type InteropPlatform } from './types.ts'
