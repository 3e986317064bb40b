import { Command } from 'commander';
import { findJourney } from '../../domain/journeys/catalogue.ts';
import type { JourneyDefinition } from '../../domain/journeys/definition.ts';
import { stepText } from '../../domain/journeys/diagram.ts';
import { definitionHash } from '../../domain/journeys/hash.ts';
import { armsOf, type Step } from '../../domain/journeys/steps.ts';
import { print, printJson } from '../output.ts';

export function showCommand(): Command {
  return new Command('show')
    .argument('<id>', 'new-lead-handler, …')
    .description('a journey step by step, with its rules')
    .option('--json', 'the definition as it is stored and hashed')
    .addHelpText('after', '\nExample:\n  sluice journeys show nurture-on-assessment')
    .action((id: string, { json }: { readonly json?: true }) => {
      const journey = findJourney(id);
      if (json === true) printJson({ hash: definitionHash(journey), definition: journey });
      else print(text(journey));
    });
}

function text(journey: JourneyDefinition): string {
  const { id, version, steps, whenever, exitOn, reEntry, goal, window, cap, uncertain } = journey;
  const again = {
    never: 'never again',
    afterExit: 'again when no run is under way',
  };
  return [
    `${id} version ${version} (${definitionHash(journey).slice(0, 12)})`,
    '',
    ...lines(steps, '  '),
    ...whenever.flatMap((reaction) => ['', `whenever ${reaction.event}:`, ...lines(reaction.steps, '  ')]),
    '',
    `exits:      ${exitOn.length === 0 ? 'none' : exitOn.join(', ')}`,
    `entering:   ${typeof reEntry === 'string' ? again[reEntry] : `again after ${reEntry.every}`}`,
    `goal:       ${goal ?? 'none'}`,
    `window:     ${window === undefined ? 'any time' : `${window.from} to ${window.to}, the person's time`}`,
    `cap:        ${cap === undefined ? 'none of its own' : `${cap.most} mails in ${cap.inHours} h`}`,
    `uncertain:  ${uncertain}`,
  ].join('\n');
}

function lines(steps: readonly Step[], indent: string): readonly string[] {
  return steps.flatMap((step) => [
    `${indent}${stepText(step)}  [${step.id}]`,
    ...armsOf(step).flatMap(([arm, inner]) => [
      `${indent}  ${arm}:${inner.length === 0 ? ' goes on' : ''}`,
      ...lines(inner, `${indent}    `),
    ]),
  ]);
}
