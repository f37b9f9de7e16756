export { PEER_SWITCH, practiceLauncher, type PracticeHost, type PracticeLauncher, type PracticeProgram } from './launcher.ts'
export {
  MAX_IDENTITIES,
  practiceTiming,
  preparePractice,
  USUAL_EPOCH_SECONDS,
  type PracticeRequest,
  type PreparedPractice,
} from './network.ts'
