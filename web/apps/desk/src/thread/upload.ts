/** Uploading a file, with progress: `fetch` cannot tell how far an upload is. */

import { addressOf, http, path } from "../api/http.ts";
import { Problem, Unreachable } from "../api/problem.ts";
import type { Uploaded } from "../api/conversations.ts";

export const MOST_BYTES = 20 * 1024 * 1024;

export function upload(conversation: string, file: File, onProgress: (part: number) => void): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const type = file.type || "application/octet-stream";
    request.open("POST", addressOf(path`/conversations/${conversation}/attachments`, { name: file.name, type }));
    request.setRequestHeader("X-CSRF-Token", http.csrf);
    request.setRequestHeader("Content-Type", type);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onerror = () => reject(new Unreachable("the server could not be reached"));
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status < 300 && body) resolve(body as unknown as Uploaded);
      else if (request.status < 300) reject(new Unreachable("the answer is no JSON"));
      else reject(problem(request.status, body ?? {}));
    };
    request.send(file);
  });
}

function problem(status: number, body: Record<string, unknown>): Problem {
  const type = typeof body["type"] === "string" ? body["type"].replace(/^urn:kefu:problem:/, "") : "";
  return new Problem(status, type || "attachment-refused", typeof body["detail"] === "string" ? body["detail"] : "");
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
