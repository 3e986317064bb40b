import { UsageError } from '../../domain/errors.ts';
import type { ReportDefinition } from '../../domain/reports/definition.ts';
import { isDynamicDate } from '../../domain/reports/dynamic-dates.ts';
import type { ParameterDefinition, ParameterInput } from '../../domain/reports/parameters.ts';

export const PARAM_HELP =
  'a value in place of the definition’s; a list with commas; a dynamic date as @startOfLastMonth';

/** Collects `--param name=value`, given as often as one likes. */
export function collectParam(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** @returns undefined where none is given. @throws UsageError */
export function readParams(
  { parameters }: Pick<ReportDefinition, 'parameters'>,
  given: readonly string[] = [],
): Readonly<Record<string, ParameterInput>> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      const name = text.slice(0, Math.max(0, at));
      const definition = parameters.find((one) => one.name === name);
      if (definition === undefined) {
        const known = parameters.map((one) => one.name).join(', ');
        throw new UsageError(
          `--param ${text}: there is no parameter "${name}"`,
          known === '' ? 'The report has none.' : `Write name=value; the report has ${known}.`,
        );
      }
      return [name, inputOf(definition, text.slice(at + 1))];
    }),
  );
}

function inputOf({ list = false }: ParameterDefinition, text: string): ParameterInput {
  return list ? text.split(',').map(itemOf) : itemOf(text);
}

function itemOf(text: string): string | { readonly from: string } | null {
  if (text === 'NULL') return null;
  const expression = text.startsWith('@') ? text.slice(1) : undefined;
  return expression !== undefined && isDynamicDate(expression) ? { from: expression } : text;
}
