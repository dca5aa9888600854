/** Sizes of files as people read them. */

const UNITS = ["B", "KB", "MB", "GB"] as const;

export function fileSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${size >= 100 || unit === 0 ? Math.round(size) : Math.round(size * 10) / 10} ${UNITS[unit]!}`;
}
