import { MARKETING_REPORT_TEMPLATE } from '../../activities/marketing-report.ts';
import type { Settings } from '../../config.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { MailChart } from '../../domain/mail-chart.ts';
import type { MarketingReport } from '../../domain/marketing/report.ts';
import { render } from '../../mail/render.ts';
import { loadTemplates, SHIPPED_TEMPLATES } from '../../mail/templates.ts';
import { mailChartPng } from '../../reports/mail-chart.ts';
import { marketingReportParams } from '../../reports/marketing-report-mail.ts';

/**
 * The mail of a report as a file that needs nothing from anywhere else: its pictures are within it. (In a mail they are
 * addresses, since mail programs show no others.)
 */
export async function marketingReportFile(report: MarketingReport, settings: Settings): Promise<string> {
  const template = loadTemplates(settings.mail.templates ?? SHIPPED_TEMPLATES).get(MARKETING_REPORT_TEMPLATE);
  if (template.source !== 'file') {
    throw new SluiceError('Brevo makes this mail, from a template of the account', {
      code: 'template_at_brevo',
      hint: 'See it there; --json shows the figures.',
    });
  }
  const charts: MailChart[] = [];
  const params = marketingReportParams(report, (chart) => {
    charts.push(chart);
    return placeOf(charts.length);
  });
  let { html } = render(template, { ...params, postal_address: settings.mail.postalAddress });
  for (const [place, chart] of charts.entries()) {
    const png = await mailChartPng(chart);
    html = html.replaceAll(placeOf(place + 1), `data:image/png;base64,${png.toString('base64')}`);
  }
  return html;
}

/** Stands for a picture until it is drawn; nothing is ever fetched from there. */
function placeOf(number: number): string {
  return `https://chart-${number}.invalid/`;
}
