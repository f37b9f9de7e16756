export {
  MAX_IDENTITIES,
  practiceTiming,
  preparePractice,
  USUAL_EPOCH_SECONDS,
  type PracticeRequest,
  type PreparedPractice,
} from './network.ts'
