// Uploading a feed's file. `fetch` cannot tell how much of a body has been sent, so this one request is an XMLHttpRequest.
import { noticeEnd } from '../api/client.ts';
import { ProblemError, problemOf } from '../api/problem.ts';
import type { ImportReport } from '../api/shape.ts';

/** Largest file that the server takes, in bytes. */
export const IMPORT_BYTES_MAX = 256 * 1024 * 1024;

/** Names of the files that the server can read. */
export const IMPORT_ENDINGS = ['.json', '.jsonl', '.csv', '.yaml', '.yml', '.zip', '.tar', '.gz', '.zst'];

export interface Upload {
  file: File;
  /** Told with the share that was sent, 0 to 1; at 1 the server begins to read. */
  onProgress: (share: number) => void;
  signal?: AbortSignal;
}

export function uploadFeed({ file, onProgress, signal }: Upload): Promise<ImportReport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const url = `/api/v1/feeds/import?name=${encodeURIComponent(file.name)}`;
    request.open('POST', url);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('accept', 'application/json, application/problem+json');
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.upload.onload = () => onProgress(1);
    request.onerror = () => reject(ProblemError.unreachable(new Error('the upload failed')));
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) return resolve(body as ImportReport);
      if (request.status === 401) noticeEnd(url);
      return reject(new ProblemError(problemOf(request.status, body, request.getResponseHeader('x-request-id'))));
    };
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
