import { Command } from 'commander';
import { findJourney } from '../../domain/journeys/catalogue.ts';
import { diagramOf } from '../../domain/journeys/diagram.ts';
import { print, printJson } from '../output.ts';

export function diagramCommand(): Command {
  return new Command('diagram')
    .argument('<id>', 'new-lead-handler, …')
    .description('a journey as a Mermaid flowchart, which GitHub, GitLab and mermaid.live draw')
    .option('--json', 'one JSON value on stdout')
    .addHelpText('after', '\nExample:\n  sluice journeys diagram nurture-on-assessment > nurture.mmd')
    .action((id: string, { json }: { readonly json?: true }) => {
      const mermaid = diagramOf(findJourney(id));
      if (json === true) printJson({ journey: id, mermaid });
      else print(mermaid);
    });
}
