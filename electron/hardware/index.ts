export { isWithin, mountOf, NETWORK_FS, parseMacMounts, parseMountInfo, windowsRootOf, type Mount } from './mounts.ts'
export { diskSystem, followLinks, type DiskSystem } from './system.ts'
export { watchMounts } from './mount-changes.ts'
export { lanesOf, type DiskLane } from './lanes.ts'
