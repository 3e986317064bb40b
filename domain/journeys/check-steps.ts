import { isEventType, isLength, isLocalTime, weekdayProblems } from './check-words.ts';
import { fieldsOf, type Predicate } from './predicate.ts';
import { SEGMENTS } from './segment.ts';
import {
  type BranchStep,
  HOLDOUT,
  type SplitStep,
  type Step,
  type UpdateStep,
  type WaitStep,
} from './steps.ts';
import type { JourneySurroundings } from './surroundings.ts';

interface Known extends JourneySurroundings {
  readonly journeys: ReadonlySet<string>;
}

const WORD = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What is wrong with one step by itself. */
export function stepProblems(step: Step, known: Known): readonly string[] {
  switch (step.kind) {
    case 'send':
      return [
        ...unknown('template', step.template, known.templates),
        ...(step.fresh === undefined || isLength(step.fresh) ? [] : [`fresh ${step.fresh} is no duration`]),
      ];
    case 'wait':
      return waitProblems(step);
    case 'waitFor':
      return [
        ...(step.events.length === 0 ? ['it waits for no event'] : []),
        ...step.events.filter((type) => !isEventType(type)).map((type) => `${type} is no event type`),
        ...(isLength(step.timeout) ? [] : [`timeout ${step.timeout} is no duration (like 48h)`]),
      ];
    case 'branch':
      return branchProblems(step);
    case 'split':
      return splitProblems(step);
    case 'update':
      return updateProblems(step);
    case 'notify':
      return [
        ...unknown('channel', step.channel, known.channels),
        ...(step.text.trim() === '' ? ['it has nothing to tell'] : []),
      ];
    case 'emit':
      return isEventType(step.type) ? [] : [`${step.type} is no event type`];
    default:
      return unknown('journey', step.journey, known.journeys);
  }
}

function unknown(what: string, name: string, known: ReadonlySet<string> | undefined): readonly string[] {
  return known === undefined || known.has(name) ? [] : [`there is no ${what} ${name}`];
}

function waitProblems({ until }: WaitStep): readonly string[] {
  if ('after' in until) return isLength(until.after) ? [] : [`${until.after} is no duration (like 24h)`];
  if ('sinceStart' in until)
    return isLength(until.sinceStart) ? [] : [`${until.sinceStart} is no duration (like 72h)`];
  return [
    ...(isLocalTime(until.localTime) ? [] : [`${until.localTime} is no time like 09:00`]),
    ...weekdayProblems(until.weekdays),
  ];
}

function branchProblems({ by, arms, remember }: BranchStep): readonly string[] {
  const wanted: readonly string[] = by.kind === 'segment' ? SEGMENTS : ['yes', 'no'];
  return [
    ...wanted.filter((arm) => arms[arm] === undefined).map((arm) => `the arm ${arm} is missing`),
    ...Object.keys(arms)
      .filter((arm) => !wanted.includes(arm))
      .map((arm) => `the arm ${arm} can never be taken`),
    ...(remember === undefined || WORD.test(remember) ? [] : [`${remember} is no name to remember it by`]),
    ...(by.kind === 'predicate' ? predicateProblems(by.predicate) : []),
  ];
}

function predicateProblems(predicate: Predicate): readonly string[] {
  const empty =
    ('all' in predicate && predicate.all.length === 0) || ('any' in predicate && predicate.any.length === 0);
  return [
    ...(empty ? ['a condition of no parts'] : []),
    ...fieldsOf(predicate)
      .filter((field) => !WORD.test(field))
      .map((field) => `${field} is no field of a contact`),
  ];
}

function splitProblems({ experiment, weights, arms }: SplitStep): readonly string[] {
  const percents = Object.values(weights);
  const sum = percents.reduce((total, percent) => total + percent, 0);
  return [
    ...(WORD.test(experiment) ? [] : [`${experiment} is no name of an experiment`]),
    ...(percents.every((percent) => Number.isFinite(percent) && percent >= 0)
      ? []
      : ['a weight is below 0 or no number']),
    ...(Math.abs(sum - 100) < 1e-9 ? [] : [`the weights add up to ${sum} and not to 100`]),
    ...Object.keys(weights)
      .filter((arm) => !WORD.test(arm))
      .map((arm) => `${arm} is no name of an arm`),
    ...Object.keys(arms)
      .filter((arm) => weights[arm] === undefined)
      .map((arm) => `the arm ${arm} has no weight`),
    ...((arms[HOLDOUT]?.length ?? 0) > 0 ? ['a holdout gets no steps'] : []),
  ];
}

function updateProblems({ fields = {}, brevo }: UpdateStep): readonly string[] {
  const attributes = brevo?.attributes ?? {};
  const lists = brevo?.lists ?? [];
  const names = [...Object.keys(fields), ...Object.keys(attributes)];
  return [
    ...(names.length === 0 && lists.length === 0 ? ['it updates nothing'] : []),
    ...names.filter((name) => !WORD.test(name)).map((name) => `${name} is no name of a field`),
    ...lists.filter((list) => !Number.isInteger(list) || list < 1).map((list) => `${list} is no list`),
  ];
}
