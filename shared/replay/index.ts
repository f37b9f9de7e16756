export { timelineLines } from './format.ts'
export { readRecording, replay, replayObservations } from './replay.ts'
export type { AlarmChange, LineReader, LogParsers, NodeChange, ReplayFile, StatusChange, Timeline } from './types.ts'
