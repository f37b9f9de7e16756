export { nodeArguments, type NodeArgumentsFault } from './arguments.ts'
export { configKeys, ownNodeConfig, peerListener, type NodeConfigFault, type NodeConfigRemark, type OwnConfig } from './config.ts'
export { prepareOwnConfig, systemConfigFiles, type ConfigFiles, type OwnConfigFault } from './own-config.ts'
export { parseConfigText, type ConfigObject } from './config-text.ts'
export { parseNodeLine, type NodeLogEntry } from './log-entry.ts'
export { createNodeLogReader, readNodeLog, type NodeLogReader } from './log-parser.ts'
export { explainNodeExit } from './exit.ts'
export {
  nodeReadiness,
  nodeReadyWithinMs,
  nodeStopWaitMs,
  poetPatienceMs,
  startProgress,
  type NodeSigns,
  type StartProgress,
} from './readiness.ts'
export { MAINNET_POETS, probePoets, type PoetProbe } from './poets.ts'
