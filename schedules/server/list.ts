import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { OwnershipMemo } from '../ownership.ts';

const PAGE = 1000;

/**
 * All schedules of the namespace, as the server's list has them, which may lag some seconds behind. Of a memo only what
 * is not encrypted counts: ours is written so, and schedules of others may be encrypted with keys that we do not have.
 */
export async function* listSchedules(
  client: Client,
): AsyncGenerator<{ readonly id: string; readonly memo: OwnershipMemo }> {
  const { namespace } = client.options;
  for (let nextPageToken: Uint8Array | undefined; ; ) {
    const page = await client.workflowService.listSchedules({
      namespace,
      maximumPageSize: PAGE,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    for (const { scheduleId, memo } of page.schedules) {
      if (scheduleId) yield { id: scheduleId, memo: readable(memo?.fields ?? {}) };
    }
    if (page.nextPageToken.length === 0) return;
    nextPageToken = page.nextPageToken;
  }
}

type Fields = Readonly<Record<string, Parameters<typeof defaultPayloadConverter.fromPayload>[0]>>;

function readable(fields: Fields): OwnershipMemo {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, { metadata }]) => Buffer.from(metadata?.encoding ?? []).toString() === 'json/plain')
      .map(([name, payload]) => [name, defaultPayloadConverter.fromPayload(payload)]),
  );
}
