import { loadSettings } from '../../config.ts';
import { SHIPPED_TEMPLATES } from '../../mail/templates.ts';

/** The folder of MAIL_TEMPLATES, or the one that comes with Sluice. */
export function templatesFolder(): string {
  return loadSettings().mail.templates ?? SHIPPED_TEMPLATES;
}
