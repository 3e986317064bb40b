import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec, encrypts, type PayloadKey } from './payload-codec.ts';

/** The module that hides messages and stacks of failures; made part of the workflow bundle, too. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.ts', import.meta.url));

/**
 * How every client and worker of Sluice writes and reads payloads. Without keys it writes them as they are, and says of
 * an encrypted one which key is missing.
 */
export function createDataConverter(keys: readonly PayloadKey[]): DataConverter {
  return {
    payloadCodecs: [createPayloadCodec(keys)],
    ...(encrypts(keys) ? { failureConverterPath: FAILURE_CONVERTER } : {}),
  };
}
