export {
  createDispatcher,
  type DesktopNotice,
  type DesktopWay,
  type Dispatcher,
  type DispatcherOptions,
  type OutgoingMessage,
  type OutgoingWay,
} from './dispatcher.ts'
export { startHeartbeat, type Heartbeat, type HeartbeatOptions } from './heartbeat.ts'
export { urlProblem } from './http-call.ts'
export { duration, type Message } from './message.ts'
export { openOutbox, type Outbox } from './outbox.ts'
export { isQuietAt, type QuietHours } from './quiet-hours.ts'
export { alertsFor, type AlertMemory } from './rules.ts'
export { createWebhook, type Webhook, type WebhookOptions, type WebhookSettings } from './webhook.ts'
