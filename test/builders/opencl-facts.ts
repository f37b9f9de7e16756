import type { OpenclFacts } from '../../electron/hardware/opencl/facts.ts'

/** A machine with one card and nothing wrong but what a test breaks. */
export const anOpenclFacts = (more: Partial<OpenclFacts> = {}): OpenclFacts => ({
  platform: 'linux',
  distribution: 'debian',
  memoryBytes: 16 * 2 ** 30,
  cards: [{ vendor: 'amd', kernelDriver: 'amdgpu' }],
  deviceFiles: ['/dev/dri/renderD128'],
  closed: [],
  registered: [],
  isRemoteDesktop: false,
  isContainer: false,
  ...more,
})
