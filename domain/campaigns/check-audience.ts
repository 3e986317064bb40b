import { FUNNEL_TYPES } from '../funnels.ts';
import { JOURNEY_STATES } from '../journeys/run.ts';
import { SEGMENTS } from '../journeys/segment.ts';
import type { Audience, FieldCondition } from './audience.ts';

/** Also a path into the JSON of fields, so nothing that means something there. */
const FIELD = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const WORD = /^[a-z0-9][a-z0-9.-]{0,79}$/;
const OPS: readonly string[] = [
  'eq',
  'ne',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'known',
] satisfies FieldCondition['op'][];
/** More parts than any person writes; a statement has its limits. */
const MOST_PARTS = 200;

/** What is wrong with a condition, however deep. */
export function audienceProblems(
  audience: Audience,
  known: { readonly journeys?: ReadonlySet<string> },
): readonly string[] {
  const parts = partsOf(audience);
  if (parts.length > MOST_PARTS) return [`it has ${parts.length} parts; at most ${MOST_PARTS} are possible`];
  return [...new Set(parts.flatMap((part) => partProblems(part, known)))];
}

function partsOf(audience: Audience): readonly Audience[] {
  if ('all' in audience) return [audience, ...audience.all.flatMap(partsOf)];
  if ('any' in audience) return [audience, ...audience.any.flatMap(partsOf)];
  if ('not' in audience) return [audience, ...partsOf(audience.not)];
  return [audience];
}

function partProblems(part: Audience, known: { readonly journeys?: ReadonlySet<string> }): readonly string[] {
  if ('all' in part || 'not' in part) return [];
  if ('any' in part) return part.any.length === 0 ? ['any of nothing is nobody'] : [];
  if ('segment' in part)
    return SEGMENTS.includes(part.segment) ? [] : [`there is no segment ${part.segment}`];
  if ('leadScore' in part) {
    const { leadScore, value } = part;
    return Number.isFinite(value) && ['lt', 'lte', 'gt', 'gte'].includes(leadScore)
      ? []
      : ["leadScore must be like { leadScore: 'gte', value: 80 }"];
  }
  if ('journey' in part) {
    return [
      ...(known.journeys === undefined || known.journeys.has(part.journey)
        ? []
        : [`there is no journey ${part.journey}`]),
      ...(part.state === undefined || JOURNEY_STATES.includes(part.state)
        ? []
        : [`a journey's run is never ${part.state}`]),
    ];
  }
  if ('funnel' in part)
    return FUNNEL_TYPES.includes(part.funnel) ? [] : [`there is no funnel ${part.funnel}`];
  if ('receivedCampaign' in part)
    return WORD.test(part.receivedCampaign) ? [] : [`${part.receivedCampaign} is no campaign's id`];
  return fieldProblems(part);
}

function fieldProblems(part: FieldCondition): readonly string[] {
  const { field, op } = part;
  if (typeof field !== 'string') return [`${JSON.stringify(part)} is no condition`];
  return [
    ...(FIELD.test(field) ? [] : [`field ${field} is not made of letters, digits, _ and -`]),
    ...(OPS.includes(op) ? [] : [`${field}: there is no comparison ${op}`]),
    ...valueProblems(part),
  ];
}

function valueProblems(part: FieldCondition): readonly string[] {
  if (part.op === 'known') return [];
  const values: readonly unknown[] = part.op === 'in' ? part.value : [part.value];
  if (!Array.isArray(values)) return [`${part.field}: in needs a list`];
  return values
    .filter((value) => !['string', 'boolean'].includes(typeof value) && !Number.isFinite(value))
    .map(() => `${part.field}: a value is a text, a number, true or false`);
}
