// What every journey shares: the browser, the watch over it, and a line for each step.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

/** The server under test; its certificate may be its own. */
export const BASE_URL = (process.env.BASE_URL ?? 'http://127.0.0.1:4173').replace(/\/$/, '');
export const PICTURES = process.env.PICTURES ?? join(import.meta.dirname, 'pictures');

/** How long a thing may take to appear, and how long the server may take to work a report or an import in. */
export const SHOWN_MS = 30_000;
export const WORKED_MS = 120_000;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let passed = 0;
let failed = 0;

/** Runs a step, prints one line, and ends the program where it fails. */
export async function step(name, work) {
  const began = performance.now();
  try {
    const note = await work();
    passed += 1;
    console.log(`ok    ${name}${note ? `: ${note}` : ''} (${Math.round(performance.now() - began)} ms)`);
  } catch (failure) {
    failed += 1;
    console.log(`FAIL  ${name}: ${failure.message}`);
    throw failure;
  }
}

/** Runs a step that others do not build on: a failure is counted and the next one goes on. */
export async function look(name, work) {
  await step(name, work).catch(() => {});
}

/** Runs a program of steps, in a browser with flags of its own where it needs some, and ends with the count of them. */
export async function run(program, flags = []) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [...FLAGS, ...flags],
  });
  try {
    await program(browser);
  } catch (failure) {
    if (failed === 0) {
      failed += 1;
      console.log(`FAIL  ${failure.stack}`);
    }
  } finally {
    await browser.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** A context of the server, and everything it did that the console must never do. */
export async function contextOf(browser, { width = 1280, height = 900, scheme = 'light', language = 'en', storageState, isTrusted = false } = {}) {
  const context = await browser.newContext({
    baseURL: BASE_URL,
    ignoreHTTPSErrors: !isTrusted,
    viewport: { width, height },
    colorScheme: scheme,
    locale: language === 'pl' ? 'pl-PL' : 'en-GB',
    reducedMotion: 'reduce',
    storageState,
  });
  context.setDefaultTimeout(SHOWN_MS);
  const breaches = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== new URL(BASE_URL).origin) breaches.push(`asked another origin: ${url.origin}`);
  });
  context.on('page', (page) => {
    page.on('pageerror', (error) => breaches.push(`failed: ${error.message}`));
    page.on('console', (message) => {
      if (/Content.Security.Policy|Trusted ?Type|violates/i.test(message.text())) breaches.push(`breached the policy: ${message.text()}`);
    });
  });
  return { context, breaches };
}

/** The rules that a page breaks, one line each. */
export async function axe(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? rule.help})`).slice(0, 3).join('; ')}`);
}

/** Waits until a page has nothing left to load. */
export async function settled(page) {
  await page.waitForLoadState('networkidle');
  await page.getByText(/^(Loading…|Wczytywanie…)$/).first().waitFor({ state: 'detached' });
}

export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Looks again and again, with a fresh page each time, until `look` finds what it waits for. */
export async function until(page, what, look) {
  const end = Date.now() + WORKED_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${WORKED_MS / 1_000} s for ${what}`);
    await page.reload();
    await settled(page);
  }
}

export function check(holds, message) {
  if (!holds) throw new Error(message);
}
