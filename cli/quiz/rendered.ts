import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { QuizDeps } from '../../activities/quiz-recipients.ts';
import { messageOf, SluiceError } from '../../domain/errors.ts';
import { render } from '../../mail/render.ts';
import { writeOutput } from '../output-file.ts';

/** A mail that a dry run would send. */
export interface DryMail {
  readonly userId: number;
  readonly template: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** More files help nobody. */
const MOST_MAILS = 100;

/**
 * Writes mails of a dry run as `<user>-<template>.html` and `.txt`, the first hundred. Their unsubscribe link leads nowhere.
 * @returns the folder, and how many mails are in it
 */
export function renderTo(
  folder: string,
  {
    mails,
    deps,
    postalAddress,
  }: {
    readonly mails: readonly DryMail[];
    readonly deps: QuizDeps;
    readonly postalAddress: string | undefined;
  },
): { readonly folder: string; readonly mails: number } {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new SluiceError(`--render-to "${folder}" cannot be made: ${messageOf(cause)}`, {
      code: 'output_unwritable',
      cause,
    });
  }
  const written = mails.slice(0, MOST_MAILS);
  for (const { userId, template: name, params } of written) {
    const template = deps.plan.templates.get(name);
    if (template.source !== 'file') continue;
    const { html, text, subject } = render(template, {
      ...deps.plan.variables,
      ...params,
      unsubscribe_url: 'https://example.com/u/preview',
      postal_address: postalAddress,
    });
    const file = (ending: string) => join(path, `${userId}-${name}.${ending}`);
    writeOutput({ option: '--render-to', file: file('html'), content: html });
    writeOutput({ option: '--render-to', file: file('txt'), content: `${subject}\n\n${text}` });
  }
  return { folder: path, mails: written.length };
}
