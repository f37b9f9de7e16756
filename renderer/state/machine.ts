import { api } from './api.ts'
import { useLive, type Live } from './use-live.ts'
import type { VerifyState } from '../../shared/domain/initialization.ts'
import type { MachineReport } from '../../shared/domain/machine.ts'
import type { ReadyReport } from '../../shared/domain/readiness.ts'

const askMachine = () => api().machine.report()
const listenMachine = (told: (report: MachineReport) => void): (() => void) => api().machine.onChanged(told)
/** Disks, memory, speed, clock and devices of this computer, each with its age. */
export const useMachine = (): Live<MachineReport> => useLive(askMachine, listenMachine)

const askReady = () => api().ready.report()
const listenReady = (told: (report: ReadyReport | undefined) => void): (() => void) => api().ready.onChanged(told)
/** Whether everything is ready for the next gap; no value before the first look. */
export const useReady = (): Live<ReadyReport | undefined> => useLive(askReady, listenReady)

const askVerify = () => api().verify.state()
const listenVerify = (told: (state: VerifyState) => void): (() => void) => api().verify.onChanged(told)
/** Checks of PoS data and rehearsals, at work and done. */
export const useVerify = (): Live<VerifyState> => useLive(askVerify, listenVerify)
