import type { StoredAttachment } from "./frames";
import { HttpError, type Server } from "./server";

/** Store a file at `server`; `progress` is told how much of it has gone, 0 to 1. */
export function upload(
  server: Server,
  file: Blob,
  name: string,
  progress: (part: number) => void,
): Promise<StoredAttachment> {
  // fetch() cannot tell how far it has got.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", server.address("attachments"));
    request.setRequestHeader("Authorization", `Bearer ${server.token()}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(name));
    request.responseType = "json";
    request.upload.onprogress = (event) =>
      event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () =>
      request.status === 201
        ? resolve(request.response as StoredAttachment)
        : reject(new HttpError(request.status));
    request.onerror = () => reject(new HttpError(0));
    request.send(file);
  });
}
