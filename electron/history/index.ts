export { openHistory, type History, type HistoryOptions } from './history.ts'
export type { OpenFault } from './open.ts'
export type { ProcessRun, SentMessage } from './rows.ts'
export { foldProof, proofEpoch, type Folded, type ProofBook } from './proof-book.ts'
