import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { JourneyContactActivities } from '../../activities/journey-contacts.ts';
import type { JourneyActivities } from '../../activities/journeys.ts';
import type { NotificationActivities } from '../../activities/notifications.ts';
import type { MessageRequest, SendResult } from '../../domain/sending/message.ts';
import { AT_HAND, BREVO_WORK, DATABASE_WORK } from '../retries.ts';

export const database = proxyActivities<JourneyActivities>(DATABASE_WORK);

/**
 * The small work between two steps, which everybody on the way needs often and which may be done twice. It is done by the
 * worker that has the run at hand: that halves what a person costs, worker and Temporal together.
 */
export const atHand =
  proxyLocalActivities<
    Pick<JourneyActivities, 'beginJourney' | 'chooseArm' | 'nextLocalTime' | 'recordProgress' | 'recordEnd'>
  >(AT_HAND);

/** News that are a day old help nobody: then they are given up, which shows in `notifications`. */
export const { notifyChannel } = proxyActivities<NotificationActivities>({
  ...DATABASE_WORK,
  scheduleToCloseTimeout: '1 day',
});

export function mailActivities(taskQueue: string) {
  return proxyActivities<{ sendMessage(request: MessageRequest): Promise<SendResult> }>({
    ...BREVO_WORK,
    taskQueue,
  });
}

export function brevoActivities(taskQueue: string) {
  return proxyActivities<JourneyContactActivities>({ ...BREVO_WORK, taskQueue });
}
