export { apiOver, dispatch, type AnyHandlers, type CallHost, type CallResult, type KeeperLink } from './link.ts'
export { lastingLink } from './lasting-link.ts'
export { connectKeeper, type RemoteKeeper } from './socket-client.ts'
export { startSocketServer, type SocketServer } from './socket-server.ts'
