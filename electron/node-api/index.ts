export { AnswerReader, type RecordedAnswer, type RecordedFailure } from './answer-reader.ts'
export { createNodeClient, type NodeClient, type NodeClientOptions, type V2Package } from './node-client.ts'
export { watchNode, DEFAULT_PACE, type NodeWatch, type WatchOptions, type WatchPace } from './watch.ts'
export {
  askActivations,
  askBans,
  askHighestAtx,
  askPostStates,
  askSmesherIds,
  askSync,
  askVersion,
  type Bans,
  type EpochRange,
} from './ask.ts'
export { activation, banReason, postStates, smesherIds, syncFromV1, syncFromV2 } from './answers.ts'
export { eventFromProto } from './node-events.ts'
export { EventFilter } from './event-filter.ts'
export { judge, parseVersion, type NodeVersion, type VersionVerdict } from './versions.ts'
export { NODE_API_FAULTS, type Listener, type NodeApiFault, type NodeApiFaultCode } from './faults.ts'
export type { StreamListener, TlsFiles } from './connection.ts'
export { methodDefinition, pathOf, servedBy, serviceDefinition, type ServiceHandlers, type TypedMethod } from './grpc.ts'
export { allServices, v1, v2alpha1, v2beta1 } from './services.ts'
export { openRehearsalNode, type RehearsalEnd, type RehearsalNode } from './rehearsal-node.ts'
