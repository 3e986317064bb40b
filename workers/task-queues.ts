/** Calls to Brevo have a queue of their own, whose rate the Temporal service holds over all workers. */
export function brevoTaskQueue(taskQueue: string): string {
  return `${taskQueue}-brevo`;
}
