/** Everything that workers run as workflows; the exported name is the workflow type. */
export { brevoDelivery } from './brevo-delivery.ts';
export { conversionReport } from './conversion-report.ts';
export { eventRelay } from './event-relay.ts';
export { funnelSync } from './funnel-sync.ts';
export { journey } from './journey.ts';
export { messageResend } from './message-resend.ts';
export { scheduleCatchUp } from './schedule-catch-up.ts';
export { scheduleHorizon } from './schedule-horizon.ts';
