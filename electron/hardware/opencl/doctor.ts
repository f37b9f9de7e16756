import type { Advice, OpenClDevice } from '../../../shared/domain/machine.ts'
import {
  adviseBroken,
  adviseClosed,
  adviseCrash,
  adviseDisguised,
  adviseDoubtfulMemory,
  adviseHang,
  adviseNoCard,
  adviseNoDeviceFile,
  adviseNoDriver,
  adviseNoLoader,
  adviseRemote,
} from './advice.ts'
import type { OpenclFacts } from './facts.ts'
import type { ProbeRun } from './run-probe.ts'
import { deviceOf, isDisguised, placeOf } from './state.ts'

const MOST_ADVICE = 8

/**
 * What keeps this computer from making PoS data with its graphics cards, and the fix for its system. The cause that
 * explains most comes first; without a usable GPU there is always one.
 */
export function diagnose(run: ProbeRun, facts: OpenclFacts): readonly Advice[] {
  if (!run.isListed && run.end.is !== 'done') return ofFailure(run, facts)
  if (run.loader === undefined) return [adviseNoLoader(run.noLoader ?? '', facts)]
  const devices = run.devices.map((device) => deviceOf(device, facts.memoryBytes))
  const hasGpu = devices.some((device) => device.kind === 'gpu' && device.provider !== undefined)
  return [...(hasGpu ? ofOthers(facts) : ofNoGpu(run, facts, devices)), ...ofBroken(run, facts, hasGpu), ...ofDevices(devices)]
}

function ofFailure(run: ProbeRun, facts: OpenclFacts): readonly Advice[] {
  if (run.end.is === 'hung') return [adviseHang(placeOf(run), run.tookMs, facts)]
  return run.end.is === 'crashed' ? [adviseCrash(placeOf(run), run.end.text, facts)] : []
}

/** A GPU answers; only what would give more of them is said. */
const ofOthers = (facts: OpenclFacts): readonly Advice[] => (facts.closed.length > 0 ? [adviseClosed(facts, 'info')] : [])

function ofNoGpu(run: ProbeRun, facts: OpenclFacts, devices: readonly OpenClDevice[]): readonly Advice[] {
  if (facts.isRemoteDesktop) return [adviseRemote(devices)]
  if (facts.closed.length > 0) return [adviseClosed(facts, 'warn')]
  // What is registered and does not load is said of its own.
  if (run.drivers.some((driver) => driver.problem !== undefined) && run.platforms.length === 0) return []
  if (facts.platform === 'linux') {
    const known = facts.cards.filter((card) => card.vendor !== 'other')
    if (known.length === 0) return [adviseNoCard(devices)]
    if (facts.deviceFiles.length === 0) return [adviseNoDeviceFile(known, facts)]
  }
  return [adviseNoDriver(run.platforms, devices, facts)]
}

const ofBroken = (run: ProbeRun, facts: OpenclFacts, hasGpu: boolean): readonly Advice[] =>
  run.drivers.filter((driver) => driver.problem !== undefined).map((driver) => adviseBroken(driver, facts, hasGpu ? 'info' : 'warn'))

const ofDevices = (devices: readonly OpenClDevice[]): readonly Advice[] => [
  ...eachOnce(devices.filter(isDisguised)).map(adviseDisguised),
  ...eachOnce(devices.filter((device) => device.isMemoryDoubtful)).map(adviseDoubtfulMemory),
]

/** Ten cards of one kind have one trouble. */
const eachOnce = (devices: readonly OpenClDevice[]): readonly OpenClDevice[] =>
  devices.filter(({ name }, at) => devices.findIndex((other) => other.name === name) === at).slice(0, MOST_ADVICE)
