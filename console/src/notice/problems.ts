// A failure in the reader's language. The title follows the problem's type; the detail is the console's own sentence where
// the server says the same to everyone, and otherwise the server's, which is English and marked as such.
import { ProblemError } from '../api/problem.ts';
import type { Text } from '../language/Language.tsx';

export interface ToldProblem {
  title: string;
  detail: string;
  /** The language of the detail, where it is the server's own sentence. */
  detailLanguage?: 'en';
  request?: string;
}

/** A failure in words. */
export function tellProblem(text: Text, failure: unknown): ToldProblem {
  if (!(failure instanceof ProblemError)) {
    const said = failure instanceof Error ? failure.message : String(failure);
    return { title: text('problem-console'), detail: `${text('problem-console-detail')} ${said}` };
  }
  if (failure.isUnreachable) return { title: text('problem-unreachable'), detail: text('problem-unreachable-detail') };
  const { title, detail, request, field, status } = failure.problem;
  const told = { title: titleOf(text, failure.slug, title, status), request };
  // A credential that lacks a right learns which part of its request asked for it.
  const help = failure.slug === 'forbidden' && field ? undefined : messageOf(text, `problem-help-${failure.slug}`);
  return help ? { ...told, detail: help } : { ...told, detail, detailLanguage: 'en' };
}

/** What the server says about one field of what was sent, to be shown at that field. */
export function fieldProblem(failure: unknown, field: string): string | undefined {
  if (!(failure instanceof ProblemError) || failure.problem.field !== field) return undefined;
  return failure.problem.detail;
}

/** A body that is no problem of the API's comes from something in between: the status is all that it says. */
function titleOf(text: Text, slug: string, title: string, status: number): string {
  return messageOf(text, `problem-kind-${slug}`) ?? (slug === 'about:blank' ? text('problem-kind-other', { status: String(status) }) : title);
}

function messageOf(text: Text, id: string): string | undefined {
  const message = text(id);
  return message === id ? undefined : message;
}
