import { type JourneyDefinition, stepsOf } from './definition.ts';
import { waitText } from './due.ts';
import { predicateText } from './predicate.ts';
import { armsOf, HOLDOUT, type Step } from './steps.ts';

/**
 * The journey as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Dotted lines are exits and
 * reactions, which may happen at any step.
 */
export function diagramOf(journey: JourneyDefinition): string {
  const names = new Map(stepsOf(journey).map(({ id }, index) => [id, `s${index}`]));
  const nameOf = (step: Step): string => names.get(step.id) ?? 'unknown';
  const lines: string[] = [];
  const first = draw(journey.steps, 'over');
  const reactions = journey.whenever.flatMap(({ event, steps }, index) => [
    `  w${index}>${quoted(`whenever ${event}`)}]`,
    `  w${index} -.-> ${draw(steps, `w${index}done`)}`,
    `  w${index}done((" "))`,
  ]);
  const exits =
    journey.exitOn.length === 0
      ? []
      : [`  exit{{${quoted(`at any step: ${journey.exitOn.join(', ')}`)}}}`, '  exit -.-> over'];
  return [
    'flowchart TD',
    `  start([${quoted(journey.id)}]) --> ${first}`,
    ...lines,
    '  over([over])',
    ...reactions,
    ...exits,
    '',
  ].join('\n');

  /** @returns the name of the line's first step, or of what is behind an empty line. */
  function draw(line: readonly Step[], behind: string): string {
    for (const [index, step] of line.entries()) {
      const following = line[index + 1];
      drawStep(step, following === undefined ? behind : nameOf(following));
    }
    return line[0] === undefined ? behind : nameOf(line[0]);
  }

  function drawStep(step: Step, next: string): void {
    const name = nameOf(step);
    lines.push(`  ${name}${shapeOf(step)}`);
    const arms = armsOf(step);
    if (arms.length === 0) lines.push(`  ${name} --> ${next}`);
    for (const [arm, inner] of arms) {
      const to = step.kind === 'split' && arm === HOLDOUT ? 'over' : draw(inner, next);
      lines.push(`  ${name} -- ${quoted(armText(step, arm))} --> ${to}`);
    }
  }
}

function armText(step: Step, arm: string): string {
  if (step.kind === 'split') return `${arm} ${step.weights[arm] ?? 0} %`;
  if (step.kind !== 'waitFor') return arm;
  return arm === 'came' ? 'it came' : `not within ${step.timeout}`;
}

function shapeOf(step: Step): string {
  const text = quoted(stepText(step));
  if (step.kind === 'wait' || step.kind === 'waitFor') return `(${text})`;
  if (step.kind === 'branch' || step.kind === 'split') return `{${text}}`;
  return step.kind === 'send' ? `[/${text}/]` : `[${text}]`;
}

/** A step in one line. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case 'send':
      return `mail ${step.template}`;
    case 'wait':
      return `wait: ${waitText(step)}`;
    case 'waitFor':
      return `wait for ${step.events.join(' or ')}, at most ${step.timeout}`;
    case 'branch':
      return step.by.kind === 'segment' ? 'which segment?' : `${predicateText(step.by.predicate)}?`;
    case 'split':
      return `experiment ${step.experiment}`;
    case 'update':
      return 'update the contact';
    case 'notify':
      return `tell ${step.channel}: ${step.text}`;
    case 'emit':
      return `event ${step.type}`;
    default:
      return `start journey ${step.journey}`;
  }
}

/** A text as Mermaid takes it whatever it holds. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["#;<>&{}[\]()|`\\]/g, (sign) => `#${sign.codePointAt(0) ?? 0};`)}"`;
}
