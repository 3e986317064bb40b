/** Flows for tests of operating schedules: those that tests steer, and the real search for missed times. */
export { scheduleCatchUp } from '../../../workflows/schedule-catch-up.ts';
export { failsFirst, longWork, scheduledWork } from './index.ts';
