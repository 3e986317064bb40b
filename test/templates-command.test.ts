import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { templatesCommand } from '../cli/templates.ts';
import { scratchFolder } from './support/scratch.ts';
import { templateJson, templatesFolderWith } from './support/templates.ts';

/** Runs `sluice templates …` within this process. */
async function templates(...args: readonly string[]): Promise<{ stdout: string; code: number }> {
  const written: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const before = process.exitCode;
  process.exitCode = 0;
  onTestFinished(() => {
    process.exitCode = before;
  });
  try {
    await templatesCommand().parseAsync([...args], { from: 'user' });
  } finally {
    stdout.mockRestore();
  }
  return { stdout: written.join(''), code: process.exitCode };
}

describe('sluice templates', () => {
  it('lists what there is, with every variable', async () => {
    const { stdout } = await templates('list');
    expect(stdout).toMatch(/^nurture-2-critical {2}marketing {2}[0-9a-f]{12}$/m);
    expect(stdout).toContain(
      'first_name text = "there", business_name text = "your business", score integer?, red',
    );
    const json = JSON.parse((await templates('list', '--json')).stdout) as { templates: { name: string }[] };
    expect(json.templates.map(({ name }) => name)).toContain('sales-alert');
  });

  it('checks a folder: 0 where all is right, 1 and every problem where not', async () => {
    expect(await templates('check')).toEqual({ stdout: expect.stringMatching(/all right\n$/), code: 0 });
    const folder = templatesFolderWith({
      'hello/template.json': templateJson(),
      'hello/body.html': '{{ a }} {{ b }}',
    });
    const { stdout, code } = await templates('check', folder);
    expect(code).toBe(1);
    expect(stdout).toContain('hello body.html:1:4: unknown variable "a"');
    expect(stdout).toContain('hello body.html:1:12: unknown variable "b"');
    expect(stdout).toContain(`2 problems in ${folder}`);
    const json = JSON.parse((await templates('check', folder, '--json')).stdout) as { problems: unknown[] };
    expect(json.problems).toHaveLength(2);
  });

  it('previews with samples, with values in their place, and without optional ones', async () => {
    const sample = await templates('preview', 'nurture-2-critical', '--text');
    expect(sample.stdout).toContain('Hi Sarah,');
    expect(sample.stdout).toContain('Your score is');
    const set = ['--set', 'first_name=Ann=B', '--set', 'red=2', '--set', 'score='];
    const own = await templates('preview', 'nurture-2-critical', '--text', ...set);
    expect(own.stdout).toContain('Hi Ann=B,');
    expect(own.stdout).toContain('marks 2 of the eight');
    expect(own.stdout).not.toContain('Your score is');
  });

  it('writes the HTML to a file, which is the same as on stdout and in JSON', async () => {
    const file = join(scratchFolder(), 'mail.html');
    await templates('preview', 'nurture-3', '--out', file);
    const html = readFileSync(file, 'utf8');
    expect((await templates('preview', 'nurture-3')).stdout).toBe(html);
    expect(JSON.parse((await templates('preview', 'nurture-3', '--json')).stdout)).toMatchObject({ html });
  });

  it.each([
    ['a variable that it has not', ['--set', 'city=Rome'], 'nurture-2-critical has no variable "city"'],
    ['a value of another type', ['--set', 'red=two'], 'red must be a whole number'],
    ['an address that is none', ['--set', 'booking_url=javascript:x'], 'booking_url must be an absolute'],
    ['no pair', ['--set', 'red'], '"red" must be name=value'],
    ['nothing for what is needed', ['--set', 'red='], 'no value for red'],
  ])('refuses %s', async (_, set, expected) => {
    await expect(templates('preview', 'nurture-2-critical', ...set)).rejects.toThrow(expected);
  });

  it('says that a mail is made at Brevo, and shows the parameters', async () => {
    const folder = templatesFolderWith({
      'hello/template.json': JSON.stringify({
        brevo: 12,
        scope: 'marketing',
        variables: { name: { type: 'text' } },
      }),
    });
    vi.stubEnv('MAIL_TEMPLATES', folder);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await expect(templates('preview', 'hello')).rejects.toThrow(
      'Brevo makes this mail, from its template 12',
    );
    expect(JSON.parse((await templates('preview', 'hello', '--json')).stdout)).toMatchObject({
      templateId: 12,
      params: { name: 'name' },
    });
  });
});
