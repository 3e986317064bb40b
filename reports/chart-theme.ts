import type { FunnelType } from '../domain/funnels.ts';

/** Colours and font of a chart. */
export interface ChartTheme {
  readonly fontFamily: string;
  readonly background: string;
  readonly ink: string;
  readonly mutedInk: string;
  readonly gridLine: string;
  /** Blue and amber keep apart for colour-blind readers and in grey print. */
  readonly funnels: Readonly<Record<FunnelType, string>>;
}

/** For files that stand alone: an image in a mail, an SVG in a document. */
export const FILE_THEME: ChartTheme = {
  fontFamily: 'Inter, sans-serif',
  background: '#ffffff',
  ink: '#1c2430',
  mutedInk: '#5b6675',
  gridLine: '#e4e8ee',
  funnels: { language: '#2563eb', non_language: '#e08a00' },
};

/** For an SVG within an HTML page, which defines the variables for light, dark and print. */
export const PAGE_THEME: ChartTheme = {
  fontFamily: 'inherit',
  background: 'transparent',
  ink: 'var(--ink)',
  mutedInk: 'var(--muted)',
  gridLine: 'var(--line)',
  funnels: { language: 'var(--language)', non_language: 'var(--non-language)' },
};

export const FUNNEL_LABELS: Readonly<Record<FunnelType, string>> = {
  language: 'Language',
  non_language: 'Non-language',
};
