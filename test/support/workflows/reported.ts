/** Flows for tests of stored reports: a stand-in for the work, which tests steer, and the real ones that keep schedules. */
export { reportSync } from '../../../workflows/report-sync.ts';
export { scheduleCatchUp } from '../../../workflows/schedule-catch-up.ts';
export { scheduledWork as queryReport, scheduledWork } from './index.ts';
