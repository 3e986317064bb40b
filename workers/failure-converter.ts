import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts the message and the stack of a failure into a payload, which the codec encrypts. Loaded by path, by clients, by
 * workers and into the workflow bundle. Reading takes both forms.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
