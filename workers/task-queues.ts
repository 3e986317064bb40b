/** Calls to Brevo have a queue of their own, whose rate the Temporal service holds over all workers. */
export function brevoTaskQueue(taskQueue: string): string {
  return `${taskQueue}-brevo`;
}

/** Mails have one, too: they never wait behind contacts, whose rate is much lower. */
export function mailTaskQueue(taskQueue: string): string {
  return `${taskQueue}-mail`;
}

/** Queries of reports run for minutes and must not hold up what is quick. */
export function reportTaskQueue(taskQueue: string): string {
  return `${taskQueue}-reports`;
}
