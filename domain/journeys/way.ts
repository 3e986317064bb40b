import type { JourneyDefinition } from './definition.ts';
import { armsOf, type Step } from './steps.ts';

/** The steps of a journey's main line by id, and where each way goes on. */
export interface Way {
  readonly first: string | undefined;
  step(id: string): Step | undefined;
  /** The step after this one, once its arms are done. */
  after(id: string): string | undefined;
  /** The first step of an arm, or where the way goes on behind an empty one. */
  into(id: string, arm: string): string | undefined;
}

/** Ids lead through the tree, so a place in it is one short word that survives in histories and in the database. */
export function wayThrough({ steps }: Pick<JourneyDefinition, 'steps'>): Way {
  const places = new Map<string, { readonly step: Step; readonly next: string | undefined }>();
  lay(steps, undefined);
  return {
    first: steps[0]?.id,
    step: (id) => places.get(id)?.step,
    after: (id) => places.get(id)?.next,
    into(id, arm) {
      const place = places.get(id);
      if (place === undefined) return undefined;
      const inner = new Map(armsOf(place.step)).get(arm);
      return inner?.[0]?.id ?? place.next;
    },
  };

  function lay(line: readonly Step[], behind: string | undefined): void {
    for (const [index, step] of line.entries()) {
      const next = line[index + 1]?.id ?? behind;
      places.set(step.id, { step, next });
      for (const [, inner] of armsOf(step)) lay(inner, next);
    }
  }
}
