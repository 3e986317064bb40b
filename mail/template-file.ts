import { z } from 'zod';
import { MAIL_SCOPES } from '../domain/sending/scopes.ts';
import type { TemplateProblem } from './problem.ts';
import { type TemplateVariable, VARIABLE_TYPES, type VariableType, type VariableValue } from './template.ts';
import { checkValue, TYPE_WORDS } from './values.ts';

const RESERVED = ['unsubscribe_url', 'postal_address', 'content', 'subject', 'preheader', 'why', 'forloop'];
const NAME = /^[a-z][a-z0-9_]{0,63}$/;

const line = z
  .string({ error: 'must be a text' })
  .refine((text) => !/[\r\n\u2028\u2029]/.test(text), { error: 'must be one line, without a line break' })
  .refine((text) => text.trim() !== '', { error: 'must not be empty' });

const plain = z.union([z.string(), z.number(), z.boolean()]);
const value = z.union([plain, z.array(z.union([z.string(), z.record(z.string(), plain)]))]);

const variable = z.strictObject({
  type: z.enum(VARIABLE_TYPES, { error: `must be one of ${VARIABLE_TYPES.join(', ')}` }),
  from: z.enum(['contact', 'params'], { error: 'must be contact or params' }).default('params'),
  optional: z.boolean({ error: 'must be true or false' }).default(false),
  default: value.optional(),
  sample: value.optional(),
  about: line.optional(),
});

const common = {
  about: line.optional(),
  scope: z.enum(MAIL_SCOPES, { error: 'must be marketing, reminders, reports or service' }).exclude(['all'], {
    error: 'must be marketing, reminders, reports or service',
  }),
  variables: z.record(z.string(), variable).default({}),
};

const ours = z.strictObject({
  ...common,
  subject: line,
  preheader: line.optional(),
  why: line.optional(),
  layout: z.enum(['shared', 'own'], { error: 'must be shared or own' }).default('shared'),
});

const brevos = z.strictObject({
  ...common,
  brevo: z.int({ error: 'must be the number of a template at Brevo' }).positive({
    error: 'must be the number of a template at Brevo',
  }),
});

/** What a `template.json` says, with its variables checked. */
export type TemplateFile = (
  | (Omit<z.output<typeof ours>, 'variables'> & { readonly brevo?: never })
  | Omit<z.output<typeof brevos>, 'variables'>
) & { readonly variables: readonly TemplateVariable[] };

/** Reads one `template.json`. @returns what it says, or all that is wrong with it. */
export function readTemplateFile(
  template: string,
  source: string,
): { readonly file: TemplateFile } | { readonly problems: readonly TemplateProblem[] } {
  const at = (path: string, problem: string, right: string): TemplateProblem => ({
    template,
    place: path === '' ? 'template.json' : `template.json: ${path}`,
    problem,
    right,
  });
  let json: unknown;
  try {
    json = JSON.parse(source.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    return { problems: [at('', `it is no JSON (${reason})`, 'correct it')] };
  }
  const isBrevo = typeof json === 'object' && json !== null && 'brevo' in json;
  const parsed = (isBrevo ? brevos : ours).safeParse(json, { reportInput: true });
  if (!parsed.success) {
    return { problems: parsed.error.issues.flatMap((issue) => describe(issue, at, { isBrevo })) };
  }
  const variables: TemplateVariable[] = [];
  const problems: TemplateProblem[] = [];
  for (const [name, raw] of Object.entries(parsed.data.variables)) {
    const checked = readVariable(name, raw);
    if ('problem' in checked) problems.push(at(`variables.${name}`, checked.problem, checked.right));
    else variables.push(checked);
  }
  return problems.length > 0 ? { problems } : { file: { ...parsed.data, variables } };
}

function readVariable(
  name: string,
  { type, from, optional, default: fallback, sample, about }: z.output<typeof variable>,
): TemplateVariable | { readonly problem: string; readonly right: string } {
  if (!NAME.test(name))
    return { problem: `"${name}" is no name`, right: 'lower-case letters, digits and _; like first_name' };
  if (RESERVED.includes(name))
    return { problem: `"${name}" is always there and means something of its own`, right: 'use another name' };
  if (optional && fallback !== undefined)
    return { problem: 'it is optional and has a default', right: 'say one of the two' };
  for (const [field, value] of Object.entries({ default: fallback, sample })) {
    const checked = value === undefined ? '' : checkValue(type, value);
    if (checked === undefined || (value !== undefined && checked === '')) {
      return { problem: `its ${field} is of another type`, right: `${field} must be ${TYPE_WORDS[type]}` };
    }
  }
  return {
    name,
    type,
    from,
    required: !optional && fallback === undefined,
    sample: sample ?? fallback ?? sampleOf(type, name),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(about === undefined ? {} : { about }),
  };
}

function sampleOf(type: VariableType, name: string): VariableValue {
  const samples = {
    text: name.replaceAll('_', ' '),
    number: 2.5,
    integer: 3,
    boolean: true,
    url: `https://example.com/${name}`,
    date: '2026-11-21',
    list: [],
    html: `<p>${name.replaceAll('_', ' ')}</p>`,
  } as const;
  return samples[type];
}

function describe(
  issue: z.core.$ZodIssue,
  at: (path: string, problem: string, right: string) => TemplateProblem,
  { isBrevo }: { readonly isBrevo: boolean },
): readonly TemplateProblem[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys((issue.path.length > 0 ? variable : isBrevo ? brevos : ours).shape);
    return issue.keys.map((key) =>
      at(path, `it has an unknown field "${key}"`, `known are ${known.join(', ')}`),
    );
  }
  if (issue.code === 'invalid_type' && issue.path.length === 0) {
    return [at('', 'it is no object', 'write {"subject": …, "scope": …, "variables": {…}}')];
  }
  if (issue.input === undefined && issue.path.length === 1) return [at(path, 'it is missing', issue.message)];
  return [at(path, 'it is wrong', issue.message)];
}
