import type { TemplateVariable, VariableValue } from './template.ts';

type Values = Readonly<Record<string, VariableValue>>;

/** A value for every variable, for previews. */
export function sampleValues(variables: readonly TemplateVariable[]): Values {
  return Object.fromEntries(variables.map(({ name, sample }) => [name, sample]));
}

/**
 * The sets of values with which a template is tried at load: everything; nothing optional; each optional one alone; each
 * optional one alone missing. So a text that prints what may be absent is found before a person gets it.
 */
export function trialValues(variables: readonly TemplateVariable[]): readonly Values[] {
  const optional = variables.filter((one) => !one.required && one.default === undefined);
  const all = sampleValues(variables);
  const without = (names: readonly TemplateVariable[]): Values =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.some((one) => one.name === name)));
  if (optional.length === 0) return [all];
  return [
    all,
    without(optional),
    ...optional.map((one) => without(optional.filter((other) => other !== one))),
    ...optional.map((one) => without([one])),
  ];
}
